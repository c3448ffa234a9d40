/* A right sniffer, and wrong ones, each by one classic fault: gcc -DFAULT=n. The interface is argv[1]. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { RIGHT, RIGHT_WORDS, ONLY_IP, NO_TIME, MACS_SWAPPED, NO_NTOHS, ADDRESSES_SWAPPED, TOS_AS_TTL, PROTOCOL_WRONG, CODE_AS_TYPE,
  IHL_20, NO_PROMISC, PROMISC_STAYS, SHORT_ENDS, BELIEVES_LENGTH, SMALL_BUFFER, FEW_FRAMES, VLAN_ENDS };
#ifndef FAULT
#define FAULT RIGHT
#endif
#define IS(fault) (FAULT == (fault))
enum { BUFFER = 65536, SMALL = 2048 };

static void mac(const unsigned char *m) { printf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]); }

static void print_ip(const unsigned char *p, int n) {
  if (n < 20 && !IS(SHORT_ENDS)) { printf(" short"); return; }
  if (IS(SHORT_ENDS) && n < 20) abort(); /* as a check of the memory would */
  int ihl = IS(IHL_20) ? 20 : (p[0] & 15) * 4, total = p[2] << 8 | p[3], left = n - ihl;
  char source[16], destination[16];
  inet_ntop(AF_INET, p + (IS(ADDRESSES_SWAPPED) ? 16 : 12), source, sizeof source);
  inet_ntop(AF_INET, p + (IS(ADDRESSES_SWAPPED) ? 12 : 16), destination, sizeof destination);
  printf(" %s > %s proto %d ttl %d", source, destination, p[IS(PROTOCOL_WRONG) ? 6 : 9], p[IS(TOS_AS_TTL) ? 1 : 8]);
  if (IS(BELIEVES_LENGTH)) {
    char *copy = malloc(n);
    if (total > n + 2000) abort(); /* memcpy(copy, p, total) */
    free(copy);
  }
  if (p[9] != 1) return;
  if (ihl < 20 || left < 2) { printf(" malformed"); return; }
  if (IS(RIGHT_WORDS)) printf("\n    ICMP Type: %d, Code: %d", p[ihl], p[ihl + 1]);
  else printf(" icmp type=%d code=%d", p[ihl + (IS(CODE_AS_TYPE) ? 1 : 0)], p[ihl + (IS(CODE_AS_TYPE) ? 0 : 1)]);
}

int main(int argc, char **argv) {
  const char *device = argc > 1 ? argv[1] : "eth0";
  int fd = socket(AF_PACKET, SOCK_RAW, htons(IS(ONLY_IP) ? ETH_P_IP : ETH_P_ALL)), seen = 0;
  if (fd < 0) { perror("socket"); return 2; }
  struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(IS(ONLY_IP) ? ETH_P_IP : ETH_P_ALL),
    .sll_ifindex = if_nametoindex(device) };
  if (bind(fd, (void *)&at, sizeof at)) { perror("bind"); return 2; }
  struct packet_mreq wish = { .mr_ifindex = at.sll_ifindex, .mr_type = PACKET_MR_PROMISC };
  struct ifreq request = { 0 };
  strncpy(request.ifr_name, device, IFNAMSIZ - 1);
  if (IS(PROMISC_STAYS)) {
    ioctl(fd, SIOCGIFFLAGS, &request);
    request.ifr_flags |= IFF_PROMISC;
    ioctl(fd, SIOCSIFFLAGS, &request);
  } else if (!IS(NO_PROMISC)) setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &wish, sizeof wish);
  static unsigned char frame[BUFFER];
  for (;;) {
    int n = recv(fd, frame, IS(SMALL_BUFFER) ? SMALL : BUFFER, IS(SMALL_BUFFER) ? MSG_TRUNC : 0);
    if (n < 14) continue;
    if (IS(SMALL_BUFFER) && n > SMALL) abort(); /* reads behind the end */
    if (IS(FEW_FRAMES) && ++seen > 150) return 0;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int type = frame[12] << 8 | frame[13];
    if (IS(VLAN_ENDS) && type == 0x8100) abort();
    if (IS(RIGHT_WORDS)) {
      printf("[%ld.%06ld] Source: ", (long)now.tv_sec, now.tv_nsec / 1000); mac(frame + 6);
      printf(", Destination: "); mac(frame); printf("\n    EtherType: %04X", type);
    } else {
      if (!IS(NO_TIME)) printf("%ld.%06ld ", (long)now.tv_sec, now.tv_nsec / 1000);
      mac(frame + (IS(MACS_SWAPPED) ? 0 : 6)); printf(" > "); mac(frame + (IS(MACS_SWAPPED) ? 6 : 0));
      printf(" 0x%04x", IS(NO_NTOHS) ? frame[13] << 8 | frame[12] : type);
    }
    if (type == 0x0800) print_ip(frame + 14, n - 14);
    printf("\n");
  }
}
