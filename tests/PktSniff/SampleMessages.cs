using System.Globalization;
using NetTools.Packets;

namespace NetTools.Tests.PktSniff;

/// <summary>
/// A message of every protocol that a port, an EtherType or IP leads to: what carries it, what the text says of it, its bytes.
/// Text and fields were compared with tcpdump's and tshark's; the TLS handshakes are OpenSSL's.
/// </summary>
internal static class SampleMessages
{
    private static readonly (string Name, string Carrier, string Text, string Bytes)[] s_messages =
    [
        ("http get", "tcp 40000 80",
            "HTTP: GET /index.html HTTP/1.1, length 88",
            "474554202f696e6465782e68746d6c20485454502f312e310d0a486f73743a207777772e6578616d706c652e6f72670d0a557365722d41"
                + "67656e743a206375726c2f382e352e300d0a4163636570743a202a2f2a0d0a0d0a"),
        ("http reply", "tcp 80 40001",
            "HTTP: HTTP/1.1 404 Not Found, length 85",
            "485454502f312e3120343034204e6f7420466f756e640d0a5365727665723a206e67696e780d0a436f6e74656e742d547970653a207465"
                + "78742f68746d6c0d0a436f6e74656e742d4c656e6774683a20300d0a0d0a"),
        ("http post", "tcp 40002 8000",
            "HTTP: POST /a HTTP/1.0, length 29",
            "504f5354202f6120485454502f312e300d0a486f73743a20680d0a0d0a"),
        ("http body", "tcp 80 40003",
            "HTTP, length 22",
            "0001021b5b33316d72657374206f66206120626f6479"),
        ("http escape", "tcp 40004 80",
            "HTTP: GET /\\027[31m\\092x HTTP/1.1, length 25",
            "474554202f1b5b33316d5c7820485454502f312e310d0a0d0a"),
        ("ssdp", "udp 50000 1900",
            "HTTP: M-SEARCH * HTTP/1.1, length 73",
            "4d2d534541524348202a20485454502f312e310d0a486f73743a203233392e3235352e3235352e3235303a313930300d0a4d414e3a2022"
                + "737364703a646973636f766572220d0a0d0a"),
        ("ftp user", "tcp 40006 21",
            "FTP: USER anonymous, length 16",
            "5553455220616e6f6e796d6f75730d0a"),
        ("ftp reply", "tcp 21 40007",
            "FTP: 220 (vsFTPd 3.0.3), length 20",
            "323230202876734654506420332e302e33290d0a"),
        ("smtp mail", "tcp 40008 25",
            "SMTP: MAIL FROM:<a@example.org>, length 27",
            "4d41494c2046524f4d3a3c61406578616d706c652e6f72673e0d0a"),
        ("smtp reply", "tcp 25 40009",
            "SMTP: 250-mail.example.org, length 36",
            "3235302d6d61696c2e6578616d706c652e6f72670d0a323530205354415254544c530d0a"),
        ("pop user", "tcp 40010 110",
            "POP: USER mrose, length 12",
            "55534552206d726f73650d0a"),
        ("pop reply", "tcp 110 40011",
            "POP: +OK POP3 server ready, length 23",
            "2b4f4b20504f5033207365727665722072656164790d0a"),
        ("pop error", "tcp 110 40012",
            "POP: -ERR no such message, length 22",
            "2d455252206e6f2073756368206d6573736167650d0a"),
        ("imap login", "tcp 40013 143",
            "IMAP: a001 LOGIN fred blurdybloop, length 29",
            "61303031204c4f47494e206672656420626c75726479626c6f6f700d0a"),
        ("imap reply", "tcp 143 40014",
            "IMAP: a001 OK LOGIN completed, length 25",
            "61303031204f4b204c4f47494e20636f6d706c657465640d0a"),
        ("imap exists", "tcp 143 40015",
            "IMAP: * 23 EXISTS, length 13",
            "2a203233204558495354530d0a"),
        ("imap greeting", "tcp 143 40016",
            "IMAP: * OK IMAP4rev1 Service Ready, length 30",
            "2a204f4b20494d4150347265763120536572766963652052656164790d0a"),
        ("sip invite", "udp 5060 5060",
            "SIP: INVITE sip:bob@biloxi.example.com SIP/2.0, length 179",
            "494e56495445207369703a626f624062696c6f78692e6578616d706c652e636f6d205349502f322e300d0a5669613a205349502f322e30"
                + "2f55445020706333332e61746c616e74612e6578616d706c652e636f6d0d0a43616c6c2d49443a2061383462346337366536363731"
                + "3040706333330d0a435365713a2033313431353920494e564954450d0a557365722d4167656e743a2050686f6e652f310d0a436f6e"
                + "74656e742d4c656e6774683a20300d0a0d0a"),
        ("sip ringing", "udp 5060 5060",
            "SIP: SIP/2.0 180 Ringing, length 72",
            "5349502f322e30203138302052696e67696e670d0a43616c6c2d49443a20613834623463373665363637313040706333330d0a436f6e74"
                + "656e742d4c656e6774683a20300d0a0d0a"),
        ("rtsp describe", "tcp 40019 554",
            "RTSP: DESCRIBE rtsp://server.example.com/fizzle/foo RTSP/1.0, length 69",
            "444553435249424520727473703a2f2f7365727665722e6578616d706c652e636f6d2f66697a7a6c652f666f6f20525453502f312e300d"
                + "0a435365713a203331320d0a0d0a"),
        ("rtsp reply", "tcp 554 40020",
            "RTSP: RTSP/1.0 200 OK, length 99",
            "525453502f312e3020323030204f4b0d0a435365713a203330320d0a53657373696f6e3a2034373131323334340d0a5472616e73706f72"
                + "743a205254502f4156503b756e69636173743b636c69656e745f706f72743d343538382d343538390d0a0d0a"),
        ("redis set", "tcp 40021 6379",
            "RESP [3] \"SET\" \"mykey\" \"Hello\\027!\", length 37",
            "2a330d0a24330d0a5345540d0a24350d0a6d796b65790d0a24370d0a48656c6c6f1b210d0a"),
        ("redis ok", "tcp 6379 40022",
            "RESP \"OK\", length 5",
            "2b4f4b0d0a"),
        ("redis error", "tcp 6379 40023",
            "RESP \"ERR unknown command\", length 22",
            "2d45525220756e6b6e6f776e20636f6d6d616e640d0a"),
        ("redis integer", "tcp 6379 40024",
            "RESP \"1000\", length 7",
            "3a313030300d0a"),
        ("ssh", "tcp 22 40025",
            "SSH: SSH-2.0-OpenSSH_9.2p1 Debian-2, length 32",
            "5353482d322e302d4f70656e5353485f392e3270312044656269616e2d320d0a"),
        ("ftp rest", "tcp 40026 21",
            "FTP, length 7",
            "01022072657374"),
        ("smtp rest", "tcp 40027 25",
            "SMTP, length 7",
            "01022072657374"),
        ("pop rest", "tcp 40028 110",
            "POP, length 7",
            "01022072657374"),
        ("imap rest", "tcp 40029 143",
            "IMAP, length 7",
            "01022072657374"),
        ("rtsp rest", "tcp 40030 554",
            "RTSP, length 7",
            "01022072657374"),
        ("sip alive", "udp 5060 5060",
            "SIP, length 4",
            "0d0a0d0a"),
        ("mpls", "ether 0x8847",
            "MPLS (label 16001, exp 5, ttl 63) (label 29, exp 0, [S], ttl 62), length 55 | IPv4 10.0.0.1.7 > 10.0.0.2.9 ttl"
                + " 61: UDP, length 5",
            "03e81a3f0001d13e45000021000000003d1169ca0a0000010a00000200070009000d0000696e6e6572"),
        ("mpls 6", "ether 0x8848",
            "MPLS (label 100, exp 0, [S], ttl 64), length 71 | IPv6 2001:db8::1.7 > 2001:db8::1:0:0:2.9 ttl 62: UDP, length"
                + " 5",
            "0006414060000000000d113e20010db800000000000000000000000120010db800000000000100000000000200070009000d0000696e6e"
                + "6572"),
        ("mpls over ip", "ip 137",
            "MPLS (label 100, exp 0, [S], ttl 64), length 37 | IPv4 10.0.0.1.7 > 10.0.0.2.9 ttl 61: UDP, length 5",
            "0006414045000021000000003d1169ca0a0000010a00000200070009000d0000696e6e6572"),
        ("pw plain", "ether 0x8847",
            "MPLS (label 16, exp 0, [S], ttl 64), length 65 | "
                + "IPv4 10.0.0.1.7 > 10.0.0.2.9 ttl 61: UDP, length 5",
            "00010140001b21000001001b21000002080045000021000000003d1169ca0a0000010a00000200070009000d0000696e6e6572"),
        ("pw control", "ether 0x8847",
            "MPLS (label 16, exp 0, [S], ttl 64), control word sequence 5, length 69 | "
                + "IPv4 10.0.0.1.7 > 10.0.0.2.9 ttl 61: UDP, length 5",
            "0001014000000005001b21000001001b21000002080045000021000000003d1169ca0a0000010a00000200070009000d0000696e6e65"
                + "72"),
        ("pw like ip", "ether 0x8847",
            "MPLS (label 16, exp 0, [S], ttl 64), length 65 | "
                + "IPv4 10.0.0.1.7 > 10.0.0.2.9 ttl 61: UDP, length 5",
            "00010140451b21000001001b21000002080045000021000000003d1169ca0a0000010a00000200070009000d0000696e6e6572"),
        ("pw like ip 6", "ether 0x8847",
            "MPLS (label 16, exp 0, [S], ttl 64), length 65 | "
                + "IPv4 10.0.0.1.7 > 10.0.0.2.9 ttl 61: UDP, length 5",
            "00010140601b21000001001b21000002080045000021000000003d1169ca0a0000010a00000200070009000d0000696e6e6572"),
        ("pw channel", "ether 0x8847",
            "MPLS (label 16, exp 0, [S], ttl 64), associated channel 0x0007, length 46",
            "0001014010000007204003180000000100000002000f4240000f424000000000"),
        ("pw channel ip", "ether 0x8847",
            "MPLS (label 16, exp 0, [S], ttl 64), associated channel 0x0021, length 55 | "
                + "IPv4 10.0.0.1.7 > 10.0.0.2.9 ttl 61: UDP, length 5",
            "000101401000002145000021000000003d1169ca0a0000010a00000200070009000d0000696e6e6572"),
        ("pw unknown", "ether 0x8847",
            "MPLS (label 16, exp 0, [S], ttl 64), length 30",
            "00010140000000000000000000000000"),
        ("pppoe padi", "ether 0x8863",
            "PPPoE PADI [Service-Name \"isp\"] [Host-Uniq 0xdeadbeef] [Service-Name], length 40",
            "1109000000140101000369737001030004deadbeef0101000000"),
        ("pppoe pado", "ether 0x8863",
            "PPPoE PADO [AC-Name \"bras-01\"] [Generic-Error \"no more\\027[0m \"], length 47",
            "11070000001b01020007627261732d30310203000c6e6f206d6f72651b5b306d20"),
        ("pppoe short", "ether 0x8863",
            "PPPoE PADI, 1 bytes of its payload missing [Service-Name \"isp\"], length 27",
            "11090000000801010003697370"),
        ("pppoe ip", "ether 0x8864",
            "PPPoE [ses 0x11], length 55 | IPv4 10.0.0.1.7 > 10.0.0.2.9 ttl 61: UDP, length 5",
            "110000110023002145000021000000003d1169ca0a0000010a00000200070009000d0000696e6e6572"),
        ("pppoe lcp", "ether 0x8864",
            "PPPoE [ses 0x123], length 36 | PPP LCP (0xc021), Conf-Request, id 10, length 16",
            "110001230010c021010a000e010405d4050611223344"),
        ("ppp pap", "ether 0x880b",
            "PPP PAP (0xc023), Auth-Req, id 3, length 27",
            "c0230103000c03626f62027077"),
        ("gre seq", "ip 47",
            "GREv0, key=0x4d, seq 5, proto IPv4 (0x0800), length 45 | IPv4 10.0.0.1.7 > 10.0.0.2.9 ttl 61: UDP, length 5",
            "300008000000004d0000000545000021000000003d1169ca0a0000010a00000200070009000d0000696e6e6572"),
        ("gre mpls", "ip 47",
            "GREv0, proto MPLS (0x8847), length 41 | MPLS (label 200, exp 0, [S], ttl 9), length 37 | IPv4 10.0.0.1.7 > 10."
                + "0.0.2.9 ttl 61: UDP, length 5",
            "00008847000c810945000021000000003d1169ca0a0000010a00000200070009000d0000696e6e6572"),
        ("gre pptp", "ip 47",
            "GREv1, call 42, seq 3, ack 2, proto PPP (0x880b), length 32 | PPP LCP (0xc021), Conf-Request, id 10, length 16",
            "3081880b0010002a0000000300000002c021010a000e010405d4050611223344"),
        ("geneve", "udp 5000 6081",
            "Geneve, flags [none], vni 0x1389, proto Ethernet, options 4 bytes, length 59 | IPv4 10.0.0.1.7 > 10.0.0.2.9 tt"
                + "l 61: UDP, length 5",
            "01006558001389000102000002000000000b02000000000a080045000021000000003d1169ca0a0000010a00000200070009000d000069"
                + "6e6e6572"),
        ("geneve ip", "udp 5000 6081",
            "Geneve, flags [O], vni 0x9, proto IPv6, length 61 | IPv6 2001:db8::1.7 > 2001:db8::1:0:0:2.9 ttl 62: UDP, leng"
                + "th 5",
            "008086dd0000090060000000000d113e20010db800000000000000000000000120010db800000000000100000000000200070009000d00"
                + "00696e6e6572"),
        ("vxlan linux", "udp 5000 8472",
            "VXLAN, flags [0x08], vni 42, length 55 | IPv4 10.0.0.1.7 > 10.0.0.2.9 ttl 61: UDP, length 5",
            "0800000000002a0002000000000b02000000000a080045000021000000003d1169ca0a0000010a00000200070009000d0000696e6e6572"),
        ("gre in vxlan", "udp 5000 4789",
            "VXLAN, flags [0x08], vni 42, length 103 | IPv4 10.0.0.1 > 10.0.0.2 ttl 61: GREv0, key=0x3, proto IPv4 (0x0800)"
                + ", length 61 | IPv4 10.0.0.1 > 10.0.0.2 ttl 61: IPIP, length 33 | IPv4 10.0.0.1.7 > 10.0.0.2.9 ttl 61: UDP,"
                + " length 5",
            "0800000000002a0002000000000b02000000000a080045000051000000003d2f697c0a0000010a00000220000800000000034500003500"
                + "0000003d0469c30a0000010a00000245000021000000003d1169ca0a0000010a00000200070009000d0000696e6e6572"),
        ("ntp server", "udp 123 123",
            "NTPv4, Server, stratum 2, length 48",
            "240206ec0001234500002222c0000201e8f0000080000000e8f0000140000000e8f0000240000000e8f0000340000000"),
        ("ntp client", "udp 40048 123",
            "NTPv4, Client, stratum 0, length 48",
            "23000000000000000000000000000000000000000000000000000000000000000000000000000000e8f0000080000000"),
        ("ntp pps", "udp 123 40049",
            "NTPv4, Server, not synchronized, stratum 1, length 48",
            "e40106ec0000000000000000475053000000000000000000000000000000000000000000000000000000000000000000"),
        ("ntp control", "udp 123 123",
            "NTPv2, Control Message, length 12",
            "160200010000000000000000"),
        ("snmp get", "udp 40051 161",
            "SNMPv1 C=\"public\" GetRequest(44) .1.3.6.1.2.1.1.1.0 .1.3.6.1.4.1.8072.3.2.10, length 59",
            "303902010004067075626c6963a02c020412345678020100020100301e300c06082b060102010101000500300e060a2b06010401bf0803"
                + "020a0500"),
        ("snmp response", "udp 161 40052",
            "SNMPv2c C=\"pri\\027vate\" GetResponse(95) error 2@1 .1.3.6.1.2.1.1.5.0=\"host one\" .1.3.6.1.2.1.1.3.0=100000"
                + " .1.3.6.1.2.1.31.1.1.1.6.1=18446744073709551615 .1.3.6.1.2.1.4.20.1.1=10.1.2.3, length 112",
            "306e02010104087072691b76617465a25f02017f0201020201013054301406082b060102010105000408686f7374206f6e65300f06082b"
                + "0601020101030043030186a03018060b2b060102011f0101010601460900ffffffffffffffff301106092b06010201041401014004"
                + "0a010203"),
        ("snmp bulk", "udp 40053 161",
            "SNMPv2c C=\"public\" GetBulk(24) .1.3.6.1.2.1.2.2, length 39",
            "302502010104067075626c6963a51802010102010002010a300d300b06072b0601020102020500"),
        ("snmp trap", "udp 40054 162",
            "SNMPv1 C=\"public\" Trap(42) .1.3.6.1.2.1.2.2.1.1.3=3, length 57",
            "303702010004067075626c6963a42a06062b060104010940040a0000090201060201014301103011300f060a2b06010201020201010302"
                + "0103"),
        ("snmp 3", "udp 40055 161",
            "SNMPv3 U=\"admin\" GetRequest(25) .1.3.6.1.2.1.1.1.0, length 84",
            "3052020103300f02024a69020300ffe30401040201030417301504028000020100020100040561646d696e040004003023040480001f88"
                + "0400a01902010b020100020100300e300c06082b060102010101000500"),
        ("nfs call", "udp 800 2049",
            "RPC call xid 287454020, NFS v3 getattr, length 48",
            "112233440000000000000002000186a30000000300000001000000000000000000000000000000000000000401020304"),
        ("nfs call tcp", "tcp 800 2049",
            "RPC call xid 287454020, NFS v3 getattr, length 52",
            "80000030112233440000000000000002000186a30000000300000001000000000000000000000000000000000000000401020304"),
        ("nfs reply", "tcp 2049 800",
            "RPC reply xid 287454020 accepted, success, length 32",
            "8000001c11223344000000010000000000000000000000000000000000000000"),
        ("nfs reply udp", "udp 2049 800",
            "RPC reply xid 287454020 accepted, success, length 116",
            "11223344000000010000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
                + "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
                + "0000000000000000"),
        ("portmap", "udp 800 111",
            "RPC call xid 5, portmap v2 procedure 3, length 56",
            "000000050000000000000002000186a0000000020000000300000000000000000000000000000000000186a50000000300000011000000"
                + "00"),
        ("ike 1", "udp 500 500",
            "ISAKMP phase 1 ident, length 40",
            "112233445566778800000000000000000110020000000000000000280000000c0000000100000001"),
        ("ike 2", "udp 500 500",
            "ISAKMP ikev2_auth[IR], id 1, length 28",
            "112233445566778888776655443322112e202328000000010000001c"),
        ("ike 4500", "udp 4500 4500",
            "ISAKMP inf2[R], id 2, length 32",
            "000000001122334455667788887766554433221100202520000000020000001c"),
        ("esp over udp", "udp 4500 4500",
            "ESP spi 0x00000102 seq 7, length 32",
            "0000010200000007000102030405060708090a0b0c0d0e0f1011121314151617"),
        ("esp keepalive", "udp 4500 4500",
            "ESP NAT keepalive, length 1",
            "ff"),
        ("radius request", "udp 40066 1812",
            "RADIUS, Access-Request (1), id: 0x07, user steve, from 02-00-00-00-00-01, length 89",
            "0107005900000000000000000000000000000000010773746576650406c0a8011020076e61732d371e1830302d31312d32322d33332d34"
                + "342d35353a737369641f1330322d30302d30302d30302d30302d303108060a090807"),
        ("radius accounting", "udp 40067 1813",
            "RADIUS, Accounting-Request (4), id: 0x08, length 34",
            "04080022000102030405060708090a0b0c0d0e0f2806000000012c08736573732d31"),
        ("radius reject", "udp 1812 40068",
            "RADIUS, Access-Reject (3), id: 0x07, length 29",
            "0307001d000102030405060708090a0b0c0d0e0f1209676f2061776179"),
        ("pim hello", "ip 103",
            "PIMv2, Hello, length 26",
            "200000000001000200690013000400000001001400041a2b3c4d"),
        ("pim join", "ip 103",
            "PIMv2, Join / Prune, upstream-neighbor: 10.0.0.9, groups 1, length 34",
            "2300000001000a000009000100d201000020ef01020300010000010007200a00004d"),
        ("sctp init", "ip 132",
            "SCTP port 2905 > 2906, [INIT] init tag 2864434397 rwnd 65536 OS 10 MIS 2048 init TSN 16909060, length 32",
            "0b590b5a000000000000000001000014aabbccdd00010000000a080001020304"),
        ("sctp data", "ip 132",
            "SCTP port 2905 > 2906, [SACK] cum ack 16909060 a_rwnd 65000 gap acks 0, [DATA] TSN 7 SID 1 SSEQ 0 PPID 0x00000"
                + "02e, length 48",
            "0b590b5a123456780000000003000010010203040000fde8000000000003001200000007000100000000002e61620000"),
        ("sctp cookie", "ip 132",
            "SCTP port 2905 > 2906, [COOKIE ACK], [chunk 200], length 20",
            "0b590b5a12345678000000000b000004c8000004"),
        ("dhcp6 solicit", "udp6 546 547",
            "DHCPv6 solicit (xid=0xabcdef), length 46",
            "01abcdef0001000e000100011122334402000000000a0003000c0000000100000000000000000006000400170018"),
        ("dhcp6 reply", "udp6 547 546",
            "DHCPv6 reply (xid=0x02a) 2001:db8::55 2001:db8:1::/56, length 125",
            "0700002a0001000e000100011122334402000000000a0002000a0003000102000000000b00030028000000010000070800000b40000500"
                + "1820010db800000000000000000000005500000e1000001c2000190029000000010000000000000000001a001900000e1000001c20"
                + "3820010db8000100000000000000000000"),
        ("dhcp6 relay", "udp6 547 547",
            "DHCPv6 relay-fwd link 2001:db8::ffff peer fe80::1, relayed solicit (xid=0xabcdef), length 84",
            "0c0120010db800000000000000000000fffffe8000000000000000000000000000010009002e01abcdef0001000e000100011122334402"
                + "000000000a0003000c0000000100000000000000000006000400170018"),
        ("dhcp6 relay reply", "udp6 547 547",
            "DHCPv6 relay-reply link 2001:db8::ffff peer fe80::1, relayed reply (xid=0x02a) 2001:db8::55 2001:db8:1::/56, l"
                + "ength 163",
            "0d0020010db800000000000000000000fffffe8000000000000000000000000000010009007d0700002a0001000e000100011122334402"
                + "000000000a0002000a0003000102000000000b00030028000000010000070800000b400005001820010db800000000000000000000"
                + "005500000e1000001c2000190029000000010000000000000000001a001900000e1000001c203820010db800010000000000000000"
                + "0000"),
        ("wg init", "udp 40078 51820",
            "WireGuard handshake initiation, sender 0x11223344, length 148",
            "0100000044332211000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e"
                + "2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f60616263"
                + "6465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b"),
        ("wg response", "udp 9999 40079",
            "WireGuard handshake response, sender 0x55667788, receiver 0x11223344, length 92",
            "020000008877665544332211000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a"
                + "2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f"),
        ("wg cookie", "udp 9999 40080",
            "WireGuard cookie reply, receiver 0x11223344, length 64",
            "0300000044332211000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e"
                + "2f3031323334353637"),
        ("wg data", "udp 51820 40081",
            "WireGuard transport data, receiver 0x11223344, counter 9, length 64",
            "04000000443322110900000000000000000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223242526"
                + "2728292a2b2c2d2e2f"),
        ("wg last", "udp 51820 40082",
            "WireGuard transport data, receiver 0x11223344, counter 18446744073709551615, length 64",
            "0400000044332211ffffffffffffffff000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223242526"
                + "2728292a2b2c2d2e2f"),
        ("wg keepalive", "udp 51820 40083",
            "WireGuard keepalive, receiver 0x11223344, counter 10, length 32",
            "04000000443322110a00000000000000000102030405060708090a0b0c0d0e0f"),
        ("ospf hello", "ip 89",
            "OSPFv2, Hello, Router-ID 192.0.2.1, Backbone Area, DR 10.0.0.1, BDR 10.0.0.2, length 48",
            "02010030c000020100000000648800000000000000000000ffffff00000a0205000000280a0000010a000002c0000209"),
        ("ospf ack", "ip 89",
            "OSPFv2, LS-Ack, Router-ID 192.0.2.1, Area 0.0.0.7, length 24",
            "02050018c0000201000000073be100000000000000000000"),
        ("ospf 3", "ip6 89",
            "OSPFv3, Hello, Router-ID 192.0.2.1, Area 0.0.0.1, DR 192.0.2.1, BDR 192.0.2.2, length 40",
            "03010028c000020100000001000007000000000501000013000a0028c0000201c0000202c0000209"),
        ("bgp open", "tcp 40087 179",
            "BGP, Open Message AS 64512 hold 180s id 192.0.2.1, Keepalive Message, length 48",
            "ffffffffffffffffffffffffffffffff001d0104fc0000b4c000020100ffffffffffffffffffffffffffffffff001304"),
        ("bgp update", "tcp 40088 179",
            "BGP, Update Message withdraw 198.51.100.0/24 203.0.113.0/24 192.0.0.0/10, length 52",
            "ffffffffffffffffffffffffffffffff003402000418c633640012400101004002040201fc004003040a00000118cb00710ac000"),
        ("bgp notification", "tcp 179 40089",
            "BGP, Notification Message Cease (6/2), length 21",
            "ffffffffffffffffffffffffffffffff0015030602"),
        ("bgp rest", "tcp 179 40090",
            "BGP, length 16",
            "0102036d6964646c65206f66206f6e65"),
        ("vrrp 2", "ip 112",
            "VRRPv2, Advertisement, vrid 51, prio 100, intvl 1s, addrs 10.0.0.254, length 20",
            "2133640100016fcc0a0000fe0000000000000000"),
        ("vrrp 3", "ip6 112",
            "VRRPv3, Advertisement, vrid 7, prio 200, intvl 100cs, addrs fe80::1, length 24",
            "3107c80100640000fe800000000000000000000000000001"),
        ("hsrp hello", "udp 1985 1985",
            "HSRPv0-hello state=active group=100 prio=10 addr=10.0.0.254, length 20",
            "00001003030a6401636973636f0000000a0000fe"),
        ("hsrp advertise", "udp 1985 1985",
            "HSRPv0-advertise, length 14",
            "00030001000a0100000000000000"),
        ("hsrp 2", "udp 1985 1985",
            "HSRPv2-hello state=active group=300 prio=110 addr=10.0.0.253, length 52",
            "012802000604012c00000c9ff12c0000006e00000bb8000027100a0000fd0000000000000000000000000308636973636f000000"),
        ("hsrp 2 v6", "udp6 2029 2029",
            "HSRPv2-hello state=active group=300 prio=110 addr=fe80::5:73ff:fea0:1, length 42",
            "012802000606012c00000c9ff12c0000006e00000bb800002710fe80000000000000000573fffea00001"),
        ("cdp", "llc",
            "CDPv2, ttl: 180s, Device-ID 'switch1.example', Port-ID 'GigabitEthernet0/1', Platform 'cisco WS-C2960', length"
                + " 120",
            "aaaa0300000c200002b4000000010013737769746368312e6578616d706c6500020011000000010101cc00040a00000300030016476967"
                + "6162697445746865726e6574302f310005000c494f532031352e3200060012636973636f2057532d4332393630000a0006002a"),
        ("lacp", "ether 0x8809",
            "LACPv1, actor 02:00:00:00:00:0a key 13 port 22 [AGSCD], partner 02:00:00:00:00:0b key 14 port 25 [ATG], length"
                + " 124",
            "01010114800002000000000a000d80ff00163d0000000214800002000000000b000e80ff001907000000031000a0000000000000000000"
                + "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
                + "0000"),
        ("slow marker", "ether 0x8809",
            "LACP, Marker, length 66",
            "02010000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"),
        ("syslog", "udp 514 514",
            "SYSLOG auth.critical: Oct 11 22:14:15 mymachine su: failed for lonvick\\027[2J, length 57",
            "3c33343e4f63742031312032323a31343a3135206d796d616368696e652073753a206661696c656420666f72206c6f6e7669636b1b5b32"
                + "4a0a"),
        ("syslog local", "udp 40101 514",
            "SYSLOG local4.notice: 1 2003-10-11T22:14:15.003Z host app - ID47 - text, length 54",
            "3c3136353e3120323030332d31302d31315432323a31343a31352e3030335a20686f737420617070202d2049443437202d2074657874"),
        ("tftp read", "udp 40102 69",
            "TFTP, RRQ \"pxelinux.0\" octet, length 19",
            "00017078656c696e75782e30006f6374657400"),
        ("tftp write", "udp 40103 69",
            "TFTP, WRQ \"up.bin\" netascii, length 18",
            "000275702e62696e006e6574617363696900"),
        ("tftp error", "udp 69 40104",
            "TFTP, ERROR 1 \"File not found\", length 19",
            "0005000146696c65206e6f7420666f756e6400"),
        ("tftp data", "udp 69 40105",
            "TFTP, DATA block 7, length 24",
            "000300077878787878787878787878787878787878787878"),
        ("bfd", "udp 49152 3784",
            "BFDv1, Control, State Up, Flags: [Control Plane Independent], length 24",
            "20c803180000000100000002000f4240000f42400000c350"),
        ("bfd down", "udp 49152 3784",
            "BFDv1, Control, State Down, Flags: [Poll], Neighbor Signaled Session Down, length 24",
            "236003180000000100000000000f4240000f424000000000"),
        ("rip", "udp 520 520",
            "RIPv2, Response, routes 1, length 24",
            "02020000000200000a010000ffff00000000000000000002"),
        ("ripng", "udp6 521 521",
            "RIPng, Request, routes 1, length 24",
            "010100000000000000000000000000000000000000000010"),
        ("sflow", "udp 40110 6343",
            "sFlowv5, agent 10.0.0.5, agent-id 2, samples 0, length 28",
            "00000005000000010a000005000000020000004d000003e800000000"),
        ("babel", "udp6 6696 6696",
            "Babel 2 (14) hello ihu, length 18",
            "2a02000e04060000123401900504aabbccdd"),
        ("rx", "udp 7001 7000",
            "Rx data, call 5, seq 1, service 1, length 32",
            "3800000001000004000000050000000100000009010500000000000100000084"),
        ("ldp", "udp 646 646",
            "LDP, Label-Space-ID: 192.0.2.1:0, Hello, length 34",
            "0001001ec00002010000010000140000000704000004002d000004010004c0000201"),
        ("openflow", "tcp 40114 6633",
            "OpenFlow 1.0, HELLO, xid 0x00000007, length 8",
            "0100000800000007"),
        ("mdns", "udp 5353 5353",
            "mDNS query 0 _http._tcp.local. PTR, flags [RD], length 34",
            "000001000001000000000000055f68747470045f746370056c6f63616c00000c0001"),
        ("llmnr", "udp 50000 5355",
            "LLMNR query 4660 host. A, flags [RD], length 22",
            "12340100000100000000000004686f73740000010001"),
        ("quic initial", "udp 40117 443",
            "QUIC Initial, version 1, dcid 8394c8f03e515708, scid f067a5502a4262b5, Handshake, length 169",
            "c300000001088394c8f03e51570808f067a5502a4262b5003c0b30557a9fc4e90e33587da2c7ec11365b80a5caef14395e83a8cdf2173c"
                + "6186abd0f51a3f6489aed3f81d42678cb1d6fb20456a8fb4d9fe23486d92e100000001088394c8f03e51570808f067a5502a4262b5"
                + "3c0b30557a9fc4e90e33587da2c7ec11365b80a5caef14395e83a8cdf2173c6186abd0f51a3f6489aed3f81d42678cb1d6fb20456a"
                + "8fb4d9fe23486d92"),
        ("quic 2", "udp 40118 443",
            "QUIC Initial, version 2, dcid 8394c8f03e515708, length 80",
            "d36b3343cf088394c8f03e5157080003746f6b3c0b30557a9fc4e90e33587da2c7ec11365b80a5caef14395e83a8cdf2173c6186abd0f5"
                + "1a3f6489aed3f81d42678cb1d6fb20456a8fb4d9fe23486d92"),
        ("quic retry", "udp 443 40119",
            "QUIC Retry, version 1, scid f067a5502a4262b5, length 42",
            "f0000000010008f067a5502a4262b5746f6b656e2d6279746573000102030405060708090a0b0c0d0e0f"),
        ("quic versions", "udp 443 40120",
            "QUIC version negotiation, dcid 8394c8f03e515708, scid f067a5502a4262b5, length 31",
            "ca00000000088394c8f03e51570808f067a5502a4262b5000000016b3343cf"),
        ("quic short", "udp 443 40121",
            "QUIC short header, length 49",
            "4b8394c8f03e515708000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627"),
        ("tls hello", "tcp 40122 443",
            "TLS client hello TLS 1.3, SNI www.example.org, ALPN h2,http/1.1, length 517",
            "1603010200010001fc0303f7bd1091029aa26242ef16d7bf72eed23eb5f9daded669718499b38d45de2db02015ed3278f2fabde0058884"
                + "f5e08877b68c51ee96748d02c8b8f6c587379094900024130213031301c02cc030c02bc02fcca9cca8c024c028c023c027009f009e"
                + "006b006700ff0100018f00000014001200000f7777772e6578616d706c652e6f7267000b000403000102000a00160014001d001700"
                + "1e0019001801000101010201030104002300000010000e000c02683208687474702f312e310016000000170000000d002a00280403"
                + "05030603080708080809080a080b080408050806040105010601030303010302040205020602002b00050403040303002d00020101"
                + "003300260024001d00206d7b8350d7967489e99f2fe560d9e8f40f98b618daeb0a32334946fe6020f771001500cc00000000000000"
                + "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
                + "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
                + "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
                + "0000000000000000000000000000000000000000000000000000000000000000000000000000"),
        ("tls hello elsewhere", "tcp 40123 9000",
            "TLS client hello TLS 1.3, SNI www.example.org, ALPN h2,http/1.1, length 517",
            "1603010200010001fc0303f7bd1091029aa26242ef16d7bf72eed23eb5f9daded669718499b38d45de2db02015ed3278f2fabde0058884"
                + "f5e08877b68c51ee96748d02c8b8f6c587379094900024130213031301c02cc030c02bc02fcca9cca8c024c028c023c027009f009e"
                + "006b006700ff0100018f00000014001200000f7777772e6578616d706c652e6f7267000b000403000102000a00160014001d001700"
                + "1e0019001801000101010201030104002300000010000e000c02683208687474702f312e310016000000170000000d002a00280403"
                + "05030603080708080809080a080b080408050806040105010601030303010302040205020602002b00050403040303002d00020101"
                + "003300260024001d00206d7b8350d7967489e99f2fe560d9e8f40f98b618daeb0a32334946fe6020f771001500cc00000000000000"
                + "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
                + "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
                + "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
                + "0000000000000000000000000000000000000000000000000000000000000000000000000000"),
        ("tls hello cut", "tcp 40124 443",
            "TLS client hello, partial, length 120",
            "1603010200010001fc0303f7bd1091029aa26242ef16d7bf72eed23eb5f9daded669718499b38d45de2db02015ed3278f2fabde0058884"
                + "f5e08877b68c51ee96748d02c8b8f6c587379094900024130213031301c02cc030c02bc02fcca9cca8c024c028c023c027009f009e"
                + "006b006700ff0100018f0000"),
        ("tls answer", "tcp 443 40125",
            "TLS server hello TLS 1.3, cipher AES_256_GCM_SHA384, change cipher spec, application data, length 700",
            "160303007a020000760303f744eb7b73bcd6fa2aa40e468ae95e1949c89c0d478d2f9ae6b9c411d082a5402015ed3278f2fabde0058884"
                + "f5e08877b68c51ee96748d02c8b8f6c58737909490130200002e002b0002030400330024001d0020a74b7f0aa2f4b08caf5e3d1399"
                + "88660eecde4c4f2a20c135a9a7736ad4d2852314030300010117030300267e6792013f69024f8e3f785f4983b16a34b6b63b61ac05"
                + "eb1d22f1700bf21d045c015928e42c170303033788d34f818e9decdff87d88254edd0419bc776d30a0ad4b836de0e401364175b5f3"
                + "6133ed44fc2942d71054258274812ca602a5edbc43997a415054084f00825ec1ba90483ea6ec23511a9cbdf84b19197b931499bb1c"
                + "254e485234c696008bc41fc0791480ecca0ab99296999c4fff296b9e8696197b8641a4a3a0dff7fb13183407b57ade5acd55652b34"
                + "4348eecf56e8a638e4aa6f5746b850f145a0840b3ed58d19321e7795edd893ae9eef2198aa9444ecf7cbca2a3b26a933b3f16a3a0c"
                + "3761677636731f41544ae3693cad745712f07d97551e226ce33e8f4e5f452c336778d73fa0343ceaafbff71a21211e9ec904b67463"
                + "d970c894249d6a5d45fc914b6102e065fce9ff8ab831e0a7d837dca3ff3c46e8f111d69036a84dab62873a8c995e3de99d61469dcc"
                + "3c1871fd1d8e061e49f7d2a74c16ec477b161818fbdcf8aa6c3583117ae6d5eb566e9139dc1c615697076e0e68c76a57377b844840"
                + "edf8d0a04d17ca7ab206e4683155e8e4961e5830acb972c3dee89ae216985a9ce3d7321c3bfd330546815f2bcf55118f0491e5b822"
                + "f7dcdd626bd6fa6e883d276b439920bab74c9d680ade64f651ec9759058cb20cf2148ce5ca417dd491ffff91c7f9ddfa69ed8e12a1"
                + "5285bff89d669125ba4377a26fbe8d864bf5d10d9dd78a8b8c6dcd7bbaf9274a8538024946a8e9a09ab9bf103b88a09568884ec932"
                + "b464925037b0cf65d4"),
        ("tls 1.2 hello", "tcp 40126 443",
            "TLS client hello TLS 1.2, SNI www.example.org, ALPN h2,http/1.1, length 204",
            "16030100c7010000c3030320899e8d00d6332f08e15cddfe79636f35ac472eee962a05d052bccfd40cd41b00001ec02cc030c02bc02fcc"
                + "a9cca8c024c028c023c027009f009e006b006700ff0100007c00000014001200000f7777772e6578616d706c652e6f7267000b0004"
                + "03000102000a000c000a001d0017001e00190018002300000010000e000c02683208687474702f312e310016000000170000000d00"
                + "2a0028040305030603080708080809080a080b080408050806040105010601030303010302040205020602"),
        ("tls 1.2 answer", "tcp 443 40127",
            "TLS server hello TLS 1.2, ALPN http/1.1, cipher ECDHE_RSA_WITH_AES_256_GCM_SHA384, certificate, server key exc"
                + "hange, server hello done, length 1207",
            "16030300500200004c0303e17cbf0c3019f768a7cae89a6e4f9f948a70be85882a2c1f4f63d0a7f84828e700c030000024ff0100010000"
                + "0b000403000102002300000010000b000908687474702f312e310017000016030303230b00031f00031c00031930820315308201fd"
                + "a00302010202146fe613844f1532c98ad4b123bb49b0d05f11752d300d06092a864886f70d01010b0500301a311830160603550403"
                + "0c0f7777772e6578616d706c652e6f7267301e170d3236313132373037313231365a170d3336313132343037313231365a301a3118"
                + "301606035504030c0f7777772e6578616d706c652e6f726730820122300d06092a864886f70d01010105000382010f003082010a02"
                + "82010100b50323dce73aa83633dc2e22ce23b36b5789aaca3a58d685a60296c1ceeee260c513ba340d5f6c754dfb063acf941a180b"
                + "b4e024f2df3ff20f8191e80d498270dbb5ee307a7ca0e6ed754219f85ff36c159ea451e4d4c5c66f867b6a863400058266b65febee"
                + "00945c99290a48ae18ee016a3d2d7836282a5e8d389b9ac0e482ffef880a0e5650aad501c1e5ec8fe03773c9ace6f5192ae1cb3dde"
                + "dcc8b86dbf4e6983f75576a9621b7860d2a100ff2e7fe17aa5076cb9fb46a0b87d4a375c1c6100cb51df424df163052d76c69fac94"
                + "f945c5264d083c2b83afb6c613f9f25e190c41be74eaf74238e198295b9e2433847ab328bdfbfce3ab5dc083133da89f0203010001"
                + "a3533051301d0603551d0e04160414bfd25808a68963b42aa6b27a1934154b1e4ac9c7301f0603551d23041830168014bfd25808a6"
                + "8963b42aa6b27a1934154b1e4ac9c7300f0603551d130101ff040530030101ff300d06092a864886f70d01010b0500038201010005"
                + "5ed2c92c5f422e476f2f9a0faffb26ca4777bce85dd610404142bfd8397534d8904e9dc7254cfc237d024350842eaa2a61d04a43dd"
                + "0eb380836844536d21d085883ed13303ee1df7b51e759e73b028ac7e727f9d6e3f079102624132a16c682b5138742196291c2f5834"
                + "3c806c071fde8a398a5b0393cce7ddd4932b0d60346ff92480f166c708d9990beda4a15ffa12f7802edd51cead60d7342025adce20"
                + "f6c1e1419d04b1b0f93a3f33ba1424d2f12f58f9ea3bde913ff3f1ce286bb8cc9387492effd76d6a0378e7b64a22e26b8498b4f30a"
                + "08dee4cc9d461ea7273990b648033d50fb10941f2b28b91c00ae6902d580cd1075fdf4cd8492ef97c9cd80160303012c0c00012803"
                + "001d20a4859deffd1961d3fa748e39e10422ac34de2abbbaeadae058bfce3477df077108040100080559dcc6e50930903da324754f"
                + "a8b0e093ecb80b3d2cbdce38a202a68431742ac0bd936f11275b4ca02fb38dac2bd759ca66129f2f03904bd44547c5772987365783"
                + "b9c95f1431782ae2f465bc09602a8c5ebac2f18b3d6f7245eac95544df7ed7bd57abdb4dfd712b3a61c62270cad1272a8626e543d8"
                + "5d34c66c364302c8e28eead8f1947a2cf15d7e321195c94a98ee31606ea87384faefabcfb8d3fc73cf5976c63001755bb84230cd07"
                + "44eebef89d915beb15d1173a548fc7e7d0ea94c628480141d766c6c35bb8626680b9799d58f4619655272f460bdda274f1519b6e13"
                + "a8bc463195c601ff21ada001cfcf7960d6d1ab51356448af57d894f1561216030300040e000000"),
        ("tls 1.2 finish", "tcp 40128 443",
            "TLS client key exchange, change cipher spec, encrypted handshake, length 93",
            "16030300251000002120b33f87df67d0015a311f1581df393a0db8afafa0aaeef8d3b1e63b9b4d97ce3b1403030001011603030028825f"
                + "bd52d04c930e48b4c31d3fc7b4f27c96416d214e892da3f5f6bae3b836fc519286cb0116febb"),
        ("tls data", "tcp 40129 443",
            "TLS application data, length 47",
            "170303002a825fbd52d04c930f466b3b7b364bef3e6a8487f33324daef71abe08fe7e4ab8efb9159271be83d03db2b"),
        ("tls alert", "tcp 443 40130",
            "TLS alert fatal handshake failure, length 7",
            "15030300020228"),
        ("tls close", "tcp 443 40131",
            "TLS alert warning close notify, length 7",
            "15030300020100"),
        ("tls heartbeat", "tcp 443 40132",
            "TLS heartbeat, length 8",
            "1803030003010000"),
    ];

