/* turns.c MODE CONNECTIONS BYTES ROUNDS MS PID_A PORT_A PID_B PORT_B: two servers under the same closed loop, a few milliseconds
   each in turn, so that other load on the machine meets both alike. Prints the medians of the servers' CPU time for each
   answer, from /proc/PID/schedstat, and of the rounds' ratios B/A with their quartiles: above 1, A needs less; then the same
   for the answers per second, A/B: above 1, A gives more.
   MODE: tcp, http (GET, answers of one length), udp (16 on the way on each socket), joined (the same by UDP_SEGMENT and
   UDP_GRO). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <linux/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_ROUNDS = 1000, WINDOW = 16, BATCH = 64, ROOM = 1 << 17 };

struct arm {
    int schedstat, epoll;
    int *fd, *pending;
    double ns[MOST_ROUNDS], rate[MOST_ROUNDS];
};

static int connections, size, answer, request_length, is_http, is_udp, is_joined;
static char buffer[ROOM], request[ROOM];

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double cpu_ns(struct arm *a)
{
    char text[100] = "";
    if (pread(a->schedstat, text, sizeof text - 1, 0) <= 0)
        err(1, "schedstat");
    return atof(text);
}

static void open_arm(struct arm *a, const char *pid, const char *port)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/schedstat", pid);
    a->schedstat = open(path, O_RDONLY);
    a->epoll = epoll_create1(0);
    a->fd = calloc((size_t)connections, sizeof(int));
    a->pending = calloc((size_t)connections, sizeof(int));
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int i = 0; i < connections; i++) {
        int fd = socket(AF_INET, is_udp ? SOCK_DGRAM : SOCK_STREAM, 0), on = 1, room = 4 << 20;
        if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
            err(1, "port %s", port);
        if (!is_udp)
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        else
            setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
        if (is_joined)
            setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on);
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
        epoll_ctl(a->epoll, EPOLL_CTL_ADD, fd, &event);
        a->fd[i] = fd;
    }
}

static void send_datagrams(int fd, int count)
{
    static char control[CMSG_SPACE(sizeof(uint16_t))];
    struct iovec iov = {request, (size_t)size};
    struct mmsghdr batch[BATCH];
    memset(batch, 0, sizeof batch);
    if (is_joined && count > 1) {
        iov.iov_len *= (size_t)count;
        batch[0].msg_hdr = (struct msghdr){.msg_iov = &iov, .msg_iovlen = 1,
                                            .msg_control = control, .msg_controllen = sizeof control};
        struct cmsghdr *cut = CMSG_FIRSTHDR(&batch[0].msg_hdr);
        cut->cmsg_level = IPPROTO_UDP;
        cut->cmsg_type = UDP_SEGMENT;
        cut->cmsg_len = CMSG_LEN(sizeof(uint16_t));
        *(uint16_t *)CMSG_DATA(cut) = (uint16_t)size;
        count = 1;
    } else {
        for (int i = 0; i < count; i++)
            batch[i].msg_hdr = (struct msghdr){.msg_iov = &iov, .msg_iovlen = 1};
    }
    if (sendmmsg(fd, batch, (unsigned)count, 0) != count)
        err(1, "sendmmsg");
}

static int receive_datagrams(int fd)
{
    int room = is_joined ? 8 : BATCH, each = is_joined ? 65536 : size, datagrams = 0;
    static char big[8 * 65536];
    struct iovec iov[BATCH];
    struct mmsghdr batch[BATCH];
    memset(batch, 0, sizeof batch);
    for (int i = 0; i < room; i++) {
        iov[i] = (struct iovec){is_joined ? big + i * each : buffer, (size_t)each};
        batch[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
    }
    int got = recvmmsg(fd, batch, (unsigned)room, MSG_DONTWAIT, NULL);
    for (int i = 0; i < got; i++)
        datagrams += (int)batch[i].msg_len / size;
    return datagrams;
}

static void ask(struct arm *a, int i)
{
    a->pending[i] = is_udp ? WINDOW : answer;
    if (is_udp) {
        send_datagrams(a->fd[i], WINDOW);
        return;
    }
    for (int done = 0; done < request_length;) {
        ssize_t sent = send(a->fd[i], request + done, (size_t)(request_length - done), MSG_NOSIGNAL);
        if (sent < 0)
            err(1, "send");
        done += (int)sent;
    }
}

/* Runs one arm for so long, until everything has come back; returns the answers. */
static long run(struct arm *a, double length)
{
    struct epoll_event events[512];
    double end = seconds() + length;
    int busy = connections;
    long answers = 0;
    for (int i = 0; i < connections; i++)
        ask(a, i);
    while (busy > 0) {
        int ready = epoll_wait(a->epoll, events, 512, 5000);
        if (ready <= 0)
            errx(1, "no answer for five seconds");
        int over = seconds() >= end;
        for (int j = 0; j < ready; j++) {
            int i = (int)events[j].data.u32;
            if (is_udp) {
                int got = receive_datagrams(a->fd[i]);
                answers += got;
                if (!over && got > 0)
                    send_datagrams(a->fd[i], got);
                else if ((a->pending[i] -= got) == 0)
                    busy--;
                continue;
            }
            ssize_t got = recv(a->fd[i], buffer, sizeof buffer, MSG_DONTWAIT);
            if (got == 0 || (got < 0 && errno != EAGAIN))
                err(1, "recv");
            if (got < 0 || (a->pending[i] -= (int)got) > 0)
                continue;
            answers++;
            if (over)
                busy--;
            else
                ask(a, i);
        }
    }
    return answers;
}

