/* Makes a running program do what its code never would: stops its main thread by ptrace(2) and has it make one system call, which
   the kernel's filters see as any other. Prints what the call returned, or "ended" when the kernel ended the program for it.
   For x86-64. Usage: intruder PID CALL [ARGUMENT...] */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

static int fail(const char *what)
{
    perror(what);
    return 2;
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
    now.rdi = argc > 3 ? strtoull(argv[3], NULL, 0) : 0;
    now.rsi = argc > 4 ? strtoull(argv[4], NULL, 0) : 0;
    now.rdx = argc > 5 ? strtoull(argv[5], NULL, 0) : 0;
    now.r10 = argc > 6 ? strtoull(argv[6], NULL, 0) : 0;
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
