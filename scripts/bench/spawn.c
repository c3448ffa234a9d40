/* spawn ROUNDS COMMAND...: time from posix_spawn(3) to the end of each command, its output thrown away.
 * Each round runs all commands in a new random order, so that a drift of the machine meets them alike.
 * Prints the median, the quartiles, and the median of the rounds' ratios to the first command. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum { WARM_UP = 10, MAX_WORDS = 16 };

extern char **environ;

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double run(char **argv, posix_spawn_file_actions_t *silent)
{
    pid_t pid;
    int status;
    double begin = now_us();
    int error = posix_spawn(&pid, argv[0], silent, NULL, argv, environ);
    if (error != 0) {
        fprintf(stderr, "spawn: %s: %s\n", argv[0], strerror(error));
        exit(2);
    }
    waitpid(pid, &status, 0);
    return now_us() - begin;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: spawn ROUNDS COMMAND...\n");
        return 2;
    }
    int rounds = atoi(argv[1]), n = argc - 2;
    char *words[n][MAX_WORDS + 1];
    double *times = calloc((size_t)n * rounds, sizeof *times), *ratios = calloc(rounds, sizeof *ratios);
    for (int c = 0; c < n; c++) {
        int count = 0;
        char *copy = strdup(argv[c + 2]);
        for (char *word = strtok(copy, " "); word != NULL && count < MAX_WORDS; word = strtok(NULL, " "))
            words[c][count++] = word;
        words[c][count] = NULL;
    }

    posix_spawn_file_actions_t silent;
    posix_spawn_file_actions_init(&silent);
    posix_spawn_file_actions_addopen(&silent, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&silent, 2, "/dev/null", O_WRONLY, 0);

    int order[n];
    for (int c = 0; c < n; c++)
        order[c] = c;
    srandom((unsigned)time(NULL));
    for (int round = -WARM_UP; round < rounds; round++) {
        for (int i = n - 1; i > 0; i--) {
            int j = random() % (i + 1), swap = order[i];
            order[i] = order[j];
            order[j] = swap;
        }
        for (int i = 0; i < n; i++) {
            double us = run(words[order[i]], &silent);
            if (round >= 0)
                times[(size_t)order[i] * rounds + round] = us;
        }
    }

    printf("%-44s %9s %9s %9s %8s\n", "spawn to exit", "q1 ms", "median ms", "q3 ms", "ratio");
    for (int c = 0; c < n; c++) {
        double *mine = times + (size_t)c * rounds;
        for (int round = 0; round < rounds; round++)
            ratios[round] = mine[round] / times[round];
        qsort(ratios, rounds, sizeof *ratios, by_value);
        double sorted[rounds];
        memcpy(sorted, mine, sizeof sorted);
        qsort(sorted, rounds, sizeof *sorted, by_value);
        printf("%-44s %9.2f %9.2f %9.2f %8.2f\n", argv[c + 2], sorted[rounds / 4] / 1e3, sorted[rounds / 2] / 1e3,
               sorted[3 * rounds / 4] / 1e3, ratios[rounds / 2]);
    }
    return 0;
}
