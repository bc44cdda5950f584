namespace Cfssl.Commands;

/// <summary><c>cfssl print-defaults</c>: templates to edit.</summary>
internal sealed class PrintDefaultsCommand : ICfsslCommand
{
    private const string Config = """
        {
            "signing": {
                "default": {
                    "expiry": "168h"
                },
                "profiles": {
                    "www": {
                        "expiry": "8760h",
                        "usages": [
                            "signing",
                            "key encipherment",
                            "server auth"
                        ]
                    },
                    "client": {
                        "expiry": "8760h",
                        "usages": [
                            "signing",
                            "key encipherment",
                            "client auth"
                        ]
                    }
                }
            }
        }

        """;

    private const string Csr = """
        {
            "CN": "example.net",
            "hosts": [
                "example.net",
                "www.example.net"
            ],
            "key": {
                "algo": "ecdsa",
                "size": 256
            },
            "names": [
                {
                    "C": "US",
                    "ST": "CA",
                    "L": "San Francisco"
                }
            ]
        }

        """;

    public string Name => "print-defaults";

    public string Summary => "print default configurations that can be used as a template";

    public IReadOnlyList<string> Synopsis => ["print-defaults config", "print-defaults csr", "print-defaults list"];

    public IReadOnlyList<string> Flags => [];

    public Task RunAsync(CommandContext context)
    {
        context.Console.Out.Write(context.Argument(0) switch
        {
            "config" => Config + "\n",
            "csr" => Csr + "\n",
            _ => "Default configurations are available for:\n\tconfig\n\tcsr\n",
        });
        return Task.CompletedTask;
    }
}
