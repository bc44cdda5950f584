using Etcdctl.Text;

namespace Etcdctl.Cli;

/// <summary>Reads standard input line by line and byte by byte, so that nothing behind a line is swallowed.</summary>
internal static class LineReader
{
    /// <summary>The next line without its end; null at the end of input, where an unfinished line does not count.</summary>
    public static string? ReadLine(Stream input)
    {
        var line = new MemoryStream();
        while (true)
        {
            int next = input.ReadByte();
            if (next < 0)
                return null;
            if (next == '\n')
                return GoString.Decode(line.GetBuffer().AsSpan(0, (int)line.Length));
            line.WriteByte((byte)next);
        }
    }

    /// <summary>Everything that is left.</summary>
    public static string ReadToEnd(Stream input)
    {
        var all = new MemoryStream();
        input.CopyTo(all);
        return GoString.Decode(all.GetBuffer().AsSpan(0, (int)all.Length));
    }
}
