using Etcdctl.Cli;

namespace Etcdctl.Commands;

/// <summary><c>completion</c>: shell scripts that ask this program, through the hidden <c>__complete</c>, what may come next.</summary>
internal static class CompletionCommand
{
    private const string Ask = "__complete";

    private static readonly string[] s_shells = ["bash", "zsh", "fish", "powershell"];

    public static Command[] All(Command root) =>
    [
        new Command
        {
            Use = "completion [bash|zsh|fish|powershell]",
            Short = "Generate completion script",
            Long = """
                Prints a completion script for your shell.

                Bash:        source <(etcdctl completion bash)
                Zsh:         etcdctl completion zsh > "${fpath[1]}/_etcdctl"
                Fish:        etcdctl completion fish | source
                PowerShell:  etcdctl completion powershell | Out-String | Invoke-Expression
                """,
            Group = CommandGroup.Utility,
            CheckArguments = Check,
            Run = invocation =>
            {
                invocation.Terminal.Out.Write(Script(invocation.Arguments[0]));
                return Task.CompletedTask;
            },
        },
        new Command
        {
            Use = Ask,
            Short = "",
            IsHidden = true,
            Run = invocation =>
            {
                foreach (string candidate in Candidates(root, invocation.Arguments))
                    invocation.Terminal.Out.WriteLine(candidate);
                return Task.CompletedTask;
            },
        },
    ];

    private static string? Check(IReadOnlyList<string> arguments)
    {
        if (arguments.Count != 1)
            return $"accepts 1 arg(s), received {arguments.Count}";
        return s_shells.Contains(arguments[0]) ? null : $"invalid argument \"{arguments[0]}\" for \"etcdctl completion\"";
    }

    /// <summary>What may stand in place of the last word.</summary>
    private static IEnumerable<string> Candidates(Command root, IReadOnlyList<string> words)
    {
        if (words.Count == 0)
            return [];
        string begun = words[^1];
        (Command command, _) = CommandLine.Find(root, [.. words.SkipLast(1)]);
        IEnumerable<string> candidates = begun.StartsWith('-')
            ? command.AllFlags().All.Select(flag => "--" + flag.Name)
            : words.Count > 1 && words[^2] is "-w" or "--write-out" ? ["fields", "json", "protobuf", "simple", "table"]
            : command.Name == "completion" ? s_shells
            : command.Children.Where(child => !child.IsHidden).Select(child => child.Name);
        return candidates.Where(candidate => candidate.StartsWith(begun, StringComparison.Ordinal));
    }

    // The "--" keeps words that look like flags from being taken for flags of __complete.
    private static string Script(string shell) => shell switch
    {
        "bash" => $$"""
            # bash completion for etcdctl
            __etcdctl_complete() {
                local words=("${COMP_WORDS[@]:1:COMP_CWORD}")
                local IFS=$'\n'
                COMPREPLY=($("${COMP_WORDS[0]}" {{Ask}} -- "${words[@]}" 2>/dev/null))
            }
            complete -o default -F __etcdctl_complete etcdctl

            """,
        "zsh" => $$"""
            #compdef etcdctl
            # zsh completion for etcdctl
            _etcdctl() {
                local -a candidates
                candidates=("${(@f)$(${words[1]} {{Ask}} -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
                if [[ -n "${candidates[1]}" ]]; then
                    compadd -a candidates
                else
                    _files
                fi
            }
            compdef _etcdctl etcdctl

            """,
        "fish" => $$"""
            # fish completion for etcdctl
            function __etcdctl_complete
                set -l words (commandline -opc) (commandline -ct)
                etcdctl {{Ask}} -- $words[2..-1] 2>/dev/null
            end
            complete -c etcdctl -a '(__etcdctl_complete)'

            """,
        _ => $$"""
            # powershell completion for etcdctl
            Register-ArgumentCompleter -Native -CommandName etcdctl -ScriptBlock {
                param($wordToComplete, $commandAst, $cursorPosition)
                $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
                if ($wordToComplete -eq '') { $words += '""' }
                etcdctl {{Ask}} -- @words 2>$null | ForEach-Object {
                    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
                }
            }

            """,
    };
}
