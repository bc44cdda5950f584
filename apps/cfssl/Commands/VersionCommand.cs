namespace Cfssl.Commands;

/// <summary><c>cfssl version</c>.</summary>
internal sealed class VersionCommand : ICfsslCommand
{
    /// <summary>The release of cfssl whose behaviour this program has.</summary>
    private const string CompatibleVersion = "1.6.5";

    public string Name => "version";

    public string Summary => "print the version";

    public IReadOnlyList<string> Synopsis => ["version"];

    public IReadOnlyList<string> Flags => [];

    public Task RunAsync(CommandContext context)
    {
        context.Console.Out.Write($"Version: {CompatibleVersion}\nRuntime: dotnet{Environment.Version}\n");
        return Task.CompletedTask;
    }
}
