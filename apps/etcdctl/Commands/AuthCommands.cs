using Etcd.Client;
using Etcd.Protocol.Errors;
using Etcdctl.Cli;

namespace Etcdctl.Commands;

/// <summary><c>auth</c> and what is below it.</summary>
internal static class AuthCommands
{
    public static Command Create() => new Command
    {
        Use = "auth <enable or disable>",
        Short = "Enable or disable authentication. Use `etcdctl auth --help` to see subcommands",
        Long = "Enable or disable authentication",
        Group = CommandGroup.Authentication,
    }.Add(
        new Command { Use = "enable", Short = "Enables authentication", Run = EnableAsync },
        new Command { Use = "disable", Short = "Disables authentication", Run = DisableAsync },
        new Command { Use = "status", Short = "Returns authentication status", Run = StatusAsync });

    private static async Task EnableAsync(Invocation invocation)
    {
        RefuseArguments(invocation, "auth enable");
        EtcdClient client = await invocation.ConnectAsync();
        try
        {
            await client.Auth.EnableAsync(invocation.Interrupted);
        }
        catch (EtcdClientException refused) when (refused.Is(EtcdError.RootRoleNotExist))
        {
            // The user root without the role root is one grant away from what was asked for.
            await GrantRootAsync(client, invocation.Interrupted);
            await client.Auth.EnableAsync(invocation.Interrupted);
        }
        invocation.Terminal.Out.WriteLine("Authentication Enabled");
    }

    private static async Task GrantRootAsync(EtcdClient client, CancellationToken cancellationToken)
    {
        try
        {
            await client.Auth.RoleAddAsync("root", cancellationToken);
        }
        catch (EtcdClientException refused) when (refused.Is(EtcdError.RoleAlreadyExists))
        {
            // All the better.
        }
        await client.Auth.UserGrantRoleAsync("root", "root", cancellationToken);
    }

    private static async Task DisableAsync(Invocation invocation)
    {
        RefuseArguments(invocation, "auth disable");
        EtcdClient client = await invocation.ConnectAsync();
        await client.Auth.DisableAsync(invocation.Interrupted);
        invocation.Terminal.Out.WriteLine("Authentication Disabled");
    }

    private static async Task StatusAsync(Invocation invocation)
    {
        RefuseArguments(invocation, "auth status");
        EtcdClient client = await invocation.ConnectAsync();
        invocation.Printer.AuthStatus(await client.Auth.StatusAsync(invocation.Interrupted));
    }

    private static void RefuseArguments(Invocation invocation, string command)
    {
        if (invocation.Arguments.Count != 0)
            throw Invocation.BadArguments($"{command} command does not accept any arguments");
    }
}
