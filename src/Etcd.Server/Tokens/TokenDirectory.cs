using System.Globalization;
using Etcd.Store.Auth;

namespace Etcd.Server.Tokens;

/// <summary>Looks tokens up for the API. A simple token names the log index of its login, so that it works on every member as
/// soon as that entry is applied there.</summary>
/// <param name="tokens">Null if the server gives out no tokens (<c>--auth-token ""</c>).</param>
internal sealed class TokenDirectory(SimpleTokens? tokens, Func<AuthView> auth, Func<ulong> appliedIndex, TimeProvider clock, TimeSpan patience) : ITokenDirectory
{
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(10);

    public async ValueTask<Identity?> FindAsync(string token, CancellationToken cancellationToken)
    {
        int dot = token.LastIndexOf('.');
        if (tokens is null || dot < 0 || !ulong.TryParse(token.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ulong index))
            return null;
        long asked = clock.GetTimestamp();
        while (appliedIndex() < index)
        {
            // A made-up index must not hold the caller for ever.
            if (clock.GetElapsedTime(asked) > patience)
                return null;
            await Task.Delay(s_pollInterval, clock, cancellationToken);
        }
        return tokens.Find(token) is { } user ? new Identity(user, auth().Revision) : null;
    }
}
