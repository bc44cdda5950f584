namespace Etcd.Hosting.Configuration;

/// <summary>One setting: its flag <c>--name</c>, its variable <c>ETCD_NAME</c>, its help and how it is read.</summary>
/// <param name="Name">Without dashes.</param>
/// <param name="Section">Heading in the help text.</param>
/// <param name="Default">As the help prints it.</param>
/// <param name="Help">One or more lines.</param>
/// <param name="IsBool">May stand without a value.</param>
/// <param name="Set">Puts a value into the options. Returns null, or why the value is refused
/// (<c>parse error</c> for what Go's flag package refuses).</param>
internal sealed record Flag(string Name, string Section, string Default, string Help, bool IsBool, Func<ServerOptions, string, string?> Set)
{
    public string Variable { get; } = "ETCD_" + Name.ToUpperInvariant().Replace('-', '_');
}
