/* ocirt-init: the last stage of a container's init.
 *
 * The Python stage has built the container around this process and then replaced itself by this program, run from a
 * sealed memfd: nothing of the host's interpreter is left in the process (CVE-2019-5736), and a container that
 * waits costs a few pages.  It says that it is ready, waits on exec.fifo, and becomes the container's process.
 *
 *     ocirt-init PLAN PATH ARG0 ARG1 ...        with the container's environment as its own
 *
 * PLAN is a list of letters, each followed by a decimal file descriptor:
 *     r  write 'R' there when everything is in place, and close it      (the runtime's `create` waits for that)
 *     f  exec.fifo: read one byte there before going on                 (the runtime's `start` writes it)
 *     s  exec.status: an execve that failed writes its errno there; one that succeeds closes it
 */
#include "freestanding.h"

struct plan {
    int ready, fifo, status;
};

static struct plan parse(const char *text)
{
    struct plan plan = {-1, -1, -1};

    while (*text) {
        char letter = *text++;
        int number = 0;
        while (*text >= '0' && *text <= '9')
            number = number * 10 + (*text++ - '0');
        switch (letter) {
        case 'r': plan.ready = number; break;
        case 'f': plan.fifo = number; break;
        case 's': plan.status = number; break;
        default: quit(125);
        }
    }
    return plan;
}

static void wait_for_start(int fifo)
{
    char byte;
    long got;

    /* The descriptor is open for reading and writing, so this process is a writer too and never reads an end of file. */
    do
        got = syscall3(__NR_read, fifo, &byte, 1);
    while (got == -EINTR);
    syscall3(__NR_close, fifo, 0, 0);
    if (got != 1)
        quit(125);
}

static __attribute__((noreturn)) void start(int argc, char **argv, char **envp)
{
    struct plan plan;
    int error;

    if (argc < 4)
        quit(125);
    plan = parse(argv[1]);
    if (plan.status >= 0)
        syscall3(__NR_fcntl, plan.status, F_SETFD, 1 /* FD_CLOEXEC */);
    if (plan.ready >= 0) {
        syscall3(__NR_write, plan.ready, "R", 1);
        syscall3(__NR_close, plan.ready, 0, 0);
    }
    if (plan.fifo >= 0)
        wait_for_start(plan.fifo);

    error = -(int)syscall3(__NR_execve, argv[2], argv + 3, envp);
    if (plan.status >= 0)
        syscall3(__NR_write, plan.status, &error, sizeof(error));
    quit(error == ENOENT ? 127 : 126);
}
