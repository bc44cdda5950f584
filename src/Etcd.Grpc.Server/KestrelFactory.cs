using System.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Etcd.Grpc.Server;

/// <summary>Makes a Kestrel server without a web host around it.</summary>
/// <remarks>Its public constructor would do, but leaves it with the shared array pool; only the services that
/// <c>UseKestrelCore</c> registers bring the pool of pinned blocks, without which every request allocates about 3 KB.</remarks>
internal static class KestrelFactory
{
    public static ServiceProvider CreateServices(Action<KestrelServerOptions> configure, ILoggerFactory log)
    {
        var services = new ServiceCollection();
        services.AddSingleton(log);
        services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        services.AddMetrics();
        services.AddOptions();
        services.AddSingleton<DiagnosticSource>(new DiagnosticListener("Microsoft.AspNetCore"));
        new ServicesOnly(services).UseKestrelCore();
        services.Configure(configure);
        return services.BuildServiceProvider();
    }

    /// <summary>The part of a web host builder that registering Kestrel needs.</summary>
    private sealed class ServicesOnly(IServiceCollection services) : IWebHostBuilder
    {
        private static readonly WebHostBuilderContext s_context = new() { Configuration = new ConfigurationBuilder().Build() };

        public IWebHostBuilder ConfigureServices(Action<IServiceCollection> configureServices)
        {
            configureServices(services);
            return this;
        }

        public IWebHostBuilder ConfigureServices(Action<WebHostBuilderContext, IServiceCollection> configureServices)
        {
            configureServices(s_context, services);
            return this;
        }

#pragma warning disable ASPDEPR008 // The interface asks for it; nothing calls it.
        public IWebHost Build() => throw NoHost();
#pragma warning restore ASPDEPR008

        public IWebHostBuilder ConfigureAppConfiguration(Action<WebHostBuilderContext, IConfigurationBuilder> configureDelegate) => throw NoHost();

        public string? GetSetting(string key) => null;

        public IWebHostBuilder UseSetting(string key, string? value) => throw NoHost();

        private static NotSupportedException NoHost() => new("only services are taken");
    }
}
