/* A right ping of five requests, and wrong ones, each by one classic fault: gcc -DFAULT=n. The address is argv[1]. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { RIGHT, RIGHT_LINES, NO_CHECKSUM, CHECKSUM_CARRY, TYPE, ID_CHANGES, SEQUENCE_ORDER, POINTER_SIZE, FOUR, FAST, MICROSECONDS,
  MINIMUM_ZERO, MEAN_WRONG, ANY_ID, ANY_SEQUENCE, ANY_TYPE, IHL_20, WAITS_FOR_EVER, LOST_COUNTS };
#ifndef FAULT
#define FAULT RIGHT
#endif
#define IS(fault) (FAULT == (fault))

static unsigned short checksum(const void *data, int length) {
  const unsigned short *word = data;
  unsigned sum = 0;
  for (; length > 1; length -= 2) sum += *word++;
  if (IS(CHECKSUM_CARRY)) return ~sum;
  sum = (sum >> 16) + (sum & 0xffff);
  return ~(sum + (sum >> 16));
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
  struct sockaddr_in to = { .sin_family = AF_INET };
  inet_aton(argc > 1 ? argv[1] : "8.8.8.8", &to.sin_addr);
  int raw = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  if (raw < 0) { perror("socket"); return 2; }
  double least = IS(MINIMUM_ZERO) ? 0 : 1e9, most = 0, sum = 0;
  int got = 0, count = IS(FOUR) ? 4 : 5, mine = htons(getpid() & 0xffff) | (getpid() & 0xffff ? 0 : 1);
  for (int i = 1; i <= count; i++) {
    struct { struct icmphdr head; char data[56]; } packet;
    memset(&packet, IS(CHECKSUM_CARRY) ? 0xf7 : 0x5a, sizeof packet);
    int id = IS(ID_CHANGES) ? htons(ntohs(mine) + i) : mine, sequence = IS(SEQUENCE_ORDER) ? i : htons(i);
    packet.head = (struct icmphdr) { .type = IS(TYPE) ? ICMP_TIMESTAMP : ICMP_ECHO };
    packet.head.un.echo.id = id;
    packet.head.un.echo.sequence = sequence;
    int length = IS(POINTER_SIZE) ? sizeof(void *) : sizeof packet;
    packet.head.checksum = IS(NO_CHECKSUM) ? 0 : checksum(&packet, length);
    double begun = now(), deadline = begun + 1000, taken = -1;
    if (sendto(raw, &packet, length, 0, (void *)&to, sizeof to) < 0) { perror("sendto"); return 2; }
    while (taken < 0 && (IS(WAITS_FOR_EVER) || now() < deadline)) {
      double left = deadline - now();
      struct timeval wait = { left / 1000, (long)(left * 1000) % 1000000 };
      if (left < 1) { wait.tv_sec = 0; wait.tv_usec = 1000; }
      if (IS(WAITS_FOR_EVER)) wait.tv_sec = wait.tv_usec = 0;
      setsockopt(raw, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
      unsigned char reply[1500];
      struct sockaddr_in from;
      socklen_t size = sizeof from;
      int n = recvfrom(raw, reply, sizeof reply, 0, (void *)&from, &size);
      if (n < 0) { if (errno == EINTR) continue; break; }
      int ihl = IS(IHL_20) ? 20 : (reply[0] & 15) * 4;
      struct icmphdr *icmp = (void *)(reply + ihl);
      if (n < ihl + 8) continue;
      if (icmp->type != ICMP_ECHOREPLY && !IS(ANY_TYPE) && !IS(TYPE)) continue;
      if (icmp->un.echo.id != id && !IS(ANY_ID)) continue;
      if (icmp->un.echo.sequence != sequence && !IS(ANY_SEQUENCE)) continue;
      if (from.sin_addr.s_addr != to.sin_addr.s_addr && !IS(ANY_ID)) continue;
      if (checksum(icmp, n - ihl) != 0 && !IS(CHECKSUM_CARRY) && !IS(NO_CHECKSUM)) continue;
      taken = now() - begun;
    }
    if (taken < 0) {
      printf("no reply to request %d\n", i);
      if (!IS(LOST_COUNTS)) goto next;
      taken = 0;
    }
    got++;
    sum += taken;
    if (taken < least) least = taken;
    if (taken > most) most = taken;
    if (!IS(RIGHT_LINES)) printf("reply from %s: seq=%d time=%.3f ms\n", inet_ntoa(to.sin_addr), i, taken);
  next:;
    double rest = 1000 - (now() - begun);
    if (i < count && rest > 0 && !IS(FAST)) usleep(rest * 1000);
  }
  if (got == 0) { printf("no reply\n"); return 1; }
  double mean = IS(MEAN_WRONG) ? (least + most) / 2 : sum / got, unit = IS(MICROSECONDS) ? 1000 : 1;
  if (IS(RIGHT_LINES)) printf("Minimum: %.0f us\nMaximum: %.0f us\nAverage: %.0f us\n", least * 1e3, most * 1e3, mean * 1e3);
  else printf("%d sent, %d received\nmin/avg/max = %.3f/%.3f/%.3f ms\n", count, got, least * unit, mean * unit, most * unit);
  return 0;
}
