using Etcd.Protocol.Rpc;
using Etcdctl.Cli;
using Etcdctl.Text;

namespace Etcdctl.Output;

/// <summary><c>-w table</c>: only for answers with rows.</summary>
internal sealed class TablePrinter(ByteWriter output) : Printer(output, "table")
{
    public override void MemberList(MemberListResponse response) => Out.Write(AsciiTable.Render(Tables.MemberHeader, Tables.Members(response)));

    public override void Health(IReadOnlyList<EndpointHealth> endpoints) => Out.Write(AsciiTable.Render(Tables.HealthHeader, Tables.Health(endpoints)));

    public override void Status(IReadOnlyList<EndpointStatus> endpoints) => Out.Write(AsciiTable.Render(Tables.StatusHeader, Tables.Status(endpoints)));

    public override void HashKv(IReadOnlyList<EndpointHashKv> endpoints) => Out.Write(AsciiTable.Render(Tables.HashKvHeader, Tables.HashKvs(endpoints)));
}
