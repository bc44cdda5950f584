using Cfssl;
using Cfssl.Commands;
using Etcd.Pki.Tools;

// The same as "cfssl certinfo", under the name that some packages install.
return await CfsslProgram.RunAsync(new CertInfoCommand(), args, ToolConsole.OfProcess(), CancellationToken.None);
