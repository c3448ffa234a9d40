/* Linked into every tool, and run before the .NET runtime starts.

   A user who starts a program with more privileges than his own (file capabilities, setuid) chooses its environment, and the
   runtime obeys DOTNET_ variables before Main: the size of its heap, dumps to a file of any name. Such a program forgets its
   environment first. OPTBENCH_TOKEN stays: optbench hands it to its own server.

   A program with any capability is undumpable from the start, so that another process of the same user cannot take its
   sockets with pidfd_getfd(2) or attach to it. */
#include <linux/capability.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char kept[] = "OPTBENCH_TOKEN=";
static const char nameless[] = "nettools: started without an argument vector\n";

static int has_capabilities(void)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
    return syscall(SYS_capget, &header, sets) != 0 || sets[0].permitted != 0 || sets[1].permitted != 0;
}

static void prepare(int argc, char **argv, char **envp)
{
    int secure = getauxval(AT_SECURE) != 0;
    if (argc < 1 || argv[0] == NULL || argv[0][0] == '\0') { /* Linux 5.18 and later make an empty name of none */
        ssize_t written = write(2, nameless, sizeof nameless - 1);
        (void)written;
        _exit(2);
    }
    if (secure || has_capabilities())
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (secure) {
        char **to = envp;
        for (char **from = envp; *from != NULL; from++)
            if (strncmp(*from, kept, sizeof kept - 1) == 0)
                *to++ = *from;
        *to = NULL;
    }
}

__attribute__((section(".preinit_array"), used)) static void (*const first)(int, char **, char **) = prepare;
