using System.Globalization;
using Etcd.Pki.Errors;
using Etcd.Pki.Files;
using Etcd.Pki.Text;
using Microsoft.Data.Sqlite;

namespace Cfssl.Store;

/// <summary>The certificate database that <c>-db-config</c> names: SQLite, with the tables of cfssl, shared with it.</summary>
/// <remarks><code>
/// certificates    serial_number, authority_key_identifier (key), ca_label, status, reason, expiry, revoked_at, pem
/// ocsp_responses  serial_number, authority_key_identifier (key), body, expiry
/// times           2027-11-22 15:58:00+00:00 as text, compared as text with CURRENT_TIMESTAMP
/// </code>
/// Databases of newer releases have more columns; they stay empty. Thread-safe: one connection per call, the driver pools them.</remarks>
internal sealed class CertificateDatabase
{
    private const string TimeFormat = "yyyy-MM-dd HH:mm:sszzz";

    private const string Schema = """
        CREATE TABLE IF NOT EXISTS certificates (
            serial_number            blob NOT NULL,
            authority_key_identifier blob NOT NULL,
            ca_label                 blob,
            status                   blob NOT NULL,
            reason                   int,
            expiry                   timestamp,
            revoked_at               timestamp,
            pem                      blob NOT NULL,
            PRIMARY KEY(serial_number, authority_key_identifier));
        CREATE TABLE IF NOT EXISTS ocsp_responses (
            serial_number            blob NOT NULL,
            authority_key_identifier blob NOT NULL,
            body                     blob NOT NULL,
            expiry                   timestamp,
            PRIMARY KEY(serial_number, authority_key_identifier),
            FOREIGN KEY(serial_number, authority_key_identifier) REFERENCES certificates(serial_number, authority_key_identifier));
        """;

    private readonly string _connectionString;

