/* fair.c echo|http ROUNDS MS PID_A PORT_A PID_B PORT_B: how long modest peers wait beside one that floods, at two servers by
   turns. Ten connections ask in turn, a thousand times a second, for MS milliseconds alone, then for as long beside a process
   that keeps 16 requests of 64 KiB (http: 64 GETs) on the way. What other processes take of the CPUs is not the server's doing:
   the time that server and client waited for a CPU, run_delay of /proc/PID/schedstat, is taken off each wait. Prints for each
   server the medians over the rounds of the p99 alone and beside, and of their ratio, and the ratio with those waits left in. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PEERS = 10, MOST_ROUNDS = 200, MOST_WAITS = 10000, CHUNK = 65536, PIPELINE = 16, GETS = 64, EVERY_NS = 1000000 };

static const char get[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
static int is_http;
static char buffer[CHUNK];

struct arm {
    const char *port;
    int schedstat, fd[PEERS];
    double alone[MOST_ROUNDS], beside[MOST_ROUNDS], ratio[MOST_ROUNDS], raw[MOST_ROUNDS];
};

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* The time a process has waited for a CPU. */
static double delay_ns(int schedstat)
{
    char text[100] = "", *rest;
    if (pread(schedstat, text, sizeof text - 1, 0) <= 0)
        err(1, "schedstat");
    strtod(text, &rest);
    return strtod(rest, NULL);
}

static int open_schedstat(const char *pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/schedstat", pid);
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        err(1, "%s", path);
    return fd;
}

static int connect_to(const char *port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        err(1, "port %s", port);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

/* Keeps a server as busy as one connection can, until it is killed. */
static void flood(const char *port)
{
    static char out[CHUNK];
    int fd = connect_to(port), length = sizeof out;
    long most = (long)PIPELINE * CHUNK, on_the_way = 0, at = 0, answer = 1, request = 1;
    memset(out, 'x', sizeof out);
    if (is_http) {
        request = length = (int)sizeof get - 1;
        memcpy(out, get, (size_t)length);
        if (send(fd, get, sizeof get - 1, 0) < 0 || (answer = recv(fd, buffer, sizeof buffer, 0)) <= 0)
            err(1, "flooding");
        for (most = GETS * answer; length + request <= CHUNK; length += (int)request)
            memcpy(out + length, get, sizeof get - 1);
    }
    for (long sent = 0, got; ;) {
        struct pollfd p = {.fd = fd, .events = (short)(POLLIN | (on_the_way < most ? POLLOUT : 0))};
        poll(&p, 1, -1);
        if ((p.revents & POLLOUT) != 0) {
            long room = (most - on_the_way) / answer * request;
            room = is_http ? room - at % request : room;
            long part = at + room > length ? length - at : room;
            if (part > 0 && (sent = send(fd, out + at, (size_t)part, MSG_DONTWAIT | MSG_NOSIGNAL)) > 0) {
                on_the_way += (at % request + sent) / request * answer;
                at = (at + sent) % length;
            }
        }
        if ((p.revents & (POLLIN | POLLHUP)) != 0) {
            if ((got = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT)) == 0)
                _exit(1);
            on_the_way -= got > 0 ? got : 0;
        }
    }
}

static int ascending(const void *a, const void *b)
{
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

static double quantile(double *values, int count, double q)
{
    qsort(values, (size_t)count, sizeof *values, ascending);
    return values[(int)(q * (count - 1) + 0.5)];
}

/* Asks for so long; returns the p99 of the waits in microseconds, without and with the time that was waited for a CPU. */
static void ask(struct arm *a, int self, double ms, double *p99, double *raw)
{
    static double waits[MOST_WAITS], whole[MOST_WAITS];
    int count = 0, size = is_http ? (int)sizeof get - 1 : 64;
    double start = now_ns();
    for (double due = start; due < start + ms * 1e6 && count < MOST_WAITS; due += EVERY_NS) {
        for (double left; (left = due - now_ns()) > 0;) {
            struct timespec t = {.tv_nsec = (long)left};
            nanosleep(&t, NULL);
        }
        int fd = a->fd[count % PEERS];
        double delay = delay_ns(a->schedstat) + delay_ns(self), from = now_ns();
        if (send(fd, is_http ? get : buffer, (size_t)size, MSG_NOSIGNAL) != size)
            err(1, "send");
        for (ssize_t left = is_http ? 1 : size, got; left > 0; left -= got)
            if ((got = recv(fd, buffer, sizeof buffer, 0)) <= 0)
                err(1, "recv");
        whole[count] = (now_ns() - from) / 1e3;
        waits[count] = whole[count] - (delay_ns(a->schedstat) + delay_ns(self) - delay) / 1e3;
        waits[count] = waits[count] > 0 ? waits[count] : 0;
        count++;
    }
    *p99 = quantile(waits, count, 0.99);
    *raw = quantile(whole, count, 0.99);
}

static void one_round(struct arm *a, int self, int round, double ms)
{
    double p99, raw, raw_alone;
    ask(a, self, ms, &p99, &raw_alone);
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        flood(a->port);
    }
    usleep(30000);
    double beside;
    ask(a, self, ms, &beside, &raw);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    usleep(20000); /* what the flood left behind is answered */
    if (round < 0)
        return;
    a->alone[round] = p99;
    a->beside[round] = beside;
    a->ratio[round] = beside / p99;
    a->raw[round] = raw / raw_alone;
}

int main(int argc, char **argv)
{
    if (argc != 8)
        errx(2, "usage: fair echo|http ROUNDS MS PID_A PORT_A PID_B PORT_B");
    is_http = strcmp(argv[1], "http") == 0;
    int rounds = atoi(argv[2]), self = open_schedstat("self");
    double ms = atof(argv[3]);
    if (rounds < 1 || rounds > MOST_ROUNDS || ms < 10)
        errx(2, "rounds or milliseconds out of range");
    static struct arm arms[2];
    for (int i = 0; i < 2; i++) {
        arms[i].schedstat = open_schedstat(argv[4 + 2 * i]);
        arms[i].port = argv[5 + 2 * i];
        for (int peer = 0; peer < PEERS; peer++)
            arms[i].fd[peer] = connect_to(arms[i].port);
    }
    for (int round = -1; round < rounds; round++) /* the first warms up */
        for (int turn = 0; turn < 2; turn++)
            one_round(&arms[turn ^ (round & 1)], self, round, ms);
    for (int i = 0; i < 2; i++) {
        struct arm *a = &arms[i];
        printf("%s%.0f us beside a flooding peer, %.0f us alone, ratio %.2f (%.2f to %.2f; %.2f with waits for a CPU)",
            i == 0 ? "p99 " : "; the peer ", quantile(a->beside, rounds, 0.5), quantile(a->alone, rounds, 0.5),
            quantile(a->ratio, rounds, 0.5), quantile(a->ratio, rounds, 0.25), quantile(a->ratio, rounds, 0.75),
            quantile(a->raw, rounds, 0.5));
    }
    printf("\n");
    return 0;
}
