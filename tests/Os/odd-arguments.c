/* odd-arguments PROGRAM KIND: executes a program with an argument vector that no shell makes. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char *none[] = {NULL};
    char *empty[] = {"", "", NULL};
    char *not_utf8[] = {"\xff\xfe", "\xc3\x28\xff", "--\xff", NULL};
    char *controls[] = {"\033]0;x\a", "\033[2J\n\r--x\t", NULL};
    char *many[] = {NULL, NULL, NULL};
    if (argc != 3)
        return 99;
    many[0] = many[1] = malloc(100001);
    memset(many[0], 'x', 100000);
    many[0][100000] = '\0';
    execve(argv[1], strcmp(argv[2], "none") == 0 ? none : strcmp(argv[2], "empty") == 0 ? empty
        : strcmp(argv[2], "not-utf8") == 0 ? not_utf8 : strcmp(argv[2], "long") == 0 ? many : controls, none);
    return 99;
}
