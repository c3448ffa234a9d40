// cost RESULT COMMAND...: runs a command, passes SIGTERM on to it, and writes "CPU-SECONDS MAX-RSS-KIB" to the file RESULT.
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child;

static void pass_on(int signal) { kill(child, signal); }

int main(int argc, char **argv)
{
    if (argc < 3)
        errx(2, "usage: cost RESULT COMMAND...");
    struct sigaction action = {.sa_handler = pass_on};
    sigaction(SIGTERM, &action, NULL);
    child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        err(127, "%s", argv[2]);
    }
    int status;
    struct rusage usage;
    while (wait4(child, &status, 0, &usage) < 0)
        if (errno != EINTR)
            err(1, "wait4");
    FILE *result = fopen(argv[1], "w");
    if (!result)
        err(1, "%s", argv[1]);
    fprintf(result, "%.6f %ld\n",
            (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
            usage.ru_maxrss);
    fclose(result);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
