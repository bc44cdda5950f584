using System.Diagnostics;
using Etcd.Client;
using Etcd.Foundation;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Etcdctl.Cli;
using Etcdctl.Globals;
using Etcdctl.Output;

namespace Etcdctl.Commands;

/// <summary><c>endpoint</c> and what is below it.</summary>
internal static class EndpointCommands
{
    public static Command Create() => new Command
    {
        Use = "endpoint <subcommand>",
        Short = "Endpoint related commands. Use `etcdctl endpoint --help` to see subcommands",
        Long = "Endpoint related commands",
        Group = CommandGroup.Maintenance,
    }
    .WithPersistent(Flag.Bool("cluster", value: false, "use all endpoints from the cluster member list"))
    .Add(
        new Command { Use = "health", Short = "Checks the healthiness of endpoints specified in `--endpoints` flag", Run = HealthAsync },
        new Command
        {
            Use = "status",
            Short = "Prints out the status of endpoints specified in `--endpoints` flag",
            Long = $"""
                In the simple format each endpoint is one line of values separated by commas:
                {string.Join(", ", Tables.StatusHeader)}.
                """,
            Run = StatusAsync,
        },
        new Command { Use = "hashkv", Short = "Prints the KV history hash for each endpoint in --endpoints", Run = HashKvAsync }
            .With(Flag.Number("rev", 0, "maximum revision to hash (default: latest revision)", "int")));

    /// <summary>The endpoints of the flag or, with <c>--cluster</c>, those that the cluster lists.</summary>
    public static async Task<IReadOnlyList<string>> EndpointsAsync(Invocation invocation)
    {
        if (!invocation.Globals.IsOn("cluster"))
            return [.. invocation.Globals.List("endpoints").Select(endpoint => endpoint.Trim())];
        // Without credentials at first: listing members has not always needed any, and nobody should be asked for a password twice.
        EtcdClient client = await invocation.ConnectAsync(
            invocation.Globals.Text("user").Contains(':') || invocation.Globals.Text("password").Length > 0
                ? ClientSettings.From(invocation)
                : ClientSettings.WithoutCredentials(invocation));
        try
        {
            MemberListResponse members = await client.Cluster.ListAsync(isSerializable: false, invocation.Interrupted);
            return [.. members.Members.SelectMany(member => member.ClientURLs)];
        }
        catch (EtcdClientException refused)
        {
            throw new ExitException(ExitCode.Error, $"failed to fetch endpoints from etcd cluster member list: {refused.Message}");
        }
    }

    private static async Task HealthAsync(Invocation invocation)
    {
        ClientSettings settings = ClientSettings.From(invocation);
        IReadOnlyList<string> endpoints = await EndpointsAsync(invocation);
        EndpointHealth[] reports = await Task.WhenAll(endpoints.Select(endpoint => CheckAsync(invocation, settings with { Endpoints = [endpoint] })));
        invocation.Printer.Health(reports);
        if (reports.Any(report => report.Error.Length > 0))
            throw new ExitException(ExitCode.Error, "unhealthy cluster");
    }

    private static async Task<EndpointHealth> CheckAsync(Invocation invocation, ClientSettings settings)
    {
        string endpoint = settings.Endpoints[0];
        EtcdClient client;
        try
        {
            client = await invocation.ConnectAsync(settings);
        }
        catch (ExitException problem)
        {
            return new EndpointHealth(endpoint, IsHealthy: false, "", problem.Message);
        }
        long started = Stopwatch.GetTimestamp();
        string error = "";
        try
        {
            // Any key does: an answer means that the cluster agreed to it.
            await client.Kv.RangeAsync("health", invocation.Interrupted);
        }
        catch (EtcdClientException problem) when (problem.Is(EtcdError.PermissionDenied))
        {
            // So does this refusal.
        }
        catch (EtcdClientException problem)
        {
            error = problem.Message;
        }
        string took = GoDuration.Format(Stopwatch.GetElapsedTime(started));
        if (error.Length == 0)
            error = await ActiveAlarmsAsync(client, invocation.Interrupted);
        return new EndpointHealth(endpoint, error.Length == 0, took, error);
    }

    private static async Task<string> ActiveAlarmsAsync(EtcdClient client, CancellationToken cancellationToken)
    {
        try
        {
            AlarmResponse raised = await client.Maintenance.AlarmListAsync(cancellationToken);
            return raised.Alarms.Count == 0
                ? ""
                : "Active Alarm(s): " + string.Concat(raised.Alarms.Select(alarm => $"{(alarm.Alarm == AlarmType.None ? "UNKNOWN" : SimplePrinter.AlarmName(alarm.Alarm))} "));
        }
        catch (EtcdClientException)
        {
            return "Unable to fetch the alarm list";
        }
    }

    private static async Task StatusAsync(Invocation invocation)
    {
        List<EndpointStatus> reports = [];
        (EtcdClient client, IReadOnlyList<string> endpoints) = await PrepareAsync(invocation);
        foreach (string endpoint in endpoints)
        {
            try
            {
                reports.Add(new EndpointStatus(endpoint, await client.Maintenance.StatusAsync(endpoint, invocation.Interrupted)));
            }
            catch (EtcdClientException problem)
            {
                invocation.Terminal.Error.WriteLine($"Failed to get the status of endpoint {endpoint} ({problem.Message})");
                invocation.ExitCode = ExitCode.Error;
            }
        }
        invocation.Printer.Status(reports);
    }

    private static async Task HashKvAsync(Invocation invocation)
    {
        List<EndpointHashKv> reports = [];
        (EtcdClient client, IReadOnlyList<string> endpoints) = await PrepareAsync(invocation);
        EtcdClientException? last = null;
        foreach (string endpoint in endpoints)
        {
            try
            {
                reports.Add(new EndpointHashKv(endpoint, await client.Maintenance.HashKvAsync(endpoint, invocation.Flags.Number("rev"), invocation.Interrupted)));
            }
            catch (EtcdClientException problem)
            {
                invocation.Terminal.Error.WriteLine($"Failed to get the hash of endpoint {endpoint} ({problem.Message})");
                last = problem;
            }
        }
        invocation.Printer.HashKv(reports);
        if (last is not null)
            throw new ExitException(ExitCode.Error, last.Message);
    }

    private static async Task<(EtcdClient Client, IReadOnlyList<string> Endpoints)> PrepareAsync(Invocation invocation)
    {
        IReadOnlyList<string> endpoints = await EndpointsAsync(invocation);
        return (await invocation.ConnectAsync(), endpoints);
    }
}
