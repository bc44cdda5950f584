using Etcd.Pki.Names;
using Etcd.Pki.Requests;

namespace Etcd.Pki.Tests.Names;

public sealed class SubjectNameTests
{
    [Fact]
    public void ToDer_AllParts_OrderOfGo()
    {
        var name = new SubjectName
        {
            CommonName = "cn",
            SerialNumber = "7",
            Country = ["ZZ", "AA"],
            Province = ["st"],
            Locality = ["l"],
            StreetAddress = ["street"],
            PostalCode = ["99"],
            Organization = ["o"],
            OrganizationalUnit = ["ou"],
            Extra = [new("1.2.3.4", "extra")],
        };
        SubjectName read = SubjectName.FromDer(name.ToX500());
        Assert.Equal(
            ["2.5.4.6", "2.5.4.6", "2.5.4.8", "2.5.4.7", "2.5.4.9", "2.5.4.17", "2.5.4.10", "2.5.4.11", "2.5.4.3", "2.5.4.5", "1.2.3.4"],
            read.Attributes.Select(static attribute => attribute.Key));
        Assert.Equal(["AA", "ZZ"], read.Country); // A SET is sorted.
        Assert.Equal("cn", read.CommonName);
        Assert.Equal("1.2.3.4=extra,SERIALNUMBER=7,CN=cn,OU=ou,O=o,POSTALCODE=99,STREET=street,L=l,ST=st,C=ZZ,C=AA", read.ToString());
    }

    [Theory]
    [InlineData("Plain text 1'()+,-./:=?", 0x13)]
    [InlineData("star*", 0x0c)]
    [InlineData("a&b", 0x0c)]
    [InlineData("me@x", 0x0c)]
    [InlineData("深圳", 0x0c)]
    public void ToDer_Text_PrintableStringWherePossible(string text, byte tag)
    {
        byte[] der = new SubjectName { CommonName = text }.ToDer();
        // SEQUENCE SET SEQUENCE OID(5 bytes with head) then the string.
        Assert.Equal(tag, der[2 + 2 + 2 + 5]);
    }

    [Fact]
    public void ToSubject_EmailAndOids_AreExtra()
    {
        RequestSpec request = RequestSpec.Parse("""{"CN":"x","names":[{"E":"me@x.y","OID":{"1.2.3":"v"}},{"O":"o"}]}"""u8);
        Assert.Equal([new("1.2.3", "v"), new("1.2.840.113549.1.9.1", "me@x.y")], request.ToSubject().Extra);
    }
}
