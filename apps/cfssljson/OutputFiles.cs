using System.Text;
using Etcd.Pki.Errors;
using Etcd.Pki.Files;
using Etcd.Pki.Text;

namespace Cfssljson;

/// <summary>Finds the files in cfssl's JSON.</summary>
internal static class OutputFiles
{
    private const string MapType = "map[string]interface {}";

    /// <summary>Every file that the object asks for, in cfssljson's order.</summary>
    /// <exception cref="PkiException">A value has the wrong type; nothing is to be written then.</exception>
    public static IReadOnlyList<OutputFile> In(GoJsonValue input)
    {
        var members = new Dictionary<string, GoJsonValue>(input.Members(MapType), StringComparer.Ordinal);
        var files = new List<OutputFile>();
        Add(files, ".pem", Text(members, "cert", "certificate"), AtomicFile.CertificateMode);
        Add(files, "-key.pem", Text(members, "key", "private_key"), AtomicFile.KeyMode);
        Add(files, "-key.enc", Text(members, "encrypted_key"), AtomicFile.KeyMode, isBinary: true);
        Add(files, ".csr", Text(members, "csr", "certificate_request"), AtomicFile.PublicMode);
        AddBundle(files, members.GetValueOrDefault("bundle"));
        if (members.TryGetValue("result", out GoJsonValue? result) && result.IsObject)
            AddBundle(files, result.Members(MapType).FirstOrDefault(static member => member.Key == "bundle").Value);
        if (Text(members, "ocspResponse") is { Length: > 0 } response)
            files.Add(new OutputFile("-response.der", Decode(response), AtomicFile.PublicMode, IsBinary: true));
        return files;
    }

    // A bundle is a text in old answers and an object in new ones.
    private static void AddBundle(List<OutputFile> files, GoJsonValue? bundle)
    {
        if (bundle is null || bundle.IsNull)
            return;
        if (!bundle.IsObject)
        {
            Add(files, "-bundle.pem", bundle.AsString(), AtomicFile.PublicMode);
            return;
        }
        var members = new Dictionary<string, GoJsonValue>(bundle.Members(MapType), StringComparer.Ordinal);
        string chain = Text(members, "bundle");
        string root = Text(members, "root");
        if (chain.Length == 0)
            return;
        Add(files, "-bundle.pem", root.Length > 0 ? $"{chain}\n{root}" : chain, AtomicFile.PublicMode);
        Add(files, "-root.pem", root, AtomicFile.PublicMode);
    }

    private static void Add(List<OutputFile> files, string suffix, string text, UnixFileMode mode, bool isBinary = false)
    {
        if (text.Length > 0)
            files.Add(new OutputFile(suffix, Encoding.UTF8.GetBytes(text), mode, isBinary));
    }

    private static string Text(Dictionary<string, GoJsonValue> members, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (members.TryGetValue(name, out GoJsonValue? value))
                return value.IsString || value.IsNull ? value.AsString() : throw new PkiException($"Failed to parse input: \"{name}\" is not a text");
        }
        return "";
    }

    private static byte[] Decode(string base64)
    {
        try
        {
            return Convert.FromBase64String(base64);
        }
        catch (FormatException)
        {
            throw new PkiException("Failed to parse ocspResponse: illegal base64 data");
        }
    }
}
