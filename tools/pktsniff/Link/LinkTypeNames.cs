using System.Runtime.InteropServices.Marshalling;
using NetTools.Libc;
using NetTools.Os;

namespace NetTools.PktSniff.Link;

/// <summary>libpcap's names of link types, pcap_datalink_name_to_val(3PCAP).</summary>
internal static unsafe class LinkTypeNames
{
    /// <summary>The number of a name, in either case.</summary>
    /// <exception cref="OperationFailedException">There is no such name.</exception>
    public static int Number(string name)
    {
        byte* text = Utf8StringMarshaller.ConvertToUnmanaged(name);
        try
        {
            int number = Pcap.pcap_datalink_name_to_val(text);
            return number >= 0 ? number : throw new OperationFailedException(
                $"-y {name}: there is no such link type", "list them with: pktsniff -L");
        }
        finally
        {
            Utf8StringMarshaller.Free(text);
        }
    }

    /// <summary>The name of a number, or the number.</summary>
    public static string Name(int linkType) => Utf8StringMarshaller.ConvertToManaged(Pcap.pcap_datalink_val_to_name(linkType))
        ?? $"{linkType}";

    /// <summary>What a number is in words; empty when libpcap does not know.</summary>
    public static string Description(int linkType) =>
        Utf8StringMarshaller.ConvertToManaged(Pcap.pcap_datalink_val_to_description(linkType)) ?? "";
}
