using Etcd.Pki.Files;

namespace Cfssljson;

/// <summary>One file that the input asks for.</summary>
/// <param name="Suffix">What follows the base name.</param>
/// <param name="Contents">The bytes.</param>
/// <param name="Mode">For a new file, before the umask.</param>
/// <param name="IsBinary">Printed as base64 by <c>-stdout</c>.</param>
internal sealed record OutputFile(string Suffix, byte[] Contents, UnixFileMode Mode, bool IsBinary)
{
    public void Write(string baseName) => AtomicFile.Write(baseName + Suffix, Contents, Mode);
}
