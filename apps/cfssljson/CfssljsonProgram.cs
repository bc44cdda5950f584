using Etcd.Pki.Errors;
using Etcd.Pki.Text;
using Etcd.Pki.Tools;

namespace Cfssljson;

/// <summary>cfssljson: splits what cfssl prints, or what its API answers, into files.</summary>
internal static class CfssljsonProgram
{
    private const string DefaultBaseName = "cert";
    private const string CompatibleVersion = "1.6.5";

    /// <returns>The exit code: 0, 1 for a failure, 2 for wrong flags.</returns>
    public static int Run(IReadOnlyList<string> arguments, ToolConsole console)
    {
        GoFlagSet flags = new GoFlagSet()
            .Switch("bare", "the input is cfssl's output and not an answer of its API")
            .Text("f", "JSON input, - for standard input", "-")
            .Switch("stdout", "print the contents instead of writing files")
            .Switch("version", "print the version");
        try
        {
            IReadOnlyList<string> rest = flags.Parse(arguments);
            if (flags.IsOn("version"))
                console.Out.Write($"Version: {CompatibleVersion}\nRuntime: dotnet{Environment.Version}\n");
            else
                Split(flags, rest.Count > 0 ? rest[0] : DefaultBaseName, console);
            return 0;
        }
        catch (GoFlagException error)
        {
            if (!error.IsHelp)
                console.Error.Write(error.Message + "\n");
            console.Error.Write("Usage of cfssljson: cfssljson [-bare] [-stdout] [-f FILE] [BASENAME]\n" + flags.Describe(["bare", "f", "stdout", "version"]));
            return error.IsHelp ? 0 : 2;
        }
        catch (PkiException error)
        {
            console.PrintError(error);
            return 1;
        }
    }

    private static void Split(GoFlagSet flags, string baseName, ToolConsole console)
    {
        byte[] json = Read(flags.TextOf("f"), console);
        // All files are known before the first is written: a broken input leaves nothing behind.
        IReadOnlyList<OutputFile> files = OutputFiles.In(flags.IsOn("bare") ? ParseBare(json) : ParseAnswer(json));
        foreach (OutputFile file in files)
        {
            if (flags.IsOn("stdout"))
                console.Out.Write((file.IsBinary ? Convert.ToBase64String(file.Contents) : System.Text.Encoding.UTF8.GetString(file.Contents)) + "\n");
            else
                file.Write(baseName);
        }
    }

    private static byte[] Read(string path, ToolConsole console)
    {
        try
        {
            return console.ReadFileOrInput(path);
        }
        catch (PkiException error)
        {
            throw new PkiException($"Failed to read input: {error.Message}");
        }
    }

    private static GoJsonValue ParseBare(byte[] json) => Guard(() =>
    {
        GoJsonValue input = GoJsonValue.Parse(json);
        input.Members("map[string]interface {}");
        return input;
    });

    private static GoJsonValue ParseAnswer(byte[] json)
    {
        bool isSuccess = false;
        var messages = new List<string>();
        GoJsonValue result = Guard(() =>
        {
            GoJsonValue answer = GoJsonValue.Parse(json).AsStruct("main.Response");
            isSuccess = answer.BooleanOrFalse("success");
            foreach (GoJsonValue message in answer.Find("errors")?.Items("[]main.ResponseMessage") ?? [])
                messages.Add(message.AsStruct("main.ResponseMessage").StringOrEmpty("message"));
            GoJsonValue found = answer.Find("result") ?? GoJsonValue.Null;
            found.Members("map[string]interface {}");
            return found;
        });
        return isSuccess ? result : throw new PkiException(
            "Request failed:" + string.Concat(messages.Select(static message => $"\n\t{message}")),
            messages.Count == 0 ? "if the input is cfssl's own output, say -bare" : null);
    }

    private static GoJsonValue Guard(Func<GoJsonValue> parse)
    {
        try
        {
            return parse();
        }
        catch (PkiException error)
        {
            string? cure = error.Message.StartsWith("unexpected end", StringComparison.Ordinal)
                ? "the input ends early; if it comes from cfssl, that failed: see its message above" : error.Cure;
            throw new PkiException($"Failed to parse input: {error.Message}", cure);
        }
    }
}
