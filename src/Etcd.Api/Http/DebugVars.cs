using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Etcd.Foundation.Metrics;
using Etcd.Server;
using Microsoft.AspNetCore.Http;

namespace Etcd.Api.Http;

/// <summary><c>/debug/vars</c>: a few numbers as JSON, under the names that Go's expvar gives them.</summary>
internal sealed class DebugVars(IMember member)
{
    public async Task HandleAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        Write(context.Response.BodyWriter);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private void Write(IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteStartArray("cmdline");
        foreach (string argument in Environment.GetCommandLineArgs())
            json.WriteStringValue(argument);
        json.WriteEndArray();
        json.WriteNumber("file_descriptor_limit", ProcessMetrics.FileLimit);
        WriteMemory(json);
        WriteRaft(json);
        json.WriteEndObject();
    }

    private static void WriteMemory(Utf8JsonWriter json)
    {
        json.WriteStartObject("memstats");
        json.WriteNumber("Alloc", GC.GetTotalMemory(forceFullCollection: false));
        json.WriteNumber("TotalAlloc", GC.GetTotalAllocatedBytes());
        json.WriteNumber("Sys", Environment.WorkingSet);
        json.WriteNumber("HeapSys", GC.GetGCMemoryInfo().TotalCommittedBytes);
        json.WriteNumber("NumGC", GC.CollectionCount(0));
        json.WriteEndObject();
    }

    private void WriteRaft(Utf8JsonWriter json)
    {
        json.WriteStartObject("raft.status");
        json.WriteString("id", Hex(member.MemberId));
        json.WriteNumber("term", member.RaftTerm);
        json.WriteNumber("commit", member.CommittedIndex);
        json.WriteString("lead", Hex(member.LeaderId));
        json.WriteString("raftState", member.LeaderId == member.MemberId ? "StateLeader" : "StateFollower");
        json.WriteNumber("applied", member.AppliedIndex);
        json.WriteEndObject();
    }

    private static string Hex(ulong id) => id.ToString("x", CultureInfo.InvariantCulture);
}
