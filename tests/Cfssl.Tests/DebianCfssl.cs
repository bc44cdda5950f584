using Etcd.TestKit;

namespace Cfssl.Tests;

/// <summary>The original programs, as Debian packages them.</summary>
internal static class DebianCfssl
{
    private const string Package = "golang-cfssl";

    public static string Path => RealTool.Require("cfssl", Package);

    public static string JsonPath => RealTool.Require("cfssljson", Package);

    public static string CertInfoPath => RealTool.Require("cfssl-certinfo", Package);

    public static ToolResult Run(params string[] arguments) => RealTool.Run(Path, arguments);

    public static ToolResult RunWithInput(string input, params string[] arguments) => RealTool.Run(Path, arguments, input);
}
