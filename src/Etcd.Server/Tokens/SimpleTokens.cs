using System.Security.Cryptography;
using Etcd.Protocol.Errors;
using Etcd.Store.Auth;

namespace Etcd.Server.Tokens;

/// <summary><c>--auth-token simple</c>: a token is 16 random letters, a dot and the log index of its login. Each member keeps the
/// tokens in memory; one that was not used for the TTL dies.</summary>
/// <remarks>Thread-safe. Tokens exist only while authentication is on.</remarks>
internal sealed class SimpleTokens(TimeProvider clock, TimeSpan ttl) : IAuthTokens
{
    private const int PrefixLength = 16;
    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (string UserName, long UsedAt)> _tokens = new(StringComparer.Ordinal);
    private bool _enabled;

    /// <summary>The random half of a new token.</summary>
    public static string NewPrefix() => RandomNumberGenerator.GetString(Letters, PrefixLength);

    public EtcdError? Assign(string userName, string simpleToken, ulong index, ulong authRevision, out string token)
    {
        token = $"{simpleToken}.{index}";
        lock (_lock)
        {
            if (_enabled)
                _tokens[token] = (userName, clock.GetTimestamp());
        }
        return null;
    }

    public void InvalidateUser(string userName)
    {
        lock (_lock)
        {
            foreach (string token in _tokens.Where(t => t.Value.UserName == userName).Select(static t => t.Key).ToArray())
                _tokens.Remove(token);
        }
    }

    public void Enable()
    {
        lock (_lock)
            _enabled = true;
    }

    public void Disable()
    {
        lock (_lock)
        {
            _enabled = false;
            _tokens.Clear();
        }
    }

    /// <summary>The user of a token, whose life is extended by this use; null if it is unknown or was idle for too long.</summary>
    public string? Find(string token)
    {
        long now = clock.GetTimestamp();
        lock (_lock)
        {
            if (!_tokens.TryGetValue(token, out (string UserName, long UsedAt) found))
                return null;
            if (clock.GetElapsedTime(found.UsedAt, now) > ttl)
            {
                _tokens.Remove(token);
                return null;
            }
            _tokens[token] = (found.UserName, now);
            return found.UserName;
        }
    }

    /// <summary>Forgets idle tokens; called every second or so.</summary>
    public void Sweep()
    {
        long now = clock.GetTimestamp();
        lock (_lock)
        {
            if (_tokens.Count == 0)
                return;
            foreach (string token in _tokens.Where(t => clock.GetElapsedTime(t.Value.UsedAt, now) > ttl).Select(static t => t.Key).ToArray())
                _tokens.Remove(token);
        }
    }
}
