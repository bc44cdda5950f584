using System.Text;
using Etcd.Pki.Errors;
using Etcd.Pki.Files;

namespace Etcd.Pki.Tools;

/// <summary>The streams and the clock of a command line program; tests give it their own.</summary>
/// <param name="Input">Standard input.</param>
/// <param name="Out">Results.</param>
/// <param name="Error">Log lines, errors, hints.</param>
/// <param name="Clock">The time.</param>
/// <param name="IsInteractive">A person is looking at <paramref name="Error"/>, so progress may be drawn.</param>
public sealed record ToolConsole(Stream Input, TextWriter Out, TextWriter Error, TimeProvider Clock, bool IsInteractive)
{
    /// <summary>The process's own. UTF-8 without a byte order mark.</summary>
    public static ToolConsole OfProcess()
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        return new ToolConsole(
            Console.OpenStandardInput(),
            new StreamWriter(Console.OpenStandardOutput(), utf8) { AutoFlush = true, NewLine = "\n" },
            new StreamWriter(Console.OpenStandardError(), utf8) { AutoFlush = true, NewLine = "\n" },
            TimeProvider.System,
            !Console.IsErrorRedirected);
    }

    /// <summary>Reads a file, or standard input for <c>-</c>.</summary>
    /// <exception cref="PkiException">It cannot be read.</exception>
    public byte[] ReadFileOrInput(string path) => path == "-" ? InputFile.ReadAll(Input, "stdin") : InputFile.Read(path);

    /// <summary>Prints an error as cfssl does and, below it, what to do about it.</summary>
    public void PrintError(PkiException error)
    {
        Error.Write(error.Line + "\n");
        PrintCure(error);
    }

    public void PrintCure(PkiException error)
    {
        if (error.Cure is { } cure)
            Error.Write($"hint: {cure}\n");
    }
}
