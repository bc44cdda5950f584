using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Interop.Servers;

/// <summary>Ports that the kernel chooses, and who listens on them.</summary>
internal static class Sockets
{
    /// <summary>A port of 127.0.0.1 that nothing used a moment ago.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Whether that very process listens on the port: what answers there is then no server that somebody else left.</summary>
    public static bool Listens(int processId, int port)
    {
        HashSet<string> own = [.. OpenFiles(processId).Where(static target => target.StartsWith("socket:[", StringComparison.Ordinal))];
        // sl local_address rem_address st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode
        return File.ReadLines("/proc/net/tcp").Concat(File.ReadLines("/proc/net/tcp6")).Skip(1)
            .Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Any(columns => columns.Length > 9
                && columns[3] == "0A"
                && int.Parse(columns[1].AsSpan(columns[1].LastIndexOf(':') + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture) == port
                && own.Contains($"socket:[{columns[9]}]"));
    }

    private static IEnumerable<string> OpenFiles(int processId)
    {
        foreach (string descriptor in Directory.EnumerateFileSystemEntries($"/proc/{processId}/fd"))
        {
            string? target = null;
            try
            {
                target = new FileInfo(descriptor).LinkTarget;
            }
            catch (IOException)
            {
                // Closed since it was listed.
            }
            if (target is not null)
                yield return target;
        }
    }
}
