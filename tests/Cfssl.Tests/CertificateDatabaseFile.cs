using Cfssl.Store;
using Etcd.TestKit;

namespace Cfssl.Tests;

/// <summary>A fresh certificate database with its configuration file.</summary>
internal static class CertificateDatabaseFile
{
    /// <returns>The configuration file, for <c>-db-config</c>.</returns>
    public static string Create(TempDirectory folder, string name)
    {
        string path = folder.Combine(name);
        CertificateDatabase.Open(path); // Makes the tables, which the original leaves to a migration tool.
        string config = folder.Combine(name + ".json");
        File.WriteAllText(config, $$"""{"driver":"sqlite3","data_source":"{{path}}"}""");
        return config;
    }
}
