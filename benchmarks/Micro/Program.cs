using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;

namespace Etcd.Benchmarks.Micro;

/// <summary>Guards of the hot loops: <c>dotnet run -c Release --project benchmarks/Micro -- --filter '*Wal*'</c>.</summary>
internal static class Program
{
    private static void Main(string[] arguments) => BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(arguments, DefaultConfig.Instance);
}