static int ascending(const void *a, const void *b)
{
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

static double quantile(const double *values, int count, double q)
{
    double sorted[MOST_ROUNDS];
    memcpy(sorted, values, (size_t)count * sizeof *sorted);
    qsort(sorted, (size_t)count, sizeof *sorted, ascending);
    return sorted[(int)(q * (count - 1) + 0.5)];
}

int main(int argc, char **argv)
{
    if (argc != 10)
        errx(2, "usage: turns tcp|http|udp|joined CONNECTIONS BYTES ROUNDS MS PID_A PORT_A PID_B PORT_B");
    is_http = strcmp(argv[1], "http") == 0;
    is_joined = strcmp(argv[1], "joined") == 0;
    is_udp = is_joined || strcmp(argv[1], "udp") == 0;
    connections = atoi(argv[2]);
    size = answer = request_length = atoi(argv[3]);
    int rounds = atoi(argv[4]);
    if (connections < 1 || size < 1 || size > (is_udp ? 1400 : ROOM) || rounds < 1 || rounds > MOST_ROUNDS)
        errx(2, "connections, bytes or rounds out of range");
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    memset(request, 'x', sizeof request);
    if (is_http)
        request_length = snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");

    static struct arm arms[2];
    static double ratio[MOST_ROUNDS], faster[MOST_ROUNDS];
    open_arm(&arms[0], argv[6], argv[7]);
    open_arm(&arms[1], argv[8], argv[9]);
    for (int round = -2; round < rounds; round++) { /* the first two warm up */
        for (int turn = 0; turn < 2; turn++) {
            struct arm *a = &arms[turn ^ (round & 1)];
            if (is_http) {
                send(a->fd[0], request, (size_t)request_length, 0);
                usleep(20000);
                answer = (int)recv(a->fd[0], buffer, sizeof buffer, 0);
            }
            double before = cpu_ns(a), started = seconds();
            long answers = run(a, atof(argv[5]) / 1e3);
            double took = seconds() - started;
            usleep(1000);
            if (round >= 0) {
                a->ns[round] = (cpu_ns(a) - before) / (double)answers;
                a->rate[round] = (double)answers / took;
            }
        }
        if (round >= 0) {
            ratio[round] = arms[1].ns[round] / arms[0].ns[round];
            faster[round] = arms[0].rate[round] / arms[1].rate[round];
        }
    }
    printf("%.0f ns of CPU against %.0f, ratio %.2f (%.2f to %.2f); %.0f /s against %.0f, ratio %.2f (%.2f to %.2f)\n",
        quantile(arms[0].ns, rounds, 0.5), quantile(arms[1].ns, rounds, 0.5), quantile(ratio, rounds, 0.5),
        quantile(ratio, rounds, 0.25), quantile(ratio, rounds, 0.75), quantile(arms[0].rate, rounds, 0.5),
        quantile(arms[1].rate, rounds, 0.5), quantile(faster, rounds, 0.5),
        quantile(faster, rounds, 0.25), quantile(faster, rounds, 0.75));
}
