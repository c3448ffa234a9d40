/* echo_twin.c PORT: what epollecho's event loop is measured against: an edge-triggered epoll(7) echo server in C.
   Partial writes are kept, nothing more is read while something is unsent, a turn has a budget, a half-closed peer gets
   all it sent. -u: a UDP echo by recvfrom(2) and sendto(2). */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 512, CHUNK = 64 * 1024, TURN = 256 * 1024, READABLE = 1, END_SEEN = 2, DONE = 4, QUEUED = 8 };

struct connection {
    char *unsent;
    int start, end;
    int flags;
    int open;
};

static struct connection *table;
static char buffer[CHUNK];
static int *queue, head, count, capacity;

static void drop(int fd)
{
    struct connection *c = &table[fd];
    free(c->unsent);
    int queued = c->flags & QUEUED;
    memset(c, 0, sizeof *c);
    c->flags = queued;
    close(fd);
}

static int push(int fd, const char *bytes, int length)
{
    ssize_t sent;
    do
        sent = send(fd, bytes, (size_t)length, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0 && errno != EAGAIN) {
        drop(fd);
        return -1;
    }
    return sent < 0 ? 0 : (int)sent;
}

static void pump(int fd)
{
    struct connection *c = &table[fd];
    int budget = TURN;
    while (c->end == 0) {
        if (c->flags & DONE) {
            drop(fd);
            return;
        }
        if (!(c->flags & READABLE))
            return;
        if (budget <= 0) {
            if (!(c->flags & QUEUED)) {
                c->flags |= QUEUED;
                queue[(head + count++) % capacity] = fd;
            }
            return;
        }
        ssize_t got = recv(fd, buffer, CHUNK, 0);
        if (got > 0) {
            budget -= (int)got;
            if (got < CHUNK && !(c->flags & END_SEEN))
                c->flags &= ~READABLE;
            int sent = push(fd, buffer, (int)got);
            if (sent < 0)
                return;
            if (sent < got) {
                c->end = (int)got - sent;
                c->start = 0;
                c->unsent = malloc((size_t)c->end);
                memcpy(c->unsent, buffer + sent, (size_t)c->end);
            }
        } else if (got == 0) {
            c->flags = (c->flags & ~READABLE) | DONE;
        } else if (errno == EAGAIN) {
            c->flags &= ~READABLE;
        } else if (errno != EINTR) {
            drop(fd);
            return;
        }
    }
}

static void handle(int fd, uint32_t events)
{
    struct connection *c = &table[fd];
    if (!c->open)
        return;
    if (events & EPOLLERR) {
        drop(fd);
        return;
    }
    if (events & (EPOLLRDHUP | EPOLLHUP))
        c->flags |= END_SEEN | READABLE;
    if (events & EPOLLIN)
        c->flags |= READABLE;
    if (c->end != 0 && (events & EPOLLOUT)) {
        int sent = push(fd, c->unsent + c->start, c->end - c->start);
        if (sent < 0)
            return;
        c->start += sent;
        if (c->start == c->end) {
            free(c->unsent);
            c->unsent = NULL;
            c->start = c->end = 0;
        }
    }
    pump(fd);
}

static int listen_on(int type, int port)
{
    int fd = socket(AF_INET6, type, 0), on = 1;
    struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (type != SOCK_DGRAM)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || (type != SOCK_DGRAM && listen(fd, 4096) != 0)) {
        perror("echo_twin");
        exit(2);
    }
    return fd;
}

static void serve_udp(int port)
{
    int fd = listen_on(SOCK_DGRAM, port);
    struct sockaddr_in6 peer;
    for (;;) {
        socklen_t length = sizeof peer;
        ssize_t got = recvfrom(fd, buffer, CHUNK, 0, (struct sockaddr *)&peer, &length);
        if (got >= 0)
            sendto(fd, buffer, (size_t)got, 0, (struct sockaddr *)&peer, length);
    }
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "-u") == 0)
        serve_udp(atoi(argv[2]));
    if (argc != 2)
        return 2;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    capacity = (int)limit.rlim_cur;
    table = calloc((size_t)capacity, sizeof *table);
    queue = calloc((size_t)capacity, sizeof *queue);

    int listener = listen_on(SOCK_STREAM | SOCK_NONBLOCK, atoi(argv[1])), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = { .events = EPOLLIN, .data.fd = listener }, events[BATCH];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(epoll, events, BATCH, count ? 0 : -1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd != listener) {
                handle(fd, events[i].events);
                continue;
            }
            for (int burst = 0; burst < 64; burst++) {
                int peer = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
                if (peer < 0)
                    break;
                table[peer].open = 1;
                event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
                event.data.fd = peer;
                epoll_ctl(epoll, EPOLL_CTL_ADD, peer, &event);
            }
        }
        for (int turns = count; turns > 0; turns--) {
            int fd = queue[head];
            head = (head + 1) % capacity;
            count--;
            table[fd].flags &= ~QUEUED;
            if (table[fd].open)
                pump(fd);
        }
    }
}
