using System.Security.Cryptography;
using System.Text;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Etcd.Server.Proposals;
using Etcd.Store.Apply;
using Etcd.Store.Auth;

namespace Etcd.Server.Tokens;

/// <summary>Passwords: bcrypt off the request threads in a bounded number at once, and logging in (spec api §6.2).</summary>
internal sealed class Logins(AuthStore auth, Proposer proposer, Func<CancellationToken, ValueTask> readBarrier, int bcryptCost) : IDisposable
{
    // bcrypt burns a core for about 50 ms; half of the cores stay free for everybody else.
    private readonly SemaphoreSlim _workers = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <returns>The token.</returns>
    /// <exception cref="EtcdException">Authentication is off, or user and password do not go together.</exception>
    public async ValueTask<string> AuthenticateAsync(string userName, string password, CancellationToken cancellationToken)
    {
        while (true)
        {
            await readBarrier(cancellationToken);
            AuthView view = auth.Current;
            if (!view.Enabled)
                throw new EtcdException(EtcdError.AuthNotEnabled);
            EtcdError? refusal = await OffThread(() => view.CheckPassword(userName, password), cancellationToken);
            if (refusal is not null)
                throw new EtcdException(refusal);
            var request = new InternalAuthenticateRequest { Name = userName, SimpleToken = SimpleTokens.NewPrefix() };
            ApplyResult result = await proposer.ProposeAsync(RequestKind.Authenticate, request, cancellationToken);
            if (result.Error is { } error)
                throw new EtcdException(error);
            // The password was checked against what may have changed before the login was applied: then once more.
            if (auth.Current.Revision == view.Revision)
                return AuthenticateResponse.Parser.ParseFrom(result.Body.Span).Token;
        }
    }

    /// <returns>base64 of the bcrypt text, as it travels in the log.</returns>
    public async ValueTask<string> HashAsync(string password, CancellationToken cancellationToken)
    {
        byte[] hash = await OffThread(
            () => Bcrypt.Hash(Encoding.UTF8.GetBytes(password), bcryptCost, RandomNumberGenerator.GetBytes(Bcrypt.SaltBytes)), cancellationToken);
        return Convert.ToBase64String(hash);
    }

    public void Dispose() => _workers.Dispose();

    private async Task<T> OffThread<T>(Func<T> work, CancellationToken cancellationToken)
    {
        await _workers.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(work, cancellationToken);
        }
        finally
        {
            _workers.Release();
        }
    }
}
