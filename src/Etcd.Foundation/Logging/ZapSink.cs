using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Etcd.Foundation.Logging;

/// <summary>zap's encodings of etcd: <c>--log-format json</c> (one object per line) and <c>console</c> (tab separated).</summary>
public sealed class ZapSink(IReadOnlyList<Stream> outputs, bool console) : ILogSink
{
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _lock = new();

    public void Write(LogLevel level, DateTimeOffset time, string caller, string message, ReadOnlySpan<LogField> fields)
    {
        var line = new ArrayBufferWriter<byte>(256);
        if (console)
            WriteConsole(line, level, time, caller, message, fields);
        else
            WriteJson(line, level, time, caller, message, fields);
        line.Write("\n"u8);
        lock (_lock)
        {
            foreach (Stream output in outputs)
            {
                output.Write(line.WrittenSpan);
                output.Flush();
            }
        }
    }

    private static void WriteJson(
        ArrayBufferWriter<byte> line, LogLevel level, DateTimeOffset time, string caller, string message, ReadOnlySpan<LogField> fields)
    {
        using var json = new Utf8JsonWriter(line, s_json);
        json.WriteStartObject();
        json.WriteString("level", Name(level));
        json.WriteString("ts", Timestamp(time));
        json.WriteString("caller", caller);
        json.WriteString("msg", message);
        WriteFields(json, fields);
        json.WriteEndObject();
    }

    private static void WriteConsole(
        ArrayBufferWriter<byte> line, LogLevel level, DateTimeOffset time, string caller, string message, ReadOnlySpan<LogField> fields)
    {
        line.Write(Encoding.UTF8.GetBytes($"{Timestamp(time)}\t{Name(level)}\t{caller}\t{message}"));
        if (fields.IsEmpty)
            return;
        line.Write("\t"u8);
        using var json = new Utf8JsonWriter(line, s_json);
        json.WriteStartObject();
        WriteFields(json, fields);
        json.WriteEndObject();
    }

    private static void WriteFields(Utf8JsonWriter json, ReadOnlySpan<LogField> fields)
    {
        foreach (LogField field in fields)
        {
            json.WritePropertyName(field.Name);
            WriteValue(json, field.Value);
        }
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case string text: json.WriteStringValue(text); break;
            case bool flag: json.WriteBooleanValue(flag); break;
            case int number: json.WriteNumberValue(number); break;
            case uint number: json.WriteNumberValue(number); break;
            case long number: json.WriteNumberValue(number); break;
            case ulong number: json.WriteNumberValue(number); break;
            case double number: json.WriteNumberValue(number); break;
            case TimeSpan duration: json.WriteStringValue(GoDuration.Format(duration)); break;
            case IEnumerable<string> texts:
                json.WriteStartArray();
                foreach (string text in texts)
                    json.WriteStringValue(text);
                json.WriteEndArray();
                break;
            default: json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture)); break;
        }
    }

    private static string Timestamp(DateTimeOffset time) =>
        time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Debug => "debug",
        LogLevel.Info => "info",
        LogLevel.Warn => "warn",
        LogLevel.Error => "error",
        LogLevel.Panic => "panic",
        _ => "fatal",
    };
}
