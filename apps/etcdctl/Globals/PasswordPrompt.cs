using System.Text;
using Etcdctl.Cli;

namespace Etcdctl.Globals;

/// <summary>Asks for a password on the terminal without showing it; reads a line when there is no terminal.</summary>
internal static class PasswordPrompt
{
    public static string Ask(Terminal terminal, string prompt)
    {
        terminal.Out.Write(prompt);
        terminal.Out.Flush();
        string password = terminal.IsConsole && !Console.IsInputRedirected ? ReadHidden() : LineReader.ReadLine(terminal.In) ?? "";
        terminal.Out.Write("\n");
        terminal.Out.Flush();
        return password;
    }

    private static string ReadHidden()
    {
        var typed = new StringBuilder();
        // Reading keys would otherwise swallow the signal.
        Console.TreatControlCAsInput = true;
        while (true)
        {
            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.C && key.Modifiers.HasFlag(ConsoleModifiers.Control))
                throw new ExitException(ExitCode.Error, "interrupted");
            if (key.Key == ConsoleKey.Enter)
                return typed.ToString();
            if (key.Key == ConsoleKey.Backspace)
                typed.Length = Math.Max(0, typed.Length - 1);
            else if (key.KeyChar != '\0')
                typed.Append(key.KeyChar);
        }
    }
}