    /// <summary>Frames of all of them.</summary>
    public static IEnumerable<(string Name, byte[] Bytes)> All() =>
        s_messages.Select(one => (one.Name, Frame(one.Carrier.Split(' '), Convert.FromHexString(one.Bytes))));

    /// <summary>What a line says behind addresses, flags and sequence numbers, without a remark on the checksum.</summary>
    public static IEnumerable<(string Name, string Text)> Texts() => s_messages.Select(one => (one.Name, one.Text));

    /// <summary>The frame of one of them.</summary>
    public static byte[] Frame(string name) => All().Single(one => one.Name == name).Bytes;

    private static byte[] Frame(string[] carrier, byte[] message)
    {
        ushort first = carrier.Length < 2 ? (ushort)0
            : Convert.ToUInt16(carrier[1], carrier[1].StartsWith("0x", StringComparison.Ordinal) ? 16 : 10);
        ushort second = carrier.Length < 3 ? (ushort)0 : ushort.Parse(carrier[2], CultureInfo.InvariantCulture);
        return carrier[0] switch
        {
            "udp" => SampleFrames.Ethernet(0x0800, SampleFrames.IPv4(17, SampleFrames.Udp(first, second, message))),
            "udp6" => SampleFrames.Ethernet(0x86dd, SampleFrames.IPv6(17, SampleFrames.Udp(first, second, message))),
            "tcp" => SampleFrames.Ethernet(0x0800, SampleFrames.IPv4(6,
                SampleFrames.Tcp(first, second, 1, 1, TcpFlags.Psh | TcpFlags.Ack, message))),
            "ip" => SampleFrames.Ethernet(0x0800, SampleFrames.IPv4((byte)first, message)),
            "ip6" => SampleFrames.Ethernet(0x86dd, SampleFrames.IPv6((byte)first, message)),
            "ether" => SampleFrames.Ethernet(first, message),
            "llc" => [.. SampleFrames.MacB, .. SampleFrames.MacA, (byte)(message.Length >> 8), (byte)message.Length, .. message],
            _ => throw new ArgumentException(carrier[0]),
        };
    }
}
