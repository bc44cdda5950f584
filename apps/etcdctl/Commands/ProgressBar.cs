using System.Globalization;
using Etcdctl.Cli;

namespace Etcdctl.Commands;

/// <summary>A line that is written over: <c> 12 / 60 Booooo!        20.00%</c>.</summary>
internal sealed class ProgressBar(ByteWriter output, long total)
{
    private const int Width = 40;
    private const long Redraws = 100;

    private long _done;

    public void Add()
    {
        long done = Interlocked.Increment(ref _done);
        if (done % Math.Max(1, total / Redraws) == 0)
            Draw(done);
    }

    /// <summary>One step per second, to the end or until cancelled.</summary>
    public async Task ShowSecondsAsync(CancellationToken cancellationToken)
    {
        Draw(0);
        try
        {
            for (long second = 1; second <= total; second++)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
                Draw(second);
            }
        }
        catch (OperationCanceledException)
        {
            // The last picture is drawn below.
        }
        Draw(total);
        Finish();
    }

    public void Finish()
    {
        output.Write("\n");
        output.Flush();
    }

    private void Draw(long done)
    {
        int filled = (int)(done * Width / total);
        string bar = "B" + new string('o', filled) + (filled < Width ? "m" : "") + new string(' ', Math.Max(0, Width - filled - 1)) + "!";
        output.Write(string.Create(CultureInfo.InvariantCulture, $"\r {done} / {total} {bar} {done * 100.0 / total:0.00}%"));
        output.Flush();
    }
}
