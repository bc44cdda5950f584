namespace Etcd.Benchmarks.Micro;

/// <summary>A folder for one benchmark, deleted at its end. On the disk of the working directory: /tmp may be memory.</summary>
internal sealed class Scratch : IDisposable
{
    private readonly string _path = Directory.CreateDirectory(Path.Combine(Environment.CurrentDirectory, "BenchmarkDotNet.Artifacts", Guid.NewGuid().ToString("N"))).FullName;

    public string Combine(string name) => Path.Combine(_path, name);

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
