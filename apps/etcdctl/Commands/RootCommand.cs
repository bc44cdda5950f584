using Etcdctl.Cli;
using Etcdctl.Globals;
using Etcdctl.Pki;

namespace Etcdctl.Commands;

/// <summary>The whole tree of commands.</summary>
internal static class RootCommand
{
    public static Command Create()
    {
        var root = new Command { Use = "etcdctl", Short = "A simple command line client for etcd3." };
        GlobalFlags.AddTo(root);
        root.Add(KvCommands.All());
        root.Add(MaintenanceCommands.All());
        root.Add(UtilityCommands.All(root));
        root.Add(CompletionCommand.All(root));
        return root.Add(
            TxnCommand.Create(), WatchCommand.Create(), LeaseCommands.Create(), MemberCommands.Create(), EndpointCommands.Create(),
            SnapshotCommands.Create(), AuthCommands.Create(), UserCommands.Create(), RoleCommands.Create(), LockCommand.Create(),
            ElectCommand.Create(), CheckCommands.Create(), MakeMirrorCommand.Create(), PkiCommands.Create());
    }
}
