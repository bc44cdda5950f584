using Etcd.Pki.Errors;
using Etcd.Pki.Profiles;
using Etcd.Pki.Text;
using Etcd.Pki.Tools;

namespace Cfssl;

/// <summary>What a command gets: flags, arguments, streams, log and the configuration if there is one.</summary>
/// <param name="Policy">The signing part of <c>-config</c>; null without that flag.</param>
/// <param name="Cancellation">The user wants to stop.</param>
internal sealed record CommandContext(
    CfsslOptions Options,
    IReadOnlyList<string> Arguments,
    ToolConsole Console,
    PkiLog Log,
    SigningPolicy? Policy,
    CancellationToken Cancellation)
{
    /// <summary>The argument at a place.</summary>
    /// <exception cref="PkiException">There are not so many.</exception>
    public string Argument(int index) => index < Arguments.Count
        ? Arguments[index]
        : throw new PkiException("not enough arguments are supplied --- please refer to the usage", "flags go before the arguments");

    /// <exception cref="PkiException">There are more arguments than the command takes.</exception>
    public void AllowArguments(int count)
    {
        if (Arguments.Count > count)
            throw new PkiException(
                count == 1 ? "only one argument is accepted, please check with usage" : $"only {count} arguments are accepted, please check with usage",
                Arguments[count].StartsWith('-') ? $"write {Arguments[count]} before the file name" : null);
    }

    /// <summary>Prints the result of making something: one line of JSON with sorted keys.</summary>
    public void PrintResult(params ReadOnlySpan<(string Name, string? Value)> members)
    {
        var json = new GoJsonWriter();
        json.BeginObject();
        foreach ((string name, string? value) in members)
            json.MemberIfAny(name, value);
        json.EndObject();
        Console.Out.Write(json + "\n");
    }
}
