using System.Text.Unicode;
using Etcd.Grpc;
using Etcd.Grpc.Server;
using Etcd.Protocol.Wire;
using Etcd.Server;

namespace Etcd.Api.Services;

/// <summary>Looks at an auth request before it goes into the log as it is: what no member could decode must not get there.</summary>
internal static class AuthRequests
{
    // Field 2 of a granted permission is a message; of a revoked one, bytes like field 3.
    private const int PermissionField = 2;

    /// <exception cref="RpcException">The bytes are no message of that kind, or text in it is no UTF-8.</exception>
    public static void Check(RequestKind kind, ReadOnlySpan<byte> request)
    {
        try
        {
            CheckFields(kind, request);
        }
        catch (WireFormatException problem)
        {
            throw new RpcException(CallStatus.BadRequestMessage(problem.Message), problem);
        }
    }

    private static void CheckFields(RequestKind kind, ReadOnlySpan<byte> request)
    {
        var reader = new WireReader(request);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            if (field > LastKnownField(kind))
            {
                reader.Skip(type);
                continue;
            }
            ReadOnlySpan<byte> value = reader.ReadBytes(type);
            if (kind == RequestKind.AuthRoleGrantPermission && field == PermissionField)
                CheckPermission(value);
            else if (IsText(kind, field) && !Utf8.IsValid(value))
                throw new WireFormatException($"field {field} contains invalid UTF-8");
        }
    }

    /// <summary>All their fields up to this one are length-delimited.</summary>
    private static int LastKnownField(RequestKind kind) => kind switch
    {
        RequestKind.AuthUserGrantRole or RequestKind.AuthUserRevokeRole or RequestKind.AuthRoleGrantPermission => 2,
        RequestKind.AuthRoleRevokePermission => 3,
        RequestKind.AuthUserGet or RequestKind.AuthUserDelete or RequestKind.AuthRoleAdd or RequestKind.AuthRoleGet or RequestKind.AuthRoleDelete => 1,
        _ => 0,
    };

    private static bool IsText(RequestKind kind, int field) => kind != RequestKind.AuthRoleRevokePermission || field == 1;

    private static void CheckPermission(ReadOnlySpan<byte> permission)
    {
        const int TypeField = 1, KeyField = 2, RangeEndField = 3;
        var reader = new WireReader(permission);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field)
            {
                case TypeField:
                    reader.ReadVarint(type);
                    break;
                case KeyField or RangeEndField:
                    reader.ReadBytes(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }
    }
}
