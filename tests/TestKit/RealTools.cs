namespace Etcd.TestKit;

/// <summary>Programs of the real etcd that tests compare ours with. They come from Debian's packages etcd-server and etcd-client.</summary>
public static class RealTools
{
    // xunit takes an exception whose message begins so for "skip this test, and say why".
    private const string SkipToken = "$XunitDynamicSkip$";

    /// <summary>Full path of a program.</summary>
    /// <exception cref="RealToolMissingException">Not installed: the test is skipped, or fails where nothing may be missing (CI=true).</exception>
    public static string Require(string program)
    {
        // Never from PATH: that could find ours.
        string path = "/usr/bin/" + program;
        if (File.Exists(path))
            return path;
        string message = $"the real {program} is missing: install Debian's etcd-server and etcd-client";
        bool mayBeMissing = Environment.GetEnvironmentVariable("CI") != "true";
        throw new RealToolMissingException(mayBeMissing ? SkipToken + message : message);
    }
}

/// <summary>A program that tests want is not installed.</summary>
public sealed class RealToolMissingException(string message) : Exception(message);
