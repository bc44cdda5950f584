using Etcd.Client;
using Etcdctl.Globals;
using Etcdctl.Output;

namespace Etcdctl.Cli;

/// <summary>One run of one command: its flags and arguments, and what they amount to once asked for.</summary>
internal sealed class Invocation : IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private readonly CancellationToken _interrupted;
    private bool _isEnvironmentApplied;
    private Printer? _printer;

    public Invocation(Command command, FlagSet flags, Terminal terminal, CancellationToken interrupted)
    {
        Command = command;
        Flags = flags;
        Terminal = terminal;
        _interrupted = interrupted;
    }

    public Command Command { get; }

    public FlagSet Flags { get; }

    public Terminal Terminal { get; }

    public IReadOnlyList<string> Arguments => Flags.Arguments;

    /// <summary>Set by a command that printed its own complaint.</summary>
    public int ExitCode { get; set; }

    /// <summary>Cancelled by Ctrl-C or a polite kill.</summary>
    public CancellationToken Interrupted => _interrupted;

    /// <summary>Global flags, with those from the environment.</summary>
    public FlagSet Globals
    {
        get
        {
            if (!_isEnvironmentApplied)
            {
                _isEnvironmentApplied = true;
                EnvironmentFlags.Apply(this);
            }
            return Flags;
        }
    }

    /// <summary>Prints in the format that <c>--write-out</c> asks for.</summary>
    public Printer Printer => _printer ??= Printer.For(Globals.Text("write-out"), Globals.IsOn("hex"), Terminal);

    /// <summary>A client made of the global flags; knows by now whether its credentials are good.</summary>
    public async Task<EtcdClient> ConnectAsync() => await ConnectAsync(ClientSettings.From(this));

    /// <summary>A client of other settings.</summary>
    public async Task<EtcdClient> ConnectAsync(ClientSettings settings)
    {
        // A wrong output format is refused before anything is sent.
        _ = Printer;
        EtcdClient client = await settings.ConnectAsync(Terminal, _interrupted);
        _owned.Add(client);
        return client;
    }

    public void Dispose()
    {
        foreach (IDisposable owned in _owned)
            owned.Dispose();
    }

    /// <summary>Ends the program because of its arguments.</summary>
    public static ExitException BadArguments(string message) => new(Cli.ExitCode.BadArgs, message);
}
