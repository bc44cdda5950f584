using System.Globalization;
using Etcd.Pki.Errors;

namespace Etcd.Pki.Text;

/// <summary>One JSON value, read with the leniency and the error texts of Go's <c>encoding/json</c>:
/// names match in any case, the last of equal names wins, unknown names are ignored, null leaves the default.</summary>
public sealed class GoJsonValue
{
    private enum Shape
    {
        Null,
        Boolean,
        Number,
        String,
        Array,
        Object,
    }

    public static GoJsonValue Null { get; } = new(Shape.Null);

    private readonly Shape _shape;
    private readonly string _text = "";
    private readonly bool _boolean;
    private readonly List<GoJsonValue> _items = [];
    private readonly List<KeyValuePair<string, GoJsonValue>> _members = [];

    // Where the value sits, for messages: "CertificateRequest" and "key.size". Set while descending.
    private string _structName = "";
    private string _path = "";

    private GoJsonValue(Shape shape) => _shape = shape;

    private GoJsonValue(Shape shape, string text)
        : this(shape) => _text = text;

    private GoJsonValue(bool boolean)
        : this(Shape.Boolean) => _boolean = boolean;

    private GoJsonValue(List<GoJsonValue> items)
        : this(Shape.Array) => _items = items;

    private GoJsonValue(List<KeyValuePair<string, GoJsonValue>> members)
        : this(Shape.Object) => _members = members;

    public bool IsNull => _shape == Shape.Null;

    public bool IsString => _shape == Shape.String;

    public bool IsObject => _shape == Shape.Object;

    /// <exception cref="PkiException">The bytes are not one JSON value.</exception>
    public static GoJsonValue Parse(ReadOnlySpan<byte> json) => GoJsonParser.Parse(json);

    internal static GoJsonValue OfString(string text) => new(Shape.String, text);

    internal static GoJsonValue OfNumber(string text) => new(Shape.Number, text);

    internal static GoJsonValue OfBoolean(bool value) => new(value);

    internal static GoJsonValue OfArray(List<GoJsonValue> items) => new(items);

    internal static GoJsonValue OfObject(List<KeyValuePair<string, GoJsonValue>> members) => new(members);

    /// <summary>Treats this value as the Go struct of that name, so that errors name it and its fields.</summary>
    /// <param name="goType">As Go prints it, for example <c>csr.CertificateRequest</c>.</param>
    /// <returns>This value; an empty object if it is null.</returns>
    /// <exception cref="PkiException">It is not an object.</exception>
    public GoJsonValue AsStruct(string goType)
    {
        if (_shape is not (Shape.Object or Shape.Null))
            throw Mismatch(goType);
        _structName = goType[(goType.LastIndexOf('.') + 1)..];
        return this;
    }

    /// <summary>The member of that name in any case, or null if there is none or it is JSON null.</summary>
    public GoJsonValue? Find(string name)
    {
        for (int i = _members.Count - 1; i >= 0; i--)
        {
            if (!string.Equals(_members[i].Key, name, StringComparison.OrdinalIgnoreCase))
                continue;
            GoJsonValue member = _members[i].Value;
            if (member.IsNull)
                continue;
            member._structName = _structName;
            member._path = _path.Length == 0 ? name : $"{_path}.{name}";
            return member;
        }
        return null;
    }

    /// <summary>All members of an object that is used as a map; the last of equal names wins.</summary>
    public IEnumerable<KeyValuePair<string, GoJsonValue>> Members(string goType)
    {
        if (_shape is not (Shape.Object or Shape.Null))
            throw Mismatch(goType);
        var last = new Dictionary<string, GoJsonValue>(StringComparer.Ordinal);
        foreach ((string name, GoJsonValue value) in _members)
        {
            value._structName = _structName;
            value._path = _path;
            last[name] = value;
        }
        return last;
    }

    public IReadOnlyList<GoJsonValue> Items(string goType)
    {
        if (_shape is not Shape.Array)
            throw Mismatch(goType);
        foreach (GoJsonValue item in _items)
        {
            item._structName = _structName;
            item._path = _path;
        }
        return _items;
    }

    public string AsString(string goType = "string") =>
        _shape switch { Shape.String => _text, Shape.Null => "", _ => throw Mismatch(goType) };

    public bool AsBoolean() => _shape switch { Shape.Boolean => _boolean, Shape.Null => false, _ => throw Mismatch("bool") };

    public long AsInteger(string goType = "int")
    {
        if (_shape == Shape.Null)
            return 0;
        if (_shape == Shape.Number && long.TryParse(_text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value))
            return value;
        throw Mismatch(goType);
    }

    /// <summary>The digits of a number of any size, unparsed.</summary>
    public string AsNumberText(string goType) => _shape == Shape.Number ? _text : throw Mismatch(goType);

    public string? FindString(string name) => Find(name)?.AsString();

    public string StringOrEmpty(string name) => FindString(name) ?? "";

    public bool BooleanOrFalse(string name) => Find(name)?.AsBoolean() ?? false;

    /// <summary>A list of strings, or null if the member is missing or null (Go's nil slice).</summary>
    public IReadOnlyList<string>? FindStrings(string name) =>
        Find(name)?.Items("[]string").Select(static item => item.AsString()).ToArray();

    /// <summary>An error about this value that names its field, as Go words a type mismatch.</summary>
    internal PkiException Mismatch(string goType)
    {
        string found = _shape switch
        {
            Shape.Boolean => "bool",
            Shape.Number => _text.AsSpan().IndexOfAnyExcept("-0123456789") < 0 && !IsIntegerType(goType) ? "number" : NumberWord(goType),
            Shape.String => "string",
            Shape.Array => "array",
            _ => "object",
        };
        return _path.Length == 0
            ? new PkiException($"json: cannot unmarshal {found} into Go value of type {goType}", "the JSON must be one object in braces")
            : new PkiException(
                $"json: cannot unmarshal {found} into Go struct field {_structName}.{_path} of type {goType}",
                $"the field \"{_path}\" must be {PlainType(goType)}");
    }

    private static bool IsIntegerType(string goType) => goType is "int" or "int64";

    // Go adds the digits only when the target is an integer type that cannot hold them.
    private string NumberWord(string goType) => IsIntegerType(goType) ? $"number {_text}" : "number";

    private static string PlainType(string goType) => goType switch
    {
        "string" => "a text in quotes",
        "bool" => "true or false",
        "int" or "int64" => "a whole number",
        "[]string" => "a list of texts in brackets",
        _ when goType.StartsWith("[]", StringComparison.Ordinal) => "a list in brackets",
        _ => "an object in braces",
    };
}
