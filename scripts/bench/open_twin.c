/* open_twin.c PORT CONNECTIONS: what epollecho's opening of connections is measured against: non-blocking connects to 127.0.0.1,
   256 under way at once, each watched by epoll(7), edge-triggered, until it is open. Prints connections per second. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

enum { AT_ONCE = 256, BATCH = 512 };

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        errx(2, "usage: open_twin PORT CONNECTIONS");
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    struct epoll_event events[BATCH];
    int epoll = epoll_create1(0), left = atoi(argv[2]), connecting = 0, total = left, on = 1;
    double began = seconds();
    while (left > 0 || connecting > 0) {
        for (; left > 0 && connecting < AT_ONCE; left--, connecting++) {
            int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
            if (fd < 0)
                err(1, "socket");
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS)
                err(1, "connect");
            struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.fd = fd};
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
        }
        int ready = epoll_wait(epoll, events, BATCH, 5000);
        if (ready <= 0)
            errx(1, "no connection for five seconds");
        for (int i = 0; i < ready; i++) {
            if ((events[i].events & EPOLLERR) != 0)
                errx(1, "a connection was refused");
            connecting -= (events[i].events & EPOLLOUT) != 0;
        }
    }
    printf("%.0f\n", total / (seconds() - began));
    return 0;
}
