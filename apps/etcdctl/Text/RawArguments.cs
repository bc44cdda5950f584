namespace Etcdctl.Text;

/// <summary>The command line as bytes: .NET has replaced what is not UTF-8, and keys need not be UTF-8.</summary>
internal static class RawArguments
{
    private const string CommandLineFile = "/proc/self/cmdline";

    /// <summary>The same arguments with their original bytes, see <see cref="GoString"/>.</summary>
    public static IReadOnlyList<string> Restore(string[] arguments)
    {
        if (!Array.Exists(arguments, argument => argument.Contains('\ufffd')) || !File.Exists(CommandLineFile))
            return arguments;
        byte[] raw = File.ReadAllBytes(CommandLineFile);
        List<string> words = [];
        int start = 0;
        for (int i = 0; i < raw.Length; i++)
        {
            if (raw[i] != 0)
                continue;
            words.Add(GoString.Decode(raw.AsSpan(start, i - start)));
            start = i + 1;
        }
        // The program's own name, and perhaps its host's, come first.
        return words.Count < arguments.Length ? arguments : words[^arguments.Length..];
    }
}
