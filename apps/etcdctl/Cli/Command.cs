namespace Etcdctl.Cli;

/// <summary>One command of the tree: how it is used, what it takes, what it does.</summary>
internal sealed class Command
{
    private readonly List<Command> _children = [];

    /// <summary>Name and arguments, e.g. <c>get [options] &lt;key&gt; [range_end]</c>.</summary>
    public required string Use { get; init; }

    public required string Short { get; init; }

    /// <summary>Shown by help instead of <see cref="Short"/>.</summary>
    public string? Long { get; init; }

    /// <summary>Which headline of the parent's list it stands under; null: none.</summary>
    public CommandGroup? Group { get; init; }

    public bool IsHidden { get; init; }

    /// <summary>Flags of this command alone.</summary>
    public FlagSet Flags { get; } = new();

    /// <summary>Flags of this command and all below it.</summary>
    public FlagSet PersistentFlags { get; } = new();

    /// <summary>Null for a command that only holds others.</summary>
    public Func<Invocation, Task>? Run { get; init; }

    /// <summary>When interrupted it gives back what it holds and ends by itself.</summary>
    public bool CleansUp { get; init; }

    /// <summary>Complains about the arguments; null accepts any.</summary>
    public Func<IReadOnlyList<string>, string?>? CheckArguments { get; init; }

    public Command? Parent { get; private set; }

    public IReadOnlyList<Command> Children => _children;

    public string Name => Use.Split(' ', 2)[0];

    public string Path => Parent is null ? Name : Parent.Path + " " + Name;

    public Command Add(params ReadOnlySpan<Command> children)
    {
        foreach (Command child in children)
        {
            child.Parent = this;
            _children.Add(child);
        }
        _children.Sort(static (left, right) => string.CompareOrdinal(left.Name, right.Name));
        return this;
    }

    public Command With(params ReadOnlySpan<Flag> flags)
    {
        Flags.Add(flags);
        return this;
    }

    public Command WithPersistent(params ReadOnlySpan<Flag> flags)
    {
        PersistentFlags.Add(flags);
        return this;
    }

    /// <summary>Every flag that may stand in this command's line.</summary>
    public FlagSet AllFlags()
    {
        var all = new FlagSet();
        all.AddAll(Flags);
        for (Command? command = this; command is not null; command = command.Parent)
            all.AddAll(command.PersistentFlags);
        return all;
    }

    /// <summary>The child of that name, or the only one that begins with it.</summary>
    public Command? FindChild(string word)
    {
        Command? byPrefix = null;
        int matches = 0;
        foreach (Command child in _children)
        {
            if (child.Name == word)
                return child;
            if (child.Name.StartsWith(word, StringComparison.Ordinal))
            {
                byPrefix = child;
                matches++;
            }
        }
        return matches == 1 ? byPrefix : null;
    }
}

/// <summary>A headline in the list of commands.</summary>
internal sealed record CommandGroup(string Title)
{
    public static readonly CommandGroup KeyValue = new("Key-value commands");
    public static readonly CommandGroup Maintenance = new("Cluster maintenance commands");
    public static readonly CommandGroup Concurrency = new("Concurrency commands");
    public static readonly CommandGroup Authentication = new("Authentication commands");
    public static readonly CommandGroup Utility = new("Utility commands");

    public static readonly CommandGroup[] InOrder = [KeyValue, Maintenance, Concurrency, Authentication, Utility];
}
