using System.Diagnostics;
using System.Globalization;

namespace Etcd.Foundation.Metrics;

/// <summary>What every exporter says about its own process: <c>process_*</c>, <c>os_fd_*</c> and the few <c>go_*</c> names
/// that dashboards of etcd read.</summary>
public static class ProcessMetrics
{
    private const string StatFile = "/proc/self/stat";

    public static void Register(MetricRegistry registry)
    {
        registry.AddSampledCounter("process_cpu_seconds_total", "CPU time of this process, user and system, in seconds.",
            static () => Environment.CpuUsage.TotalTime.TotalSeconds);
        registry.AddSampledGauge("process_resident_memory_bytes", "Memory of this process that is in RAM, in bytes.", static () => Environment.WorkingSet);
        registry.AddSampledGauge("process_virtual_memory_bytes", "Address space of this process, in bytes.", static () => ReadVirtualBytes());
        registry.AddSampledGauge("process_virtual_memory_max_bytes", "Most address space that this process may use, in bytes.", static () => ReadLimit("Max address space"));
        double startedAt = ReadStartTime();
        registry.AddSampledGauge("process_start_time_seconds", "When this process started, in seconds since 1970.", () => startedAt);
        registry.AddSampledGauge("process_open_fds", "Open file descriptors.", static () => CountOpenFiles());
        registry.AddSampledGauge("process_max_fds", "Most file descriptors that may be open.", static () => ReadLimit("Max open files"));
        registry.AddSampledGauge("os_fd_used", "File descriptors in use.", static () => CountOpenFiles());
        registry.AddSampledGauge("os_fd_limit", "Most file descriptors that may be in use.", static () => ReadLimit("Max open files"));
        RegisterRuntime(registry);
    }

    /// <summary>Most file descriptors that this process may open; 0 if unknown.</summary>
    public static long FileLimit => (long)ReadLimit("Max open files");

    private static void RegisterRuntime(MetricRegistry registry)
    {
        // Compat: dashboards of etcd draw go_goroutines; the nearest thing here is work that has a thread or waits for one.
        registry.AddSampledGauge("go_goroutines", "Threads of the pool and work items that wait for one.",
            static () => ThreadPool.ThreadCount + ThreadPool.PendingWorkItemCount);
        registry.AddSampledGauge("go_threads", "Threads of the pool.", static () => ThreadPool.ThreadCount);
        registry.AddGaugeFamily("go_info", "The runtime; always 1.", "version").With("dotnet" + Environment.Version).Set(1);
        registry.AddSampledGauge("go_memstats_alloc_bytes", "Managed memory in use, in bytes.", static () => GC.GetTotalMemory(forceFullCollection: false));
        registry.AddSampledCounter("go_memstats_alloc_bytes_total", "Managed memory ever allocated, in bytes.", static () => GC.GetTotalAllocatedBytes());
        registry.AddSampledGauge("go_memstats_heap_sys_bytes", "Managed memory taken from the system, in bytes.", static () => GC.GetGCMemoryInfo().TotalCommittedBytes);
    }

    private static double CountOpenFiles()
    {
        // A listing of one's own descriptors contains the one it is listed with.
        const string Folder = "/proc/self/fd";
        return Directory.Exists(Folder) ? Directory.EnumerateFileSystemEntries(Folder).Count() - 1 : 0;
    }

    private static double ReadVirtualBytes()
    {
        if (!File.Exists(StatFile))
            return 0;
        // Fields are counted behind the command's name, which is in parentheses and may contain spaces (proc(5): vsize is field 23).
        string stat = File.ReadAllText(StatFile);
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return double.Parse(fields[23 - 3], CultureInfo.InvariantCulture);
    }

    private static double ReadLimit(string name)
    {
        const string LimitsFile = "/proc/self/limits";
        if (!File.Exists(LimitsFile))
            return 0;
        string? line = File.ReadLines(LimitsFile).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        string soft = line?[name.Length..].TrimStart().Split(' ')[0] ?? "0";
        return string.Equals(soft, "unlimited", StringComparison.Ordinal) ? ulong.MaxValue : double.Parse(soft, CultureInfo.InvariantCulture);
    }

    private static double ReadStartTime()
    {
        using Process self = Process.GetCurrentProcess();
        return (self.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds;
    }
}
