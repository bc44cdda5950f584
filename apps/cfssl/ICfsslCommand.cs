using Etcd.Pki.Errors;

namespace Cfssl;

/// <summary>One subcommand of cfssl.</summary>
internal interface ICfsslCommand
{
    string Name { get; }

    /// <summary>One line for the usage.</summary>
    string Summary { get; }

    /// <summary>How to call it, one line per way, without the program's name.</summary>
    IReadOnlyList<string> Synopsis { get; }

    /// <summary>Flags that matter to it, for the usage.</summary>
    IReadOnlyList<string> Flags { get; }

    /// <exception cref="PkiException">It failed: exit code 1.</exception>
    Task RunAsync(CommandContext context);
}
