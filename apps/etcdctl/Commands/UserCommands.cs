using Etcd.Client;
using Etcd.Protocol.Rpc;
using Etcdctl.Cli;
using Etcdctl.Globals;
using Etcdctl.Output;

namespace Etcdctl.Commands;

/// <summary><c>user</c> and what is below it.</summary>
internal static class UserCommands
{
    private const string InteractiveUsage = "Read password from stdin instead of interactive terminal";

    public static Command Create() => new Command
    {
        Use = "user <subcommand>",
        Short = "User related commands. Use `etcdctl user --help` to see subcommands",
        Long = "User related commands",
        Group = CommandGroup.Authentication,
    }.Add(
        new Command { Use = "add <user name or user:password> [options]", Short = "Adds a new user", Run = AddAsync }
            .With(
                Flag.Bool("interactive", value: true, InteractiveUsage),
                Flag.Text("new-user-password", "", "Supply password from the command line flag"),
                Flag.Bool("no-password", value: false, "Create a user without password (CN based auth only)")),
        new Command { Use = "delete <user name>", Short = "Deletes a user", Run = DeleteAsync },
        new Command { Use = "get <user name> [options]", Short = "Gets detailed information of a user", Run = GetAsync }
            .With(Flag.Bool("detail", value: false, "Show permissions of roles granted to the user")),
        new Command { Use = "list", Short = "Lists all users", Run = ListAsync },
        new Command { Use = "passwd <user name> [options]", Short = "Changes password of user", Run = ChangePasswordAsync }
            .With(Flag.Bool("interactive", value: true, "If true, read password from stdin instead of interactive terminal")),
        new Command { Use = "grant-role <user name> <role name>", Short = "Grants a role to a user", Run = GrantRoleAsync },
        new Command { Use = "revoke-role <user name> <role name>", Short = "Revokes a role from a user", Run = RevokeRoleAsync });

    private static async Task AddAsync(Invocation invocation)
    {
        if (invocation.Arguments.Count != 1)
            throw Invocation.BadArguments("user add command requires user name as its argument");
        string user = invocation.Arguments[0];
        string? password = null;
        if (!invocation.Flags.IsOn("no-password"))
        {
            password = invocation.Flags.Text("new-user-password");
            int colon = user.IndexOf(':');
            if (password.Length == 0 && colon >= 0)
            {
                password = user[(colon + 1)..];
                user = user[..colon];
                if (user.Length == 0)
                    throw Invocation.BadArguments("empty user name is not allowed");
            }
            else if (password.Length == 0)
            {
                password = ReadPassword(invocation, user);
            }
        }
        EtcdClient client = await invocation.ConnectAsync();
        invocation.Printer.UserAdd(user, await client.Auth.UserAddAsync(user, password, invocation.Interrupted));
    }

    private static async Task DeleteAsync(Invocation invocation)
    {
        string user = OnlyUser(invocation, "delete");
        EtcdClient client = await invocation.ConnectAsync();
        invocation.Printer.UserDelete(user, await client.Auth.UserDeleteAsync(user, invocation.Interrupted));
    }

    private static async Task GetAsync(Invocation invocation)
    {
        string user = OnlyUser(invocation, "get");
        EtcdClient client = await invocation.ConnectAsync();
        AuthUserGetResponse response = await client.Auth.UserGetAsync(user, invocation.Interrupted);
        if (!invocation.Flags.IsOn("detail"))
        {
            invocation.Printer.UserGet(user, response);
            return;
        }
        if (invocation.Printer is SimplePrinter)
            invocation.Terminal.Out.WriteLine($"User: {user}");
        foreach (string role in response.Roles)
        {
            invocation.Terminal.Out.Write("\n");
            invocation.Printer.RoleGet(role, await client.Auth.RoleGetAsync(role, invocation.Interrupted));
        }
    }

    private static async Task ListAsync(Invocation invocation)
    {
        if (invocation.Arguments.Count != 0)
            throw Invocation.BadArguments("user list command requires no arguments");
        EtcdClient client = await invocation.ConnectAsync();
        invocation.Printer.UserList(await client.Auth.UserListAsync(invocation.Interrupted));
    }

    private static async Task ChangePasswordAsync(Invocation invocation)
    {
        string user = OnlyUser(invocation, "passwd");
        string password = ReadPassword(invocation, user);
        EtcdClient client = await invocation.ConnectAsync();
        invocation.Printer.UserChangePassword(await client.Auth.UserChangePasswordAsync(user, password, invocation.Interrupted));
    }

    private static async Task GrantRoleAsync(Invocation invocation)
    {
        (string user, string role) = UserAndRole(invocation, "grant");
        EtcdClient client = await invocation.ConnectAsync();
        invocation.Printer.UserGrantRole(user, role, await client.Auth.UserGrantRoleAsync(user, role, invocation.Interrupted));
    }

    private static async Task RevokeRoleAsync(Invocation invocation)
    {
        (string user, string role) = UserAndRole(invocation, "revoke-role");
        EtcdClient client = await invocation.ConnectAsync();
        invocation.Printer.UserRevokeRole(user, role, await client.Auth.UserRevokeRoleAsync(user, role, invocation.Interrupted));
    }

    private static string OnlyUser(Invocation invocation, string command) => invocation.Arguments.Count == 1
        ? invocation.Arguments[0]
        : throw Invocation.BadArguments($"user {command} command requires user name as its argument");

    private static (string User, string Role) UserAndRole(Invocation invocation, string command) => invocation.Arguments.Count == 2
        ? (invocation.Arguments[0], invocation.Arguments[1])
        : throw Invocation.BadArguments($"user {command} command requires user name and role name as its argument");

    private static string ReadPassword(Invocation invocation, string user)
    {
        if (!invocation.Flags.IsOn("interactive"))
        {
            // The first word of the input, as Go's Scanf reads it.
            string[] words = LineReader.ReadToEnd(invocation.Terminal.In).Split('\n')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return words.Length == 0 ? "" : words[0];
        }
        string password = PasswordPrompt.Ask(invocation.Terminal, $"Password of {user}: ");
        if (password.Length == 0)
            throw Invocation.BadArguments("empty password");
        string again = PasswordPrompt.Ask(invocation.Terminal, $"Type password of {user} again for confirmation: ");
        return password == again ? password : throw Invocation.BadArguments("given passwords are different");
    }
}