    private CertificateDatabase(string path) =>
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path, DefaultTimeout = 30 }.ToString();

    /// <summary>Opens the database of a configuration file <c>{"driver":"sqlite3","data_source":"path"}</c>; makes missing tables.</summary>
    /// <exception cref="PkiException">5200 a bad configuration, 11000 a database that cannot be opened.</exception>
    public static CertificateDatabase OpenConfigured(string configFile)
    {
        byte[] json;
        try
        {
            json = InputFile.Read(configFile);
        }
        catch (PkiException error)
        {
            throw Invalid("could not read configuration file", $"-db-config: {error.Message}");
        }
        GoJsonValue config;
        try
        {
            config = GoJsonValue.Parse(json).AsStruct("dbconf.DBConfig");
        }
        catch (PkiException error)
        {
            throw Invalid($"failed to unmarshal configuration: {error.Message}", error.Cure);
        }
        string driver = config.StringOrEmpty("driver");
        string source = config.StringOrEmpty("data_source");
        if (source.Length == 0 || driver.Length == 0)
            throw Invalid("invalid db configuration", "-db-config must be {\"driver\":\"sqlite3\",\"data_source\":\"path of the database\"}");
        return driver == "sqlite3"
            ? Open(source)
            : throw Invalid($"database driver \"{driver}\" is not supported", "this build has SQLite only: {\"driver\":\"sqlite3\",\"data_source\":\"path\"}");
    }

    /// <exception cref="PkiException">11000: the database cannot be opened.</exception>
    public static CertificateDatabase Open(string path)
    {
        var database = new CertificateDatabase(path);
        database.Run(connection =>
        {
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = Schema;
            return command.ExecuteNonQuery();
        });
        return database;
    }

    /// <exception cref="PkiException">11000: for example, the same serial number is there already.</exception>
    public void Insert(CertificateRecord record) => Execute(
        """
        INSERT INTO certificates (serial_number, authority_key_identifier, ca_label, status, reason, expiry, revoked_at, pem)
        VALUES ($serial, $aki, $label, $status, $reason, $expiry, $revoked, $pem)
        """,
        ("$serial", record.Serial),
        ("$aki", record.AuthorityKeyId),
        ("$label", record.Label),
        ("$status", record.Status),
        ("$reason", record.Reason),
        ("$expiry", Format(record.Expiry)),
        ("$revoked", Format(record.RevokedAt)),
        ("$pem", record.Pem));

    public CertificateRecord? Find(string serial, string authorityKeyId) =>
        Select("WHERE serial_number = $serial AND authority_key_identifier = $aki", ("$serial", serial), ("$aki", authorityKeyId)).FirstOrDefault();

    public IReadOnlyList<CertificateRecord> Unexpired() => Select("WHERE CURRENT_TIMESTAMP < expiry");

    public IReadOnlyList<CertificateRecord> RevokedAndUnexpired() => Select("WHERE CURRENT_TIMESTAMP < expiry AND status = 'revoked'");

    /// <exception cref="PkiException">11200: no such certificate.</exception>
    public void Revoke(string serial, string authorityKeyId, int reason)
    {
        int rows = Execute(
            """
            UPDATE certificates SET status = 'revoked', revoked_at = CURRENT_TIMESTAMP, reason = $reason
            WHERE serial_number = $serial AND authority_key_identifier = $aki
            """,
            ("$reason", reason),
            ("$serial", serial),
            ("$aki", authorityKeyId));
        if (rows == 0)
            throw new PkiException(
                PkiErrorCategory.CertificateStore,
                PkiReason.RecordNotFound,
                "failed to revoke the certificate: certificate not found",
                "-serial is decimal and -aki is lower-case hex without colons, both as the database has them");
    }

    /// <summary>Stores a response, in the place of an older one.</summary>
    public void SaveOcsp(OcspRecord record) => Execute(
        """
        INSERT INTO ocsp_responses (serial_number, authority_key_identifier, body, expiry) VALUES ($serial, $aki, $body, $expiry)
        ON CONFLICT (serial_number, authority_key_identifier) DO UPDATE SET body = excluded.body, expiry = excluded.expiry
        """,
        ("$serial", record.Serial),
        ("$aki", record.AuthorityKeyId),
        ("$body", record.Body),
        ("$expiry", Format(record.Expiry)));

    public OcspRecord? FindOcsp(string serial, string authorityKeyId) =>
        SelectOcsp("WHERE serial_number = $serial AND authority_key_identifier = $aki", ("$serial", serial), ("$aki", authorityKeyId)).FirstOrDefault();

    public IReadOnlyList<OcspRecord> UnexpiredOcsp() => SelectOcsp("WHERE CURRENT_TIMESTAMP < expiry");

    private IReadOnlyList<CertificateRecord> Select(string condition, params (string Name, object Value)[] parameters) => Run(connection =>
    {
        using SqliteCommand command = Prepare(
            connection,
            "SELECT serial_number, authority_key_identifier, ca_label, status, reason, expiry, revoked_at, pem FROM certificates " + condition,
            parameters);
        using SqliteDataReader reader = command.ExecuteReader();
        var records = new List<CertificateRecord>();
        while (reader.Read())
        {
            records.Add(new CertificateRecord(
                Text(reader, 0), Text(reader, 1), Text(reader, 2), Text(reader, 3),
                reader.IsDBNull(4) ? 0 : reader.GetInt32(4),
                ParseTime(Text(reader, 5)), ParseTime(Text(reader, 6)), Text(reader, 7)));
        }
        return records;
    });

    private IReadOnlyList<OcspRecord> SelectOcsp(string condition, params (string Name, object Value)[] parameters) => Run(connection =>
    {
        // The original stores these bytes as text, zeros and all: the cast gives them back as they are.
        using SqliteCommand command = Prepare(
            connection, "SELECT serial_number, authority_key_identifier, CAST(body AS BLOB), expiry FROM ocsp_responses " + condition, parameters);
        using SqliteDataReader reader = command.ExecuteReader();
        var records = new List<OcspRecord>();
        while (reader.Read())
            records.Add(new OcspRecord(Text(reader, 0), Text(reader, 1), reader.GetFieldValue<byte[]>(2), ParseTime(Text(reader, 3))));
        return records;
    });

    private int Execute(string sql, params (string Name, object Value)[] parameters) => Run(connection =>
    {
        using SqliteCommand command = Prepare(connection, sql, parameters);
        return command.ExecuteNonQuery();
    });

    private static SqliteCommand Prepare(SqliteConnection connection, string sql, (string Name, object Value)[] parameters)
    {
        SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Every text comes from this file; values are parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach ((string name, object value) in parameters)
            command.Parameters.AddWithValue(name, value);
        return command;
    }

    private TResult Run<TResult>(Func<SqliteConnection, TResult> work)
    {
        try
        {
            using var connection = new SqliteConnection(_connectionString);
            connection.Open();
            return work(connection);
        }
        catch (SqliteException error)
        {
            throw new PkiException(PkiErrorCategory.CertificateStore, PkiReason.Unknown, error.Message);
        }
    }

    private static string Text(SqliteDataReader reader, int column) => reader.IsDBNull(column) ? "" : reader.GetString(column);

    private static string Format(DateTimeOffset time) => time.ToUniversalTime().ToString(TimeFormat, CultureInfo.InvariantCulture);

    // The original's driver writes a zone and up to nine fraction digits, SQLite's CURRENT_TIMESTAMP neither.
    private static DateTimeOffset ParseTime(string text)
    {
        int fraction = text.IndexOf('.', StringComparison.Ordinal);
        int zone = text.LastIndexOfAny(['+', '-', 'Z']);
        string whole = fraction > 0 ? text[..fraction] + (zone > fraction ? text[zone..] : "") : text;
        return DateTimeOffset.TryParse(whole, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : default;
    }

    private static PkiException Invalid(string message, string? cure) => new(PkiErrorCategory.Policy, PkiReason.InvalidPolicy, message, cure);
}
