using System.Net.Sockets;
using NetTools.OptBench.Client;
using NetTools.OptBench.Experiments;
using NetTools.OptBench.Protocol;
using NetTools.OptBench.Server;
using NetTools.Os;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.OptBench;

public class ServerTests
{
    private static readonly JobRequest s_echo = new(JobKind.Echo, 1, 1, 0, 60_000);

    [Fact]
    public void Exchanges_bytes()
    {
        using InProcessServer server = new();
        Assert.InRange(Exchange(server), 1, 10);
    }

    [Fact]
    public void Serves_on_after_garbage_and_half_messages() => Seeded.Run(random =>
    {
        using InProcessServer server = new();
        for (int i = 0; i < 50; i++)
        {
            using TcpClient hostile = new("127.0.0.1", server.Port);
            hostile.GetStream().Write(random.Bytes(random.Number(1, 300)));
        }

        Assert.InRange(Exchange(server), 1, 10);
    });

    [Fact]
    public void Asks_for_the_token()
    {
        using InProcessServer server = new(s => s with { Token = "right" });
        Assert.Contains("token", Refusal(() => JobConnection.Open(server.Peer("wrong"), s_echo)));
        Assert.Contains("token", Refusal(() => JobConnection.Open(server.Peer(), s_echo)));
        JobConnection.Open(server.Peer("right"), s_echo).Dispose();
    }

    [Fact]
    public void The_token_and_a_proof_of_it_are_worth_nothing_on_another_connection()
    {
        using InProcessServer server = new(s => s with { Token = "right" });
        byte[] greeting = new byte[Handshake.GreetingBytes], request = new byte[Handshake.RequestBytes],
        answer = new byte[JobAnswer.Size];
        byte[] nonce = new byte[TokenProof.NonceBytes], theirs = new byte[TokenProof.NonceBytes];
        Handshake.WriteGreeting(greeting, nonce);
        JobStatus Ask(bool replay)
        {
            using TcpClient client = new("127.0.0.1", server.Port);
            client.GetStream().Write(greeting);
            client.GetStream().ReadExactly(answer);
            Assert.True(Handshake.TryReadChallenge(answer, theirs));
            if (!replay)
            {
                s_echo.Write(request.AsSpan(0, JobRequest.Size));
                TokenProof.Write("right", nonce, theirs, request.AsSpan(0, JobRequest.Size), request.AsSpan(JobRequest.Size));
            }

            client.GetStream().Write(request);
            client.GetStream().ReadExactly(answer);
            return JobAnswer.TryRead(answer)!.Status;
        }

        Assert.Equal(JobStatus.Accepted, Ask(replay: false));
        // the very bytes of the last time, and the same nonce of the client
        Assert.Equal(JobStatus.WrongToken, Ask(replay: true));
    }

    [Fact]
    public void Strangers_who_trickle_their_bytes_keep_nobody_out()
    {
        using InProcessServer server = new(s => s with { Token = "right", MaximumJobs = 2, HandshakeMs = 1_000 });
        List<TcpClient> strangers = [];
        try
        {
            int threads = System.Diagnostics.Process.GetCurrentProcess().Threads.Count;
            for (int i = 0; i < 300; i++)
            {
                strangers.Add(new("127.0.0.1", server.Port));
                strangers[^1].GetStream().WriteByte((byte)'O');
            }

            Assert.InRange(Exchange(server, "right"), 1, 10);
            Assert.InRange(System.Diagnostics.Process.GetCurrentProcess().Threads.Count, 1, threads + 50);

            // Who goes on a byte at a time is out of time all the same.
            TcpClient last = strangers[^1];
            last.ReceiveTimeout = 10_000;
            long begin = Clock.Nanoseconds;
            using Timer trickle = new(_ =>
            {
                try
                {
                    last.GetStream().WriteByte(0);
                }
                catch (Exception e) when (e is IOException or InvalidOperationException)
                {
                    // closed
                }
            }, null, 0, 200);
            int got = 0;
            try
            {
                got = last.GetStream().ReadByte();
            }
            catch (IOException)
            {
                got = -1; // reset, because a byte lay unread
            }

            Assert.Equal(-1, got);
            Assert.InRange((Clock.Nanoseconds - begin) / 1e9, 0, 8);
        }
        finally
        {
            strangers.ForEach(stranger => stranger.Dispose());
        }
    }

