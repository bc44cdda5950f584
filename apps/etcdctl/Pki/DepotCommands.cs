using Etcd.Pki.Depot;
using Etcdctl.Cli;
using Etcdctl.Globals;

namespace Etcdctl.Pki;

/// <summary><c>pki init</c>, <c>new-cert</c>, <c>sign</c>, <c>chain</c>, <c>export</c> and <c>status</c>: a small CA in a folder, as etcd-ca had it.</summary>
internal static class DepotCommands
{
    public static Command[] All() =>
    [
        Depot("init", "Makes the CA of a depot", Init).With(
            Passphrase(), Bits(), Years(), Organization(), Country()),
        Depot("new-cert <name>", "Makes a key and a certificate request for a host", NewCertificate).With(
            Passphrase(), Bits(), Organization(), Country(),
            Flag.Text("ip", "127.0.0.1", "IP addresses of the host, comma-separated"),
            Flag.Text("domain", "", "DNS names of the host, comma-separated")),
        Depot("sign <name>", "Signs the certificate request of a host", Sign).With(Passphrase(), Years()),
        Depot("chain [name]", "Prints the CA certificate and the certificate of a host", Chain),
        Depot("export [name]", "Writes certificate and key as a tar archive to standard output", Export).With(
            Passphrase(), Flag.Bool("insecure", value: false, "export the key unencrypted, as etcd needs it")),
        Depot("status", "Tells how long the certificates of a depot are good", Status),
    ];

    private static Command Depot(string use, string summary, Action<Invocation, CaDepot> work) => new Command
    {
        Use = use,
        Short = summary,
        Run = invocation =>
        {
            PkiCommands.Guard(() =>
            {
                work(invocation, new CaDepot(invocation.Globals.Text("depot-path"), TimeProvider.System, PkiCommands.LogOf(invocation.Terminal)));
                return 0;
            });
            return Task.CompletedTask;
        },
    }.With(Flag.Text("depot-path", ".etcd-ca", "folder of the depot"));

    private static Flag Passphrase() => Flag.Text("passphrase", "", "passphrase of the private key; asked for if not given");

    private static Flag Bits() => Flag.Number("key-bits", 4096, "size of the RSA key");

    private static Flag Years() => Flag.Number("years", 10, "life of the certificate in years");

    private static Flag Organization() => Flag.Text("organization", DepotSubject.Default.Organization, "organization in the certificate");

    private static Flag Country() => Flag.Text("country", DepotSubject.Default.Country, "country in the certificate");

    private static void Init(Invocation invocation, CaDepot depot)
    {
        FlagSet flags = invocation.Globals;
        depot.Init(SubjectOf(flags), (int)flags.Number("key-bits"), YearsOf(flags), AskNewPassphrase(invocation));
        invocation.Terminal.Out.Write("Created ca/key\nCreated ca/crt\n");
    }

    private static void NewCertificate(Invocation invocation, CaDepot depot)
    {
        FlagSet flags = invocation.Globals;
        string name = HostName(invocation);
        depot.NewCertificate(name, flags.List("ip"), flags.List("domain"), SubjectOf(flags), (int)flags.Number("key-bits"), AskNewPassphrase(invocation));
        invocation.Terminal.Out.Write($"Created {name}/key\nCreated {name}/csr\n");
    }

    private static void Sign(Invocation invocation, CaDepot depot)
    {
        string name = HostName(invocation);
        depot.Sign(name, YearsOf(invocation.Globals), AskPassphrase(invocation, "Enter CA key passphrase (empty for no passphrase): "));
        invocation.Terminal.Out.Write($"Created {name}/crt from {name}/csr signed by ca/key\n");
    }

    private static void Chain(Invocation invocation, CaDepot depot)
    {
        string? name = OptionalName(invocation);
        string host = name is null ? "" : depot.ReadHost(name);
        invocation.Terminal.Error.Write(name is null ? "Outputting CA certificate body:\n" : "Outputting CA and Host certificate body:\n");
        invocation.Terminal.Out.Write(depot.ReadCa() + host);
    }

    private static void Export(Invocation invocation, CaDepot depot)
    {
        string? passphrase = invocation.Globals.IsOn("insecure") ? AskPassphrase(invocation, "Enter passphrase (empty for no passphrase): ") : null;
        using var archive = new MemoryStream(); // Whole or not at all: a broken archive on standard output helps nobody.
        depot.Export(OptionalName(invocation), archive, passphrase);
        invocation.Terminal.Out.Write(archive.GetBuffer().AsSpan(0, (int)archive.Length));
    }

    private static void Status(Invocation invocation, CaDepot depot)
    {
        foreach (string line in depot.Status())
            invocation.Terminal.Out.WriteLine(line);
    }

    private static DepotSubject SubjectOf(FlagSet flags) => new(flags.Text("organization"), flags.Text("country"));

    private static int YearsOf(FlagSet flags) =>
        flags.Number("years") is > 0 and <= 100 and var years ? (int)years : throw Invocation.BadArguments("--years is a number from 1 to 100");

    private static string HostName(Invocation invocation) =>
        invocation.Arguments.Count == 1 ? invocation.Arguments[0] : throw new ExitException(ExitCode.Error, "One host name must be provided.");

    private static string? OptionalName(Invocation invocation) => invocation.Arguments.Count switch
    {
        0 => null,
        1 => invocation.Arguments[0],
        _ => throw new ExitException(ExitCode.Error, "One host name must be provided."),
    };

    private static string AskPassphrase(Invocation invocation, string prompt) =>
        invocation.Globals.IsChanged("passphrase") ? invocation.Globals.Text("passphrase") : PasswordPrompt.Ask(invocation.Terminal, prompt);

    private static string AskNewPassphrase(Invocation invocation)
    {
        if (invocation.Globals.IsChanged("passphrase"))
            return invocation.Globals.Text("passphrase");
        string passphrase = PasswordPrompt.Ask(invocation.Terminal, "Enter passphrase (empty for no passphrase): ");
        string again = PasswordPrompt.Ask(invocation.Terminal, "Enter same passphrase again: ");
        return passphrase == again ? passphrase : throw new ExitException(ExitCode.Error, "Passphrases do not match.");
    }
}
