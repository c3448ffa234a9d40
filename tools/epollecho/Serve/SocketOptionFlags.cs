using System.Globalization;
using NetTools.Os;
using NetTools.Sockets;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Serve;

/// <summary>The flags of <c>epollecho serve</c> that are socket options.</summary>
internal static class SocketOptionFlags
{
    /// <summary>The options asked for.</summary>
    /// <param name="options">The command line.</param>
    /// <param name="udp">A UDP socket, which has no TCP options.</param>
    /// <exception cref="OperationFailedException">A value is out of range.</exception>
    public static IReadOnlyList<OptionSetting> Read(ServeOptions options, bool udp)
    {
        if (udp && (options.NoNoDelay || options.Cork || options.QuickAck || options.KeepAlive is not null))
        {
            throw new OperationFailedException("--no-nodelay, --cork, --quickack and --keepalive are options of TCP");
        }

        List<OptionSetting> requests = udp ? [] : [new(SocketOption.NoDelay, options.NoNoDelay ? 0 : 1)];
        if (options.Cork)
        {
            requests.Add(new(SocketOption.Cork, 1));
        }

        if (options.ReusePort)
        {
            requests.Add(new(SocketOption.ReusePort, 1));
        }

        Add(requests, "--rcvbuf", SocketOption.ReceiveBuffer, options.ReceiveBuffer, int.MaxValue / 2);
        Add(requests, "--sndbuf", SocketOption.SendBuffer, options.SendBuffer, int.MaxValue / 2);
        Add(requests, "--tos", SocketOption.TypeOfService, options.TypeOfService, 255);
        Add(requests, "--tos", SocketOption.TrafficClass, options.TypeOfService, 255);

        if (options.KeepAlive is string text)
        {
            string[] parts = text.Split(',');
            if (parts.Length != 3)
            {
                throw new OperationFailedException($"--keepalive '{text}' is not IDLE,INTERVAL,COUNT");
            }

            requests.Add(new(SocketOption.KeepAlive, 1));
            Add(requests, "--keepalive", SocketOption.KeepIdle, Number(parts[0]), 32767, 1);
            Add(requests, "--keepalive", SocketOption.KeepInterval, Number(parts[1]), 32767, 1);
            Add(requests, "--keepalive", SocketOption.KeepCount, Number(parts[2]), 127, 1);
        }

        return requests;
    }

    private static void Add(List<OptionSetting> requests, string flag, SocketOption option, int? value, int most, int least = 0)
    {
        if (value is int number)
        {
            Arguments.CheckRange(flag, number, least, most);
            requests.Add(new(option, number));
        }
    }

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
            : throw new OperationFailedException($"--keepalive: '{text}' is not a number");
}