    [Fact]
    public void Only_congestion_controls_of_the_kernels_list_are_tried()
    {
        using InProcessServer server = new(s => s with { CongestionControls = ["reno", "cubic"] });
        Assert.Contains("ENOENT", Assert.Throws<OptionRefusedException>(
            () => JobConnection.Open(server.Peer() with { Congestion = "vegas" }, s_echo)).Message);
        JobConnection.Open(server.Peer() with { Congestion = "reno" }, s_echo).Dispose();
    }

    [Fact]
    public void Loopback_means_both_families()
    {
        using InProcessServer server = new(s => s with { Address = null });
        Assert.InRange(Exchange(server), 1, 10);
        if (File.Exists("/proc/net/if_inet6"))
        {
            using TcpClient six = new("::1", server.Port);
            Assert.True(six.Connected);
        }
    }

    [Fact]
    public void Refuses_more_than_it_was_told_to_allow()
    {
        using InProcessServer server = new(s => s with { MaximumBytes = 1000, MaximumMs = 1000 });
        Assert.Contains("larger than it allows: 1000 bytes, 1000 ms",
            Refusal(() => JobConnection.Open(
                server.Peer(), s_echo with { Kind = JobKind.Source, LimitBytes = 1001, LimitMs = 10 })));
        Assert.Contains("larger", Refusal(() => JobConnection.Open(server.Peer(), s_echo with { LimitMs = 1001 })));
    }

    [Fact]
    public void Refuses_more_jobs_than_it_was_told_to_run()
    {
        using InProcessServer server = new(s => s with { MaximumJobs = 2 });
        using JobConnection first = JobConnection.Open(server.Peer(), s_echo);
        using (JobConnection second = JobConnection.Open(server.Peer(), s_echo))
        {
            Assert.Contains("too many", Refusal(() => JobConnection.Open(server.Peer(), s_echo)));
        }

        // The second job ends when its connection does; the server notices soon, not at once.
        for (int i = 0; ; i++)
        {
            try
            {
                JobConnection.Open(server.Peer(), s_echo).Dispose();
                return;
            }
            catch (OperationFailedException) when (i < 100)
            {
                Thread.Sleep(50);
            }
        }
    }

    [Fact]
    public unsafe void Ends_the_job_of_a_silent_client()
    {
        using InProcessServer server = new(s => s with { SilenceMs = 400 });
        using JobConnection silent = JobConnection.Open(server.Peer(), s_echo);
        byte one;
        Assert.Equal(0, (long)(nint)Tmds.Linux.LibC.recv(silent.Socket, &one, 1, 0)); // -1 would be our own timeout
    }

    [Fact]
    public unsafe void Sends_no_more_than_asked_for()
    {
        using InProcessServer server = new();
        using JobConnection connection =
            JobConnection.Open(server.Peer(), s_echo with { Kind = JobKind.Source, LimitBytes = 1_000_003 });
        byte[] buffer = new byte[65536];
        long total = 0;
        fixed (byte* start = buffer)
        {
            for (nint got; (got = (nint)Tmds.Linux.LibC.recv(connection.Socket, start, buffer.Length, 0)) > 0; total += got)
            {
            }
        }

        Assert.Equal(1_000_003, total);
    }

    [Fact]
    public unsafe void Tells_what_a_job_has_done_while_it_runs_and_after()
    {
        using InProcessServer server = new();
        ulong number;
        using (JobConnection connection =
            JobConnection.Open(server.Peer(), s_echo with { Kind = JobKind.Source, LimitBytes = 3_000_000 }))
        {
            number = connection.Answer.Job;
            byte[] buffer = new byte[65536];
            long total = 0;
            fixed (byte* start = buffer)
            {
                for (nint got; total < 3_000_000
                    && (got = (nint)Tmds.Linux.LibC.recv(connection.Socket, start, buffer.Length, 0)) > 0; total += got)
                {
                }
            }

            JobReport running = connection.Inquire();
            Assert.Equal(3_000_000, running.Bytes);
            Assert.InRange(running.CpuNs, 1, 10_000_000_000);
            Assert.True(running.After.BytesAcked > running.Before.BytesAcked);
            Assert.True(running.After.Cwnd > 0 && running.After.DeliveryRate > 0);
        }

        // The job ends when its connection does; its last report stays.
        using JobConnection inquiry = JobConnection.Open(server.Peer(), s_echo with { Kind = JobKind.Inquire, Job = number });
        byte[] bytes = new byte[JobReport.Size];
        Assert.True(Wire.Receive(inquiry.Socket, bytes));
        Assert.Equal(3_000_000, JobReport.TryRead(bytes)!.Bytes);
    }

