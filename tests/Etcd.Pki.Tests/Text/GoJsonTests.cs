using System.Text;
using System.Text.Json;
using Etcd.Pki.Errors;
using Etcd.Pki.Text;

namespace Etcd.Pki.Tests.Text;

public sealed class GoJsonTests
{
    // Asked from Go's encoding/json through the packaged cfssl.
    [Theory]
    [InlineData("", "unexpected end of JSON input")]
    [InlineData("  ", "unexpected end of JSON input")]
    [InlineData("\"a", "unexpected end of JSON input")]
    [InlineData("{\"a\":", "unexpected end of JSON input")]
    [InlineData("x", "invalid character 'x' looking for beginning of value")]
    [InlineData("{bad}", "invalid character 'b' looking for beginning of object key string")]
    [InlineData("{\"a\" 1}", "invalid character '1' after object key")]
    [InlineData("{\"a\":1 \"b\"}", "invalid character '\"' after object key:value pair")]
    [InlineData("[1 2]", "invalid character '2' after array element")]
    [InlineData("{}}", "invalid character '}' after top-level value")]
    [InlineData("\"\\q\"", "invalid character 'q' in string escape code")]
    [InlineData("\"\\u12g4\"", "invalid character 'g' in \\u hexadecimal character escape")]
    [InlineData("\"a\nb\"", "invalid character '\\n' in string literal")]
    [InlineData("trux", "invalid character 'x' in literal true (expecting 'e')")]
    [InlineData("1.x", "invalid character 'x' after decimal point in numeric literal")]
    [InlineData("1ex", "invalid character 'x' in exponent of numeric literal")]
    [InlineData("-x", "invalid character 'x' in numeric literal")]
    [InlineData("01", "invalid character '1' after top-level value")]
    [InlineData("'", "invalid character '\\'' looking for beginning of value")]
    [InlineData("[1,]", "invalid character ']' looking for beginning of value")]
    public void Parse_BadText_GoMessage(string json, string message) =>
        Assert.Equal(message, Assert.Throws<PkiException>(() => GoJsonValue.Parse(Encoding.UTF8.GetBytes(json))).Message);

    [Fact]
    public void Parse_DeepNesting_IsRefusedWithoutOverflow() =>
        Assert.Equal("exceeded max depth", Assert.Throws<PkiException>(() => GoJsonValue.Parse(new byte[1_000_000].Select(static _ => (byte)'[').ToArray())).Message);

    [Fact]
    public void Find_OtherCaseAndDoubles_LastWins()
    {
        GoJsonValue value = GoJsonValue.Parse("""{"CN":"a","cn":"b","other":1,"Cn":"c","x":null}"""u8);
        Assert.Equal("c", value.StringOrEmpty("cn"));
        Assert.Null(value.Find("x"));
        Assert.Null(value.Find("none"));
    }

    [Theory]
    [InlineData("\"\\ud83d\\ude00\"", "😀")]
    [InlineData("\"\\ud800x\"", "\uFFFDx")]
    [InlineData("\"\\ud800\\u0041\"", "\uFFFDA")]
    [InlineData("\"\\udc00\"", "\uFFFD")]
    [InlineData("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t")]
    public void AsString_Escapes_AsGo(string json, string text) => Assert.Equal(text, GoJsonValue.Parse(Encoding.UTF8.GetBytes(json)).AsString());

    [Fact]
    public void AsString_InvalidUtf8_ReplacementCharacter() => Assert.Equal("a\uFFFDb", GoJsonValue.Parse([(byte)'"', (byte)'a', 0xff, (byte)'b', (byte)'"']).AsString());

    [Fact]
    public void Quote_EveryCharacter_ReadableByTheFramework()
    {
        for (int character = 0; character < 0x3000; character++)
        {
            string text = $"a{(char)character}b";
            Assert.Equal(text, JsonSerializer.Deserialize(GoJsonWriter.Quote(text), JsonContext.Default.String));
        }
        Assert.Equal("\"\\u003c\\u003e\\u0026\\u2028é😀\\ufffd\"", GoJsonWriter.Quote("<>&\u2028é😀\ud800"));
    }

    [Fact]
    public void Writer_Indented_AsMarshalIndent()
    {
        GoJsonWriter json = new GoJsonWriter(isIndented: true).BeginObject()
            .Member("a", "1").Name("empty").BeginArray().EndArray().Name("list").Strings(["x", "y"])
            .Name("inner").BeginObject().Name("n").Number(5).EndObject().Name("none").Null().EndObject();
        const string Expected = """
            {
              "a": "1",
              "empty": [],
              "list": [
                "x",
                "y"
              ],
              "inner": {
                "n": 5
              },
              "none": null
            }
            """;
        Assert.Equal(Expected, json.ToString());
    }
}
