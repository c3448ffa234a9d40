namespace NetTools.Libc;

// linux/virtio_net.h: what stands before each packet of a TUN device with IFF_VNET_HDR. Numbers in the machine's byte order.

public struct virtio_net_hdr
{
    public byte flags;
    public byte gso_type;
    public ushort hdr_len;
    public ushort gso_size;
    public ushort csum_start;
    public ushort csum_offset;
}

public static unsafe partial class Linux
{
    public const int VIRTIO_NET_HDR_F_NEEDS_CSUM = 1;
    public const int VIRTIO_NET_HDR_GSO_NONE = 0;
    public const int VIRTIO_NET_HDR_GSO_TCPV4 = 1;
    public const int VIRTIO_NET_HDR_GSO_TCPV6 = 4;
}
