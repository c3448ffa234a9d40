/* thief PID: tries to take a descriptor of another process by pidfd_getfd(2). Prints "taken" or the error's name. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#define SYS_pidfd_getfd 438
#endif

int main(int argc, char **argv)
{
    int process = argc == 2 ? (int)syscall(SYS_pidfd_open, atoi(argv[1]), 0) : -1;
    if (process < 0)
        return 1;
    for (int fd = 3; fd < 64; fd++) {
        if (syscall(SYS_pidfd_getfd, process, fd, 0) >= 0) {
            puts("taken");
            return 0;
        }
        if (errno == EPERM) {
            puts("EPERM");
            return 0;
        }
    }
    puts("nothing to take");
    return 1;
}
