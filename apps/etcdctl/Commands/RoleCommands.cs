using Etcd.Client;
using Etcd.Protocol.Auth;
using Etcd.Protocol.Rpc;
using Etcdctl.Cli;
using Etcdctl.Text;

namespace Etcdctl.Commands;

/// <summary><c>role</c> and what is below it.</summary>
internal static class RoleCommands
{
    public static Command Create() => new Command
    {
        Use = "role <subcommand>",
        Short = "Role related commands. Use `etcdctl role --help` to see subcommands",
        Long = "Role related commands",
        Group = CommandGroup.Authentication,
    }.Add(
        new Command { Use = "add <role name>", Short = "Adds a new role", Run = AddAsync },
        new Command { Use = "delete <role name>", Short = "Deletes a role", Run = DeleteAsync },
        new Command { Use = "get <role name>", Short = "Gets detailed information of a role", Run = GetAsync },
        new Command { Use = "list", Short = "Lists all roles", Run = ListAsync },
        new Command { Use = "grant-permission [options] <role name> <permission type> <key> [endkey]", Short = "Grants a key to a role", Run = GrantAsync }
            .With(
                Flag.Bool("prefix", value: false, "grant a prefix permission"),
                Flag.Bool("from-key", value: false, "grant a permission of keys that are greater than or equal to the given key using byte compare")),
        new Command { Use = "revoke-permission <role name> <key> [endkey]", Short = "Revokes a key from a role", Run = RevokeAsync }
            .With(
                Flag.Bool("prefix", value: false, "revoke a prefix permission"),
                Flag.Bool("from-key", value: false, "revoke a permission of keys that are greater than or equal to the given key using byte compare")));

    private static async Task AddAsync(Invocation invocation)
    {
        string role = OnlyRole(invocation, "add");
        EtcdClient client = await invocation.ConnectAsync();
        invocation.Printer.RoleAdd(role, await client.Auth.RoleAddAsync(role, invocation.Interrupted));
    }

    private static async Task DeleteAsync(Invocation invocation)
    {
        string role = OnlyRole(invocation, "delete");
        EtcdClient client = await invocation.ConnectAsync();
        invocation.Printer.RoleDelete(role, await client.Auth.RoleDeleteAsync(role, invocation.Interrupted));
    }

    private static async Task GetAsync(Invocation invocation)
    {
        string role = OnlyRole(invocation, "get");
        EtcdClient client = await invocation.ConnectAsync();
        AuthRoleGetResponse response = await client.Auth.RoleGetAsync(role, invocation.Interrupted);
        if (role == "root" && response.Perm.Count == 0)
        {
            // Servers before 3.6 list nothing for the role that may do everything.
            response.Perm.Add(new Permission
            {
                PermType = Permission.Types.Type.Readwrite,
                Key = Google.Protobuf.ByteString.Empty,
                RangeEnd = KeyRange.All.End,
            });
        }
        invocation.Printer.RoleGet(role, response);
    }

    private static async Task ListAsync(Invocation invocation)
    {
        if (invocation.Arguments.Count != 0)
            throw Invocation.BadArguments("role list command requires no arguments");
        EtcdClient client = await invocation.ConnectAsync();
        invocation.Printer.RoleList(await client.Auth.RoleListAsync(invocation.Interrupted));
    }

    private static async Task GrantAsync(Invocation invocation)
    {
        IReadOnlyList<string> arguments = invocation.Arguments;
        if (arguments.Count < 3)
            throw Invocation.BadArguments("role grant command requires role name, permission type, and key [endkey] as its argument");
        Permission.Types.Type type = arguments[1].ToUpperInvariant() switch
        {
            "READ" => Permission.Types.Type.Read,
            "WRITE" => Permission.Types.Type.Write,
            "READWRITE" => Permission.Types.Type.Readwrite,
            _ => throw Invocation.BadArguments($"invalid permission type: {arguments[1]}"),
        };
        KeyRange range = Range(invocation.Flags, [.. arguments.Skip(2)]);
        EtcdClient client = await invocation.ConnectAsync();
        invocation.Printer.RoleGrantPermission(arguments[0],
            await client.Auth.RoleGrantPermissionAsync(arguments[0], type, range, invocation.Interrupted));
    }

    private static async Task RevokeAsync(Invocation invocation)
    {
        IReadOnlyList<string> arguments = invocation.Arguments;
        if (arguments.Count < 2)
            throw Invocation.BadArguments("role revoke-permission command requires role name and key [endkey] as its argument");
        KeyRange range = Range(invocation.Flags, [.. arguments.Skip(1)]);
        EtcdClient client = await invocation.ConnectAsync();
        AuthRoleRevokePermissionResponse response =
            await client.Auth.RoleRevokePermissionAsync(arguments[0], range.Key, range.End, invocation.Interrupted);
        invocation.Printer.RoleRevokePermission(arguments[0], arguments[1], GoString.Decode(range.End.Span), response);
    }

    private static string OnlyRole(Invocation invocation, string command) => invocation.Arguments.Count == 1
        ? invocation.Arguments[0]
        : throw Invocation.BadArguments($"role {command} command requires role name as its argument");

    private static KeyRange Range(FlagSet flags, string[] keys)
    {
        bool isPrefix = flags.IsOn("prefix");
        bool isFromKey = flags.IsOn("from-key");
        if (isPrefix && isFromKey)
            throw Invocation.BadArguments("--from-key and --prefix flags are mutually exclusive");
        if (isPrefix && keys.Length > 1)
            throw Invocation.BadArguments("unexpected endkey argument with --prefix flag");
        if (isFromKey && keys.Length > 1)
            throw Invocation.BadArguments("unexpected endkey argument with --from-key flag");
        Google.Protobuf.ByteString key = KvRequests.Bytes(keys[0]);
        return isPrefix ? KeyRange.Prefix(key)
            : isFromKey ? KeyRange.From(key)
            : keys.Length > 1 ? KeyRange.Between(key, KvRequests.Bytes(keys[1]))
            : KeyRange.One(key);
    }
}
