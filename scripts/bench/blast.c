// blast IFACE COUNT RATE [BYTES]: sends COUNT UDP frames of BYTES (60) bytes on IFACE, RATE a second, in batches of 32.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 32, LARGEST = 1514 };

static uint16_t checksum(const unsigned char *bytes, int length)
{
    uint32_t sum = 0;
    for (int i = 0; i < length; i += 2)
        sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    sum = (sum >> 16) + (sum & 0xffff);
    return (uint16_t)~((sum >> 16) + sum);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        errx(2, "usage: blast IFACE COUNT RATE [BYTES]");
    long count = atol(argv[2]), rate = atol(argv[3]);
    int size = argc > 4 ? atoi(argv[4]) : 60;
    if (size < 42 || size > LARGEST)
        errx(2, "42 to %d bytes", LARGEST);

    int fd = socket(AF_PACKET, SOCK_RAW, 0);
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(argv[1])};
    if (fd < 0 || to.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&to, sizeof to) != 0)
        err(2, "%s", argv[1]);
    int on = 1;
    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);

    static unsigned char frame[LARGEST] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8, 0,
        0x45, 0, 0, 0, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
        0x10, 0x00, 0x00, 0x09, 0, 0, 0, 0,
    };
    *(uint16_t *)(frame + 16) = htons((uint16_t)(size - 14));
    *(uint16_t *)(frame + 38) = htons((uint16_t)(size - 34));
    *(uint16_t *)(frame + 24) = htons(checksum(frame + 14, 20));
    struct iovec iov = {frame, (size_t)size};
    struct mmsghdr batch[BATCH];
    memset(batch, 0, sizeof batch);
    for (int i = 0; i < BATCH; i++)
        batch[i].msg_hdr = (struct msghdr){.msg_iov = &iov, .msg_iovlen = 1};

    struct timespec due;
    clock_gettime(CLOCK_MONOTONIC, &due);
    long gap = 1000000000L * BATCH / rate;
    for (long sent = 0; sent < count;) {
        unsigned want = count - sent < BATCH ? (unsigned)(count - sent) : BATCH;
        int done = sendmmsg(fd, batch, want, 0);
        if (done < 0)
            err(1, "sendmmsg");
        sent += done;
        due.tv_nsec += gap;
        due.tv_sec += due.tv_nsec / 1000000000L;
        due.tv_nsec %= 1000000000L;
        struct timespec now;
        do // spinning: sleeping would come back late, then send a burst
            clock_gettime(CLOCK_MONOTONIC, &now);
        while (now.tv_sec < due.tv_sec || (now.tv_sec == due.tv_sec && now.tv_nsec < due.tv_nsec));
    }
    return 0;
}
