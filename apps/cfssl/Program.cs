using Cfssl;
using Etcd.Pki.Tools;

using var interrupt = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true;
    interrupt.Cancel();
};
return await CfsslProgram.RunAsync(args, ToolConsole.OfProcess(), interrupt.Token);
