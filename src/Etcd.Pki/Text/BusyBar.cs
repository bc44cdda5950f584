namespace Etcd.Pki.Text;

/// <summary>A bar on the terminal's last line that moves while something runs whose end nobody can foretell,
/// such as the search for the primes of a large RSA key.</summary>
internal sealed class BusyBar : IDisposable
{
    private const int Cells = 20;
    private const int MarkCells = 3;

    private static readonly TimeSpan s_firstShow = TimeSpan.FromMilliseconds(300); // Quick work draws nothing at all.
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(100);

    private readonly TextWriter _output;
    private readonly string _what;
    private readonly TimeProvider _clock;
    private readonly long _start;
    private readonly ITimer? _timer;
    private readonly Lock _lock = new();
    private int _width;
    private int _steps;
    private bool _isOver;

    public BusyBar(TextWriter output, string what, TimeProvider clock)
        : this(output, what, clock, isVisible: true)
    {
    }

    private BusyBar(TextWriter output, string what, TimeProvider clock, bool isVisible)
    {
        _output = output;
        _what = what;
        _clock = clock;
        _start = clock.GetTimestamp();
        if (isVisible)
            _timer = clock.CreateTimer(static bar => ((BusyBar)bar!).Draw(), this, s_firstShow, s_step);
    }

    public static BusyBar Invisible { get; } = new(TextWriter.Null, "", TimeProvider.System, isVisible: false);

    public void Dispose()
    {
        lock (_lock)
        {
            _timer?.Dispose();
            if (!_isOver && _width > 0)
                _output.Write($"\r{new string(' ', _width)}\r");
            _isOver = _timer is not null;
        }
    }

    private void Draw()
    {
        lock (_lock)
        {
            if (_isOver)
                return;
            int place = _steps++ % (2 * (Cells - MarkCells));
            int left = Math.Min(place, 2 * (Cells - MarkCells) - place);
            string bar = string.Concat(new string(' ', left), new string('=', MarkCells), new string(' ', Cells - MarkCells - left));
            string line = $"{_what} [{bar}] {(long)_clock.GetElapsedTime(_start).TotalSeconds} s";
            _width = Math.Max(_width, line.Length);
            _output.Write("\r" + line);
            _output.Flush();
        }
    }
}
