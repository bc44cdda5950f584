using System.Globalization;
using System.Text;

namespace Etcd.Pki.Text;

/// <summary>Writes JSON with the bytes that Go's encoder writes: same escapes, same indentation, members in call order.</summary>
/// <remarks>System.Text.Json escapes other characters and breaks lines differently, and scripts compare this output.</remarks>
public sealed class GoJsonWriter
{
    private readonly StringBuilder _text = new();
    private readonly bool _isIndented;
    private int _depth;
    private bool _isFirst = true;
    private bool _isAfterName;

    /// <param name="isIndented">Two blanks per level, as <c>json.MarshalIndent(v, "", "  ")</c>.</param>
    public GoJsonWriter(bool isIndented = false) => _isIndented = isIndented;

    public override string ToString() => _text.ToString();

    public GoJsonWriter BeginObject() => Open('{');

    public GoJsonWriter EndObject() => Close('}');

    public GoJsonWriter BeginArray() => Open('[');

    public GoJsonWriter EndArray() => Close(']');

    public GoJsonWriter Name(string name)
    {
        StartItem();
        _text.Append(Quote(name)).Append(_isIndented ? ": " : ":");
        _isAfterName = true;
        return this;
    }

    public GoJsonWriter String(string? value) => Raw(value is null ? "null" : Quote(value));

    public GoJsonWriter Number(long value) => Raw(value.ToString(CultureInfo.InvariantCulture));

    public GoJsonWriter Boolean(bool value) => Raw(value ? "true" : "false");

    public GoJsonWriter Null() => Raw("null");

    /// <summary>An array of strings; null writes <c>null</c>, as Go does for a nil slice.</summary>
    public GoJsonWriter Strings(IEnumerable<string>? values)
    {
        if (values is null)
            return Null();
        BeginArray();
        foreach (string value in values)
            String(value);
        return EndArray();
    }

    public GoJsonWriter Member(string name, string? value) => Name(name).String(value);

    /// <summary>Writes the member only when the value is not empty (Go's <c>omitempty</c>).</summary>
    public GoJsonWriter MemberIfAny(string name, string? value) => string.IsNullOrEmpty(value) ? this : Member(name, value);

    /// <summary>A value that is JSON already.</summary>
    public GoJsonWriter Raw(string json)
    {
        StartItem();
        _text.Append(json);
        return this;
    }

    /// <summary>One JSON string as Go writes it: <c>&lt;</c>, <c>&gt;</c> and <c>&amp;</c> escaped, other Unicode as it is.</summary>
    public static string Quote(string value)
    {
        var quoted = new StringBuilder(value.Length + 2).Append('"');
        for (int i = 0; i < value.Length; i++)
        {
            char character = value[i];
            switch (character)
            {
                case '"' or '\\':
                    quoted.Append('\\').Append(character);
                    break;
                case '\n':
                    quoted.Append("\\n");
                    break;
                case '\r':
                    quoted.Append("\\r");
                    break;
                case '\t':
                    quoted.Append("\\t");
                    break;
                case < ' ' or '<' or '>' or '&' or '\u2028' or '\u2029':
                    quoted.Append("\\u").Append(((int)character).ToString("x4", CultureInfo.InvariantCulture));
                    break;
                case var high when char.IsHighSurrogate(high) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1]):
                    quoted.Append(high).Append(value[++i]);
                    break;
                case var lone when char.IsSurrogate(lone):
                    quoted.Append("\\ufffd");
                    break;
                default:
                    quoted.Append(character);
                    break;
            }
        }
        return quoted.Append('"').ToString();
    }

    private GoJsonWriter Open(char bracket)
    {
        StartItem();
        _text.Append(bracket);
        _depth++;
        _isFirst = true;
        return this;
    }

    private GoJsonWriter Close(char bracket)
    {
        _depth--;
        if (!_isFirst)
            BreakLine();
        _text.Append(bracket);
        _isFirst = false;
        return this;
    }

    private void StartItem()
    {
        if (_isAfterName)
        {
            _isAfterName = false;
            _isFirst = false;
            return;
        }
        if (!_isFirst)
            _text.Append(',');
        if (_depth > 0)
            BreakLine();
        _isFirst = false;
    }

    private void BreakLine()
    {
        if (_isIndented)
            _text.Append('\n').Append(' ', 2 * _depth);
    }
}
