using Cfssljson;
using Etcd.Pki.Tools;

return CfssljsonProgram.Run(args, ToolConsole.OfProcess());
