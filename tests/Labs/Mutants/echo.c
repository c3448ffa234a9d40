/* A right edge-triggered epoll echo server, and wrong ones, each by one classic fault: gcc -DFAULT=n. The server listens on the
   port in argv[1]; 0 lets the kernel choose, and the port is printed. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RIGHT, READ_ONCE, ACCEPT_ONCE, WRITE_REST_LOST, WRITE_SPINS, NO_EPOLLOUT, CLOSES_EARLY, NEVER_CLOSES, SIGPIPE_ENDS,
  ERROR_ENDS, LEAKS, EPOLLOUT_ALWAYS, STRLEN, ONE_BLOCKS, GREEDY, EMFILE_ENDS, EMFILE_FORGETS, NO_REUSEADDR, NO_REUSEPORT,
  LEAKS_MEMORY, WAITS_FOR_LINE, RIGHT_FORK };
#ifndef FAULT
#define FAULT RIGHT
#endif
#define IS(fault) (FAULT == (fault))
enum { MAX_FD = 20000, BUFFER = 16384, KEPT = 65536 };

struct client { char *kept; int start, end, ended, more; };
static struct client clients[MAX_FD];
static int ep, listener, starved;
static void accept_all(void);

static void finish(int fd) {
  if (!IS(LEAKS_MEMORY)) free(clients[fd].kept);
  memset(&clients[fd], 0, sizeof clients[fd]);
  epoll_ctl(ep, EPOLL_CTL_DEL, fd, 0);
  if (IS(LEAKS)) shutdown(fd, SHUT_RDWR); else close(fd);
  if (starved) accept_all();
}

/* Sends what is kept: 1 all is sent, 0 there is no room, -1 the client is gone. */
static int flush_kept(int fd) {
  struct client *c = &clients[fd];
  while (c->start < c->end) {
    ssize_t n = write(fd, c->kept + c->start, c->end - c->start);
    if (n > 0) { c->start += n; continue; }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) {
      if (IS(WRITE_SPINS)) continue;
      if (IS(WRITE_REST_LOST)) break;
      return 0;
    }
    if (IS(ERROR_ENDS)) { perror("write"); exit(1); }
    return -1;
  }
  c->start = c->end = 0;
  return 1;
}

/* Clients with more to read than their turn allows: they come again after the others. */
static int waiting[MAX_FD], waiting_count;
static void more_to_read(int fd) {
  clients[fd].more = 1;
  waiting[waiting_count++] = fd;
}

static void serve(int fd, unsigned events) {
  struct client *c = &clients[fd];
  char buffer[BUFFER];
  int turns = 0;
  c->more = 0;
  if (IS(CLOSES_EARLY) && events & EPOLLRDHUP) { finish(fd); return; }
  if (IS(NO_EPOLLOUT) && c->start < c->end) return;
  for (;;) {
    int room = flush_kept(fd);
    if (room < 0) { finish(fd); return; }
    if (room == 0) return; /* EPOLLOUT brings us back */
    if (c->ended) { if (!IS(NEVER_CLOSES)) finish(fd); return; }
    if (++turns > 16 && !IS(GREEDY)) { more_to_read(fd); return; }
    ssize_t n = read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) {
      /* GREEDY stays with a client that sends: it looks again for 200 ms before it turns to another. */
      struct pollfd again = { fd, POLLIN, 0 };
      if (IS(GREEDY) && turns > 64 && poll(&again, 1, 200) > 0) continue;
      return;
    }
    if (n < 0) {
      if (IS(ERROR_ENDS)) { perror("read"); exit(1); }
      finish(fd);
      return;
    }
    if (n == 0) { c->ended = 1; continue; }
    if (IS(STRLEN)) n = strnlen(buffer, n);
    if (!c->kept) c->kept = malloc(KEPT);
    memcpy(c->kept, buffer, n);
    c->end = n;
    if (IS(WAITS_FOR_LINE) && !memmem(buffer, n, "\r\n\r\n", 4)) { c->end = 0; continue; }
    if (IS(READ_ONCE)) { if (flush_kept(fd) < 0) finish(fd); return; }
  }
}

static void accept_all(void) {
  int fd;
  starved = 0;
  while ((fd = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0) {
    struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.fd = fd };
    if (IS(NO_EPOLLOUT)) event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
    if (IS(EPOLLOUT_ALWAYS)) event.events = EPOLLIN | EPOLLOUT;
    memset(&clients[fd], 0, sizeof clients[fd]);
    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event);
    if (IS(ACCEPT_ONCE)) break;
  }
  if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
    if (IS(EMFILE_ENDS)) { perror("accept"); exit(1); }
    starved = !IS(EMFILE_FORGETS); /* the next close tries again: no event comes for those who wait */
  }
}

int main(int argc, char **argv) {
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 8080),
    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  int on = 1;
  listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  signal(SIGPIPE, IS(SIGPIPE_ENDS) ? SIG_DFL : SIG_IGN); /* the parent may have ignored it */
  if (!IS(NO_REUSEADDR)) setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (!IS(NO_REUSEPORT) && !IS(NO_REUSEADDR)) setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (bind(listener, (void *)&address, length) || listen(listener, 4096)) { perror("listen"); return 2; }
  getsockname(listener, (void *)&address, &length);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  if (IS(ONE_BLOCKS) || IS(RIGHT_FORK)) fcntl(listener, F_SETFL, 0);
  if (IS(RIGHT_FORK)) signal(SIGCHLD, SIG_IGN);
  while (IS(ONE_BLOCKS) || IS(RIGHT_FORK)) {
    int fd = accept(listener, 0, 0);
    char buffer[BUFFER];
    ssize_t n;
    if (fd < 0 || (IS(RIGHT_FORK) && fork() > 0)) { close(fd); continue; }
    if (IS(RIGHT_FORK)) close(listener);
    while ((n = read(fd, buffer, sizeof buffer)) > 0 && write(fd, buffer, n) == n) { }
    if (IS(RIGHT_FORK)) return 0;
    close(fd);
  }
  ep = epoll_create1(0);
  struct epoll_event event = { .events = EPOLLIN | EPOLLET, .data.fd = listener }, ready[64];
  epoll_ctl(ep, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    int again = waiting_count, count = epoll_wait(ep, ready, 64, again ? 0 : -1);
    for (int i = 0; i < count; i++) {
      if (ready[i].data.fd != listener) { serve(ready[i].data.fd, ready[i].events); continue; }
      accept_all();
    }
    static int turn[MAX_FD];
    memcpy(turn, waiting, again * sizeof *turn);
    memmove(waiting, waiting + again, (waiting_count -= again) * sizeof *waiting);
    for (int i = 0; i < again; i++) if (clients[turn[i]].more) serve(turn[i], 0);
  }
}