    [Fact]
    public void Tells_nothing_of_jobs_to_those_who_know_no_number_or_token()
    {
        using InProcessServer server = new(s => s with { Token = "right" });
        using JobConnection running = JobConnection.Open(server.Peer("right"), s_echo);
        JobRequest inquiry = s_echo with { Kind = JobKind.Inquire, Job = running.Answer.Job };
        Assert.Contains("remember", Refusal(
            () => JobConnection.Open(server.Peer("right"), inquiry with { Job = inquiry.Job + 1 })));
        Assert.Contains("token", Refusal(() => JobConnection.Open(server.Peer("wrong"), inquiry)));
    }

    [Fact]
    public void A_register_keeps_the_latest_reports()
    {
        JobRegister register = new();
        for (ulong number = 1; number <= 1_000; number++)
        {
            long bytes = (long)number;
            register.Begin(number, () => new JobReport(bytes, 0, default, default));
            Assert.Equal(bytes, register.Find(number)!.Bytes);
            register.End(number);
        }

        Assert.Null(register.Find(1));
        Assert.Equal(1_000, register.Find(1_000)!.Bytes);
    }

    [Fact]
    public void A_vanished_server_is_a_lost_peer_not_a_hang()
    {
        TcpListener mute = new(System.Net.IPAddress.Loopback, 0);
        mute.Start();
        Thread accept = new(() => mute.AcceptTcpClient().Dispose());
        accept.Start();
        Peer peer = new(NetTools.Sockets.SocketAddress.From(
            System.Net.IPAddress.Loopback, ((System.Net.IPEndPoint)mute.LocalEndpoint).Port), "", "reno");
        Assert.Throws<PeerLostException>(() => JobConnection.Open(peer, s_echo));
        Assert.True(accept.Join(TimeSpan.FromSeconds(10)));
        mute.Stop();
    }

    [Fact]
    public void Another_kind_of_server_is_said_to_be_one()
    {
        TcpListener http = new(System.Net.IPAddress.Loopback, 0);
        http.Start();
        Thread answer = new(() =>
        {
            using TcpClient client = http.AcceptTcpClient();
            client.GetStream().Write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8);
            _ = client.GetStream().Read(new byte[1000]);
        });
        answer.Start();
        Peer peer = new(NetTools.Sockets.SocketAddress.From(
            System.Net.IPAddress.Loopback, ((System.Net.IPEndPoint)http.LocalEndpoint).Port), "", "reno");
        Assert.Contains("does not answer like an optbench server", Refusal(() => JobConnection.Open(peer, s_echo)));
        Assert.True(answer.Join(TimeSpan.FromSeconds(10)));
        http.Stop();
    }

    [Fact]
    public void The_timed_loop_allocates_nothing()
    {
        using InProcessServer server = new();
        using JobConnection connection = JobConnection.Open(server.Peer(), s_echo);
        byte[] message = new byte[1];
        double[] samples = new double[5_000];
        ExchangeLoop.Run(connection.Socket, 1, message, samples.AsSpan(0, 100), long.MaxValue);
        int done = 0;
        Allocations.AssertNone(() => done = ExchangeLoop.Run(connection.Socket, 1, message, samples, long.MaxValue));
        Assert.Equal(samples.Length, done);
        Assert.All(samples, sample => Assert.True(sample > 0));
    }

    private static int Exchange(InProcessServer server, string token = "")
    {
        using JobConnection connection = JobConnection.Open(server.Peer(token), s_echo);
        return ExchangeLoop.Run(connection.Socket, 1, new byte[1], new double[10], long.MaxValue);
    }

    private static string Refusal(Action action) => Assert.Throws<OperationFailedException>(action).Message;
}
