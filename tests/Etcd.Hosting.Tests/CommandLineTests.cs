using Etcd.Foundation.Logging;
using Etcd.Hosting.Configuration;

namespace Etcd.Hosting.Tests;

public sealed class CommandLineTests
{
    [Fact]
    public void Parse_Nothing_GivesEtcdsDefaults()
    {
        ParsedCommandLine parsed = Parse();
        Assert.Null(parsed.Failure);
        Assert.Equal("default.etcd", parsed.Options.DataDir);
        Assert.Equal("default=http://localhost:2380", parsed.Options.InitialCluster);
        Assert.Equal([new Uri("http://localhost:2379")], parsed.Options.ListenClientUrls);
    }

    /// <summary>The help shows a default as text, the options hold it as a value: setting the text must change nothing.</summary>
    [Fact]
    public void Flags_DefaultTexts_AreTheDefaultValues()
    {
        foreach (Flag flag in FlagTable.All.Where(static f => f.Name is not ("data-dir" or "initial-cluster")))
        {
            var options = new ServerOptions();
            Assert.Null(flag.Set(options, flag.Default));
            Assert.Equivalent(new ServerOptions(), options);
        }
    }

    [Theory]
    [InlineData("-name", "x")]
    [InlineData("--name", "x")]
    [InlineData("-name=x")]
    [InlineData("--name=x")]
    [InlineData("--name", "y", "--name", "x")]
    public void Parse_GoFlagForms_MeanTheSame(params string[] arguments) => Assert.Equal("x", Parse(arguments).Options.Name);

    [Theory]
    [InlineData("--pre-vote", true)]
    [InlineData("--pre-vote=false", false)]
    [InlineData("--pre-vote=0", false)]
    [InlineData("-pre-vote=T", true)]
    public void Parse_Bool_StandsAloneOrHasAValue(string argument, bool value) => Assert.Equal(value, Parse(argument).Options.PreVote);

    /// <summary>A bool takes no separate value: what follows is an argument of its own, which etcd refuses.</summary>
    [Fact]
    public void Parse_BoolWithSeparateValue_IsRefused()
    {
        ParsedCommandLine parsed = Parse("--pre-vote", "false");
        Assert.Equal("error verifying flags, 'false' is not a valid flag. See 'etcd --help'.", parsed.Failure);
        Assert.Equal(1, parsed.ExitCode);
    }

    [Theory]
    [InlineData("flag provided but not defined: -data-dri (did you mean --data-dir?)", "--data-dri", "x")]
    [InlineData("flag provided but not defined: -nothing-like-it", "--nothing-like-it=1")]
    [InlineData("flag needs an argument: -name", "--name")]
    [InlineData("invalid value \"x\" for flag -max-txn-ops: parse error", "--max-txn-ops", "x")]
    [InlineData("invalid value \"-1\" for flag -snapshot-count: parse error", "--snapshot-count", "-1")]
    [InlineData("invalid boolean value \"x\" for flag -pre-vote: parse error", "--pre-vote=x")]
    [InlineData("invalid value \"1 day\" for flag -backend-batch-interval: parse error", "--backend-batch-interval", "1 day")]
    public void Parse_WhatGoRefuses_ExitsWith2(string text, params string[] arguments)
    {
        ParsedCommandLine parsed = Parse(arguments);
        Assert.Equal(text, parsed.Failure);
        Assert.Equal(2, parsed.ExitCode);
    }

    [Theory]
    [InlineData("--advertise-client-urls is required when --listen-client-urls is set explicitly", "--listen-client-urls", "http://127.0.0.1:1")]
    [InlineData("should be at least as 5 times as --heartbeat-interval", "--election-timeout", "400")]
    [InlineData("is too long, and should be set less than 50000ms", "--election-timeout", "50001")]
    [InlineData("--heartbeat-interval must be >0", "--heartbeat-interval", "0")]
    [InlineData("expected IP in URL for binding", "--listen-peer-urls", "http://example.org:2380")]
    [InlineData("error parsing CompactionRetention", "--auto-compaction-retention", "often")]
    [InlineData("error parsing CompactionRetention", "--auto-compaction-mode", "revision", "--auto-compaction-retention", "5m")]
    [InlineData("unknown token type", "--auth-token", "paper")]
    public void Parse_WhatEtcdRefuses_ExitsWith1(string text, params string[] arguments)
    {
        ParsedCommandLine parsed = Parse(arguments);
        Assert.Contains(text, parsed.Failure, StringComparison.Ordinal);
        Assert.Equal(1, parsed.ExitCode);
    }

