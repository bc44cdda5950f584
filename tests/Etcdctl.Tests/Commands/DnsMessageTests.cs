using Etcdctl.Globals;

namespace Etcdctl.Tests.Commands;

public class DnsMessageTests
{
    [Fact]
    public void SrvQuery_IsTheQuestionOfRfc1035() => Assert.Equal(
        "12340100000100000000000005" + "5f65746364" + "045f746370" + "02646e" + "00" + "00210001",
        Convert.ToHexStringLower(DnsMessage.SrvQuery(0x1234, "_etcd._tcp.dn")));

    [Fact]
    public void ReadSrvAnswers_CompressedNames_AreFollowed()
    {
        // One question (_a.b), two answers that point back at it; targets are m1.b (pointer into the question) and m2.b.
        byte[] message = Convert.FromHexString(
            "00018180000100020000000002" + "5f61" + "0162" + "00" + "00210001"
            + "c00c" + "00210001" + "0000003c" + "000b" + "000a0001094b" + "026d31c00f"
            + "c00c" + "00210001" + "0000003c" + "000b" + "00050001094c" + "026d32c00f");

        List<SrvRecord> records = DnsMessage.ReadSrvAnswers(message, 1);

        Assert.Equal([new SrvRecord(10, 2379, "m1.b"), new SrvRecord(5, 2380, "m2.b")], records);
    }

    [Fact]
    public void ReadSrvAnswers_NameThatPointsAtItself_IsRefused() => Assert.Throws<InvalidDataException>(
        () => DnsMessage.ReadSrvAnswers(Convert.FromHexString("000181800001000000000000c00c00210001"), 1));

    [Fact]
    public void ReadSrvAnswers_AnyBytes_GiveRecordsOrARefusal()
    {
        int seed = Random.Shared.Next();
        var random = new Random(seed);
        byte[] good = Convert.FromHexString(
            "000181800001000100000000025f61016200002100" + "01c00c002100010000003c000b000a0001094b026d31c00f");
        for (int round = 0; round < 20_000; round++)
        {
            byte[] message = [.. good.AsSpan(0, random.Next(good.Length + 1))];
            for (int flips = random.Next(4); flips > 0 && message.Length > 2; flips--)
                message[2 + random.Next(message.Length - 2)] = (byte)random.Next(256);
            try
            {
                Assert.True(DnsMessage.ReadSrvAnswers(message, 1).Count <= ushort.MaxValue);
            }
            catch (InvalidDataException)
            {
                // The refusal.
            }
            catch (Exception problem)
            {
                Assert.Fail($"seed {seed}: {Convert.ToHexString(message)}: {problem}");
            }
        }
    }
}
