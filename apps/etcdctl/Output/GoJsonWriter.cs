using System.Buffers;
using System.Globalization;
using System.Text;
using Google.Protobuf;

namespace Etcdctl.Output;

/// <summary>Writes JSON exactly as Go's encoding/json does: same escapes, bytes as base64, no spaces.</summary>
/// <remarks>Members of an object are left out when they are zero, as Go's <c>omitempty</c> does, unless the method says otherwise.</remarks>
internal sealed class GoJsonWriter
{
    private static readonly SearchValues<char> s_special = SearchValues.Create(
        "\0\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f\"\\<>&\u2028\u2029");

    private readonly StringBuilder _text = new();
    private bool _needsComma;

    public override string ToString() => _text.ToString();

    public GoJsonWriter BeginObject() => Open('{');

    public GoJsonWriter EndObject() => Close('}');

    public GoJsonWriter BeginArray() => Open('[');

    public GoJsonWriter EndArray() => Close(']');

    /// <summary>The name of a member; its value follows.</summary>
    public GoJsonWriter Name(string name)
    {
        Separate();
        AppendString(name);
        _text.Append(':');
        _needsComma = false;
        return this;
    }

    public void Number(string name, long value)
    {
        if (value != 0)
            Always(name, value);
    }

    public void Number(string name, ulong value)
    {
        if (value != 0)
            Name(name).Raw(value.ToString(CultureInfo.InvariantCulture));
    }

    public void Bool(string name, bool value)
    {
        if (value)
            Always(name, value);
    }

    public void Text(string name, string value)
    {
        if (value.Length > 0)
            Always(name, value);
    }

    public void Bytes(string name, ByteString value)
    {
        if (!value.IsEmpty)
            Name(name).Base64(value);
    }

    public void Texts(string name, IReadOnlyCollection<string> values)
    {
        if (values.Count == 0)
            return;
        Name(name).BeginArray();
        foreach (string value in values)
            String(value);
        EndArray();
    }

    public void Always(string name, long value) => Name(name).Raw(value.ToString(CultureInfo.InvariantCulture));

    public void Always(string name, bool value) => Name(name).Raw(value ? "true" : "false");

    public void Always(string name, string value) => Name(name).String(value);

    public void Null(string name) => Name(name).Raw("null");

    public void String(string value)
    {
        Separate();
        AppendString(value);
    }

    public void Base64(ByteString value)
    {
        Separate();
        _text.Append('"').Append(value.ToBase64()).Append('"');
    }

    /// <summary>A member that is an object, or nothing if there is no message.</summary>
    public void Object<T>(string name, T? message, Action<T> write)
        where T : class
    {
        if (message is null)
            return;
        Name(name).BeginObject();
        write(message);
        EndObject();
    }

    /// <summary>A member that is a list of objects, or nothing if it is empty.</summary>
    public void Objects<T>(string name, IReadOnlyCollection<T> messages, Action<T> write)
    {
        if (messages.Count > 0)
            AlwaysObjects(name, messages, write);
    }

    public void AlwaysObjects<T>(string name, IReadOnlyCollection<T> messages, Action<T> write)
    {
        Name(name);
        Array(messages, write);
    }

    public void Array<T>(IEnumerable<T> messages, Action<T> write)
    {
        BeginArray();
        foreach (T message in messages)
        {
            BeginObject();
            write(message);
            EndObject();
        }
        EndArray();
    }

    private void Raw(string value)
    {
        Separate();
        _text.Append(value);
    }

    private GoJsonWriter Open(char bracket)
    {
        Separate();
        _text.Append(bracket);
        _needsComma = false;
        return this;
    }

    private GoJsonWriter Close(char bracket)
    {
        _text.Append(bracket);
        _needsComma = true;
        return this;
    }

    private void Separate()
    {
        if (_needsComma)
            _text.Append(',');
        _needsComma = true;
    }

    private void AppendString(string value)
    {
        _text.Append('"');
        ReadOnlySpan<char> rest = value;
        while (!rest.IsEmpty)
        {
            int plain = rest.IndexOfAny(s_special);
            if (plain < 0)
            {
                _text.Append(rest);
                break;
            }
            _text.Append(rest[..plain]);
            char special = rest[plain];
            int letter = "\"\\\b\f\n\r\t".IndexOf(special, StringComparison.Ordinal);
            if (letter >= 0)
                _text.Append('\\').Append("\"\\bfnrt"[letter]);
            else
                _text.Append($"\\u{(int)special:x4}");
            rest = rest[(plain + 1)..];
        }
        _text.Append('"');
    }
}
