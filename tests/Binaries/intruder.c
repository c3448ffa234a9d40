/* Makes a running program do what its code never would: stops its main thread by ptrace(2) and has it make one system call, which
   the kernel's filters see as any other. Prints what the call returned, or "ended" when the kernel ended the program for it.
   For x86-64. An argument that is not a number is a text for
   the program: it is put on its stack. Usage: intruder PID CALL [ARGUMENT...] */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

static int fail(const char *what)
{
    perror(what);
    return 2;
}

/* The number, or where the text was put: far below what the stack holds, so nothing has to be restored. */
static unsigned long long argument(pid_t pid, int argc, char **argv, int which, unsigned long long stack)
{
    char text[256] = {0}, *end;
    if (argc <= which)
        return 0;
    unsigned long long number = strtoull(argv[which], &end, 0);
    if (*end == '\0')
        return number;
    unsigned long long place = (stack - 16384 + 1024 * which) & ~7ULL;
    strncpy(text, argv[which], sizeof text - 1);
    for (size_t i = 0; i < sizeof text; i += sizeof(long)) {
        long word;
        memcpy(&word, text + i, sizeof word);
        if (ptrace(PTRACE_POKEDATA, pid, place + i, word) != 0)
            exit(fail("writing a text"));
    }
    return place;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    pid_t pid = atoi(argv[1]);
    int status;
    struct user_regs_struct before, now;
    if (ptrace(PTRACE_ATTACH, pid, 0, 0) != 0 || waitpid(pid, &status, __WALL) != pid ||
        ptrace(PTRACE_GETREGS, pid, 0, &before) != 0)
        return fail("attaching");
    errno = 0;
    long code = ptrace(PTRACE_PEEKTEXT, pid, before.rip, 0);
    now = before;
    now.orig_rax = -1; /* the call it waits in must not be restarted in place of ours */
    now.rax = strtoull(argv[2], NULL, 0);
    now.rdi = argument(pid, argc, argv, 3, before.rsp);
    now.rsi = argument(pid, argc, argv, 4, before.rsp);
    now.rdx = argument(pid, argc, argv, 5, before.rsp);
    now.r10 = argument(pid, argc, argv, 6, before.rsp);
    if (errno != 0 || ptrace(PTRACE_POKETEXT, pid, before.rip, (code & ~0xffffL) | 0x050f /* syscall */) != 0
        || ptrace(PTRACE_SETREGS, pid, 0, &now) != 0 || ptrace(PTRACE_SINGLESTEP, pid, 0, 0) != 0)
        return fail("changing what it does");
    if (waitpid(pid, &status, __WALL) != pid)
        return fail("waiting");
    if (!WIFSTOPPED(status)) {
        puts("ended");
        return 0;
    }
    if (ptrace(PTRACE_GETREGS, pid, 0, &now) != 0 || ptrace(PTRACE_POKETEXT, pid, before.rip, code) != 0
        || ptrace(PTRACE_SETREGS, pid, 0, &before) != 0 || ptrace(PTRACE_DETACH, pid, 0, 0) != 0)
        return fail("leaving");
    printf("%lld\n", (long long)now.rax);
    return 0;
}
