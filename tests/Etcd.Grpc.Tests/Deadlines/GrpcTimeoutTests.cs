namespace Etcd.Grpc.Tests.Deadlines;

public sealed class GrpcTimeoutTests
{
    [Theory]
    [InlineData("1H", 36_000_000_000)]
    [InlineData("2M", 1_200_000_000)]
    [InlineData("5S", 50_000_000)]
    [InlineData("7m", 70_000)]
    [InlineData("3u", 30)]
    [InlineData("100n", 1)]
    [InlineData("1n", 1)]
    [InlineData("101n", 2)]
    [InlineData("0n", 0)]
    [InlineData("99999999H", 99_999_999L * 36_000_000_000)]
    public void TryParse_WellFormed_RoundsUpToTicks(string value, long ticks)
    {
        Assert.True(GrpcTimeout.TryParse(value, out TimeSpan timeout, out _));
        Assert.Equal(ticks, timeout.Ticks);
    }

    [Theory]
    [InlineData("", "transport: timeout string is too short: \"\"")]
    [InlineData("S", "transport: timeout string is too short: \"S\"")]
    [InlineData("123456789S", "transport: timeout string is too long: \"123456789S\"")]
    [InlineData("12x", "transport: timeout unit is not recognized: \"12x\"")]
    [InlineData("1.5S", "strconv.ParseInt: parsing \"1.5\": invalid syntax")]
    [InlineData("-5S", "strconv.ParseInt: parsing \"-5\": invalid syntax")]
    public void TryParse_Malformed_SaysWhatGoSays(string value, string expected)
    {
        Assert.False(GrpcTimeout.TryParse(value, out _, out string problem));
        Assert.Equal(expected, problem);
    }

    [Theory]
    [InlineData(0, "0n")]
    [InlineData(-5, "0n")]
    [InlineData(1, "100n")]
    [InlineData(50_000_000, "5000000u")]
    [InlineData(999_999_990, "99999999u")]
    [InlineData(999_999_991, "100000m")]
    [InlineData(long.MaxValue, "99999999H")]
    public void Format_Timeout_UsesFinestUnitOfEightDigits(long ticks, string expected) =>
        Assert.Equal(expected, GrpcTimeout.Format(TimeSpan.FromTicks(ticks)));

    [Fact]
    public void Format_AnyTimeout_NeverComesBackShorter()
    {
        const int Seed = 20_250_101;
        var random = new Random(Seed);
        for (int i = 0; i < 2_000; i++)
        {
            long ticks = random.NextInt64(1, 1L << random.Next(2, 55));
            Assert.True(GrpcTimeout.TryParse(GrpcTimeout.Format(TimeSpan.FromTicks(ticks)), out TimeSpan back, out _), $"seed {Seed}, ticks {ticks}");
            Assert.True(back.Ticks >= ticks, $"seed {Seed}, ticks {ticks}, back {back.Ticks}");
        }
    }
}
