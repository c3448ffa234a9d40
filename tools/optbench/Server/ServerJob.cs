using System.Runtime.InteropServices;
using NetTools.OptBench.Protocol;
using NetTools.Os;
using NetTools.Sockets;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Server;

/// <summary>One connection that has proven the token: sets the options it asks for, answers, does the job.</summary>
internal sealed unsafe class ServerJob(ServerSettings settings, JobRegister register, int connection, JobRequest request)
{
    private const int BulkBytes = 256 * 1024;

    private int _cpuClock;
    private TcpInfo _before;
    private long _cpuBeforeNs;
    private long _moved;

    /// <summary>Serves the connection to its end, on a thread of its own; the caller closes it.</summary>
    public void Run()
    {
        int[] effective = [-1, -1, -1, -1];
        int errno = 0;
        JobStatus status = request.LimitBytes > settings.MaximumBytes || request.LimitMs > settings.MaximumMs ? JobStatus.TooMuch
            : JobStatus.Accepted;
        if (status == JobStatus.Accepted)
        {
            (status, errno) = SetOptions(effective);
        }

        DatagramJob? datagrams = null;
        if (status == JobStatus.Accepted && request.Kind == JobKind.Datagrams)
        {
            (status, errno) = TryOpen(out datagrams);
            effective[0] = datagrams?.Port ?? -1;
        }

        using DatagramJob? owned = datagrams;
        ulong number = Randomness.UInt64();
        Span<byte> reply = stackalloc byte[JobAnswer.Size];
        new JobAnswer(status, errno, settings.MaximumBytes, settings.MaximumMs)
        {
            Effective = effective,
            Congestion = SocketOptions.GetCongestion(connection),
            Job = number,
        }.Write(reply);
        Wire.SetTimeout(connection, settings.SilenceMs);
        if (status != JobStatus.Accepted)
        {
            Wire.Send(connection, reply);
            return;
        }

        _cpuClock = CallingThread.CpuClock();
        _before = TcpInfo.Read(connection);
        _cpuBeforeNs = Clock.ThreadCpuNanoseconds;
        register.Begin(number, Describe);
        try
        {
            if (Wire.Send(connection, reply))
            {
                Perform(number, datagrams);
            }
        }
        finally
        {
            register.End(number);
        }
    }

    /// <summary>Answers that the job does not begin.</summary>
    public void Refuse(JobStatus status)
    {
        Span<byte> reply = stackalloc byte[JobAnswer.Size];
        new JobAnswer(status, 0, settings.MaximumBytes, settings.MaximumMs).Write(reply);
        Wire.Send(connection, reply);
    }

    /// <summary>Answers what another job has done.</summary>
    public void Report()
    {
        JobReport? report = register.Find(request.Job);
        Span<byte> reply = stackalloc byte[JobAnswer.Size + JobReport.Size];
        new JobAnswer(report is null ? JobStatus.NoSuchJob : JobStatus.Accepted, 0, settings.MaximumBytes, settings.MaximumMs)
            .Write(reply[..JobAnswer.Size]);
        report?.Write(reply[JobAnswer.Size..]);
        Wire.Send(connection, report is null ? reply[..JobAnswer.Size] : reply);
    }

    private JobReport Describe() =>
        new(Volatile.Read(ref _moved), Clock.Read(_cpuClock) - _cpuBeforeNs, _before, TcpInfo.Read(connection));

    private (JobStatus Status, int Errno) SetOptions(int[] effective)
    {
        if (request.Congestion.Length > 0)
        {
            // Another name would make the kernel load a module for us.
            if (settings.CongestionControls.Count > 0 && !settings.CongestionControls.Contains(request.Congestion))
            {
                return (JobStatus.OptionRefused, ENOENT);
            }

            if (!SocketOptions.TrySetCongestion(connection, request.Congestion)
                // reserved for root here: the client is told what is in effect instead
                && Errno.Last is int errno && errno != EPERM)
            {
                return (JobStatus.OptionRefused, errno);
            }
        }

        for (int i = 0; i < request.Options.Count; i++)
        {
            (SocketOption option, int value) = request.Options[i];
            if (!option.TrySet(connection, value))
            {
                return (JobStatus.OptionRefused, Errno.Last);
            }

            effective[i] = option.TryGet(connection, out int now) ? now : -1;
        }

        return (JobStatus.Accepted, 0);
    }

    private (JobStatus Status, int Errno) TryOpen(out DatagramJob? datagrams)
    {
        try
        {
            datagrams = new(connection);
            return (JobStatus.Accepted, 0);
        }
        catch (LibcException e)
        {
            datagrams = null;
            return (JobStatus.OptionRefused, e.Errno);
        }
    }

    private void Perform(ulong number, DatagramJob? datagrams)
    {
        long deadline = Clock.Nanoseconds + (request.LimitMs * 1_000_000L);
        byte* buffer = (byte*)NativeMemory.AllocZeroed(BulkBytes);
        try
        {
            switch (request.Kind)
            {
                case JobKind.Echo:
                    Echo(buffer, deadline);
                    break;
                case JobKind.Datagrams:
                    datagrams!.Run(number, buffer, BulkBytes, deadline, settings.SilenceMs);
                    break;
                case JobKind.Source:
                    Source(request.LimitBytes, buffer, deadline);
                    break;
                default:
                    Sink(request.LimitBytes, buffer, deadline);
                    break;
            }
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
    }

    private void Echo(byte* buffer, long deadline)
    {
        using SilenceGuard guard = new(connection, settings.SilenceMs, deadline);
        while (true)
        {
            int missing = request.RequestBytes;
            while (missing > 0)
            {
                if (request.RearmQuickAck)
                {
                    SocketOption.QuickAck.TrySet(connection, 1);
                }

                nint got = (nint)recv(connection, buffer, missing, 0);
                if (got == 0 || (got < 0 && Errno.Last != EINTR))
                {
                    return;
                }

                missing -= (int)Math.Max(got, 0);
            }

            if (!Wire.Send(connection, buffer, request.ReplyBytes))
            {
                return;
            }
        }
    }

    private void Source(long limit, byte* buffer, long deadline)
    {
        while (limit > 0 && Clock.Nanoseconds < deadline)
        {
            int count = (int)Math.Min(limit, BulkBytes);
            nint sent = (nint)send(connection, buffer, count, MSG_NOSIGNAL);
            if (sent < 0 && Errno.Last != EINTR)
            {
                return;
            }

            limit -= Math.Max(sent, 0);
            _moved += Math.Max(sent, 0);
        }

        shutdown(connection, SHUT_WR);
        _ = recv(connection, buffer, 1, 0); // wait for the client to close: closing first would leave TIME_WAIT here
    }

    private void Sink(long limit, byte* buffer, long deadline)
    {
        while (_moved < limit && Clock.Nanoseconds < deadline)
        {
            nint got = (nint)recv(connection, buffer, BulkBytes, 0);
            if (got == 0 || (got < 0 && Errno.Last != EINTR))
            {
                return;
            }

            _moved += Math.Max(got, 0);
        }
    }
}