    [Fact]
    public void Parse_Environment_SetsWhatNoFlagSets()
    {
        ParsedCommandLine parsed = Parse(
            ["--name", "flag"],
            ("ETCD_NAME", "variable"), ("ETCD_SNAPSHOT_COUNT", "77"), ("ETCD_LOG_LEVEL", "warn"), ("ETCD_UNKNOWN_THING", "1"), ("ETCD_DATA_DIR", ""), ("PATH", "x"));
        Assert.Null(parsed.Failure);
        Assert.Equal("flag", parsed.Options.Name);
        Assert.Equal(77ul, parsed.Options.SnapshotCount);
        Assert.Equal(LogLevel.Warn, parsed.Options.LogLevel);
        Assert.Equal("flag.etcd", parsed.Options.DataDir);
        Assert.Contains("recognized environment variable ETCD_NAME, but unused: shadowed by corresponding flag", parsed.Notices);
        Assert.Contains("recognized and used environment variable ETCD_SNAPSHOT_COUNT=77", parsed.Notices);
        Assert.Contains("unrecognized environment variable ETCD_UNKNOWN_THING=1", parsed.Notices);
    }

    [Fact]
    public void Parse_BadVariable_IsRefusedByItsName()
    {
        ParsedCommandLine parsed = Parse([], ("ETCD_MAX_TXN_OPS", "many"));
        Assert.Contains("ETCD_MAX_TXN_OPS", parsed.Failure, StringComparison.Ordinal);
        Assert.Equal(1, parsed.ExitCode);
    }

    /// <summary>A variable counts as set explicitly, as a flag does.</summary>
    [Fact]
    public void Parse_ListenUrlsByVariable_StillNeedAdvertisedOnes()
    {
        Assert.NotNull(Parse([], ("ETCD_LISTEN_CLIENT_URLS", "http://127.0.0.1:1")).Failure);
        Assert.Null(Parse([], ("ETCD_LISTEN_CLIENT_URLS", "http://127.0.0.1:1"), ("ETCD_ADVERTISE_CLIENT_URLS", "http://127.0.0.1:1")).Failure);
    }

    [Fact]
    public void Parse_HelpAndVersion_WinOverWhatFollows()
    {
        Assert.True(Parse("--help", "--nonsense").ShowHelp);
        Assert.True(Parse("-h").ShowHelp);
        Assert.True(Parse("--version").ShowVersion);
    }

    [Fact]
    public void Help_EveryFlag_IsListedWithItsDefault()
    {
        string help = HelpText.Print();
        Assert.All(FlagTable.All, flag => Assert.Contains($"--{flag.Name} '{flag.Default}'", help, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("periodic", "0", 0, 0)]
    [InlineData("periodic", "2", 120, 0)]
    [InlineData("periodic", "30m", 30, 0)]
    [InlineData("revision", "1000", 0, 1000)]
    public void AutoCompaction_Forms_AreRead(string mode, string retention, int minutes, long revisions)
    {
        Assert.True(AutoCompaction.TryParse(mode, retention, out AutoCompaction result));
        Assert.Equal(new AutoCompaction(TimeSpan.FromMinutes(minutes), revisions), result);
    }

    private static ParsedCommandLine Parse(params string[] arguments) => CommandLine.Parse(arguments, new Dictionary<string, string>(StringComparer.Ordinal));

    private static ParsedCommandLine Parse(string[] arguments, params (string Name, string Value)[] environment) =>
        CommandLine.Parse(arguments, environment.ToDictionary(static e => e.Name, static e => e.Value, StringComparer.Ordinal));
}
