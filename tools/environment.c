/* Linked into every tool. Whoever starts a program that has more privileges than he (file capabilities, setuid) chooses its
   environment, and the .NET runtime obeys DOTNET_ variables before Main: sizes of its heap, dumps to a file of any name. So
   such a program forgets its environment before anything reads it. OPTBENCH_TOKEN stays: optbench hands it to its own server. */
#include <string.h>
#include <sys/auxv.h>

static const char kept[] = "OPTBENCH_TOKEN=";

static void forget_environment(int argc, char **argv, char **envp)
{
    char **to = envp;
    (void)argc;
    (void)argv;
    if (getauxval(AT_SECURE) == 0)
        return;
    for (char **from = envp; *from != NULL; from++)
        if (strncmp(*from, kept, sizeof kept - 1) == 0)
            *to++ = *from;
    *to = NULL;
}

__attribute__((section(".preinit_array"), used)) static void (*const first)(int, char **, char **) = forget_environment;
