/* ocirt: the program that a user or an engine runs.  It starts the Python package that was installed with it.
 *
 *     BIN/ocirt ARGS...   becomes   PYTHON -I -S -X utf8 -c bootstrap SITE argv[0] ARGS...
 *
 * A console script of pip's is Python: it pays for the `site` module and for `re` before the first line of ocirt
 * runs, which is more than all that `ocirt state` does.  This program costs one small exec.  It looks for the
 * interpreter and the package beside its own real path, so a symbolic link to it works, and so does a moved wheel.
 *
 * The build gives PYTHON_NAME ("python3.11": the ABI that the package was built for) and BASE_PYTHON (the real path
 * of the interpreter that built it).
 */
#include "../init/freestanding.h"

#define PATH_SIZE 4096
#define OWN_ARGUMENTS 9

/* The site directory comes as an argument and not inside the program text: a path may hold any byte.  It goes last
 * in sys.path, where nothing in it can shadow the standard library. */
static const char bootstrap[] = "import sys;a=sys.argv;del a[0];sys.path.append(a.pop(0));"
                                "from ocirt.__main__ import main;sys.exit(main())";

/* The package is not beside us (pip install --editable): the `site` module knows where it is. */
static const char bootstrap_editable[] = "import sys;del sys.argv[0]\n"
                                         "try:from ocirt.__main__ import main\n"
                                         "except ModuleNotFoundError as error:\n"
                                         " if error.name!='ocirt':raise\n"
                                         " sys.exit('ocirt: its python package is neither beside '+sys.argv[0]+"
                                         "' nor known to '+sys.executable)\n"
                                         "sys.exit(main())";

static const char *const site_directories[] = {
    "/lib/" PYTHON_NAME "/site-packages",
    "/lib64/" PYTHON_NAME "/site-packages",
    "/lib/" PYTHON_NAME "/dist-packages",
    "/lib/python3/dist-packages",
    "", /* pip install --target */
};
#define SITES (sizeof(site_directories) / sizeof(site_directories[0]))

static unsigned long length(const char *text)
{
    unsigned long count = 0;

    while (text[count])
        count++;
    return count;
}

static void say(const char *text)
{
    syscall3(__NR_write, 2, text, length(text));
}

static __attribute__((noreturn)) void fail(const char *what, const char *path)
{
    say("ocirt: ");
    say(what);
    say(path);
    say("\n");
    quit(1);
}

static const char *join(char *buffer, const char *first, const char *second)
{
    char *end = buffer;

    if (length(first) + length(second) >= PATH_SIZE)
        fail("the path is too long: ", first);
    while (*first)
        *end++ = *first++;
    do
        *end++ = *second;
    while (*second++);
    return buffer;
}

static int exists(const char *path)
{
    return syscall3(__NR_faccessat, AT_FDCWD, path, 0) == 0;
}

static void cut_last_part(char *path)
{
    char *slash = path;

    for (; *path; path++)
        if (*path == '/')
            slash = path;
    *slash = 0;
}

static void find_own_directory(char *directory)
{
    long size = syscall4(__NR_readlinkat, AT_FDCWD, "/proc/self/exe", directory, PATH_SIZE - 1);

    if (size < 0)
        fail("cannot read /proc/self/exe: ", size == -ENOENT ? "is /proc mounted?" : "not permitted");
    directory[size] = 0;
    cut_last_part(directory);
}

/* A virtual environment made with --system-site-packages: only the `site` module knows all its directories. */
static int sees_system_packages(const char *prefix)
{
    static const char key[] = "include-system-site-packages = true";
    char text[PATH_SIZE];
    const char *at;
    long size, fd = syscall4(__NR_openat, AT_FDCWD, join(text, prefix, "/pyvenv.cfg"), O_RDONLY | O_CLOEXEC, 0);
    unsigned long same;

    if (fd < 0)
        return 0;
    size = syscall3(__NR_read, fd, text, sizeof(text) - 1);
    syscall3(__NR_close, fd, 0, 0);
    text[size < 0 ? 0 : size] = 0;
    for (at = text; *at; at++) {
        for (same = 0; key[same] && at[same] == key[same]; same++)
            ;
        if (!key[same])
            return 1;
    }
    return 0;
}

/* Becomes the interpreter; returns when there is none.  With `isolated`, SITE holds all that is ever imported. */
static void run(const char *python, int isolated, const char *site, int argc, char **argv, char **envp)
{
    const char *list[OWN_ARGUMENTS + argc + 1];
    int count = 0, i;
    long error;

    list[count++] = python;
    list[count++] = "-I";
    if (isolated)
        list[count++] = "-S";
    list[count++] = "-X";
    list[count++] = "utf8"; /* whatever the locale: arguments and paths survive byte for byte */
    list[count++] = "-c";
    list[count++] = site ? bootstrap : bootstrap_editable;
    if (site)
        list[count++] = site;
    if (argc == 0)
        list[count++] = "ocirt";
    for (i = 0; i < argc; i++)
        list[count++] = argv[i];
    list[count] = 0;
    error = syscall3(__NR_execve, python, list, envp);
    if (error == -E2BIG)
        fail("the arguments and the environment are too long for ", python);
}

static __attribute__((noreturn)) void start(int argc, char **argv, char **envp)
{
    static char bin[PATH_SIZE], prefix[PATH_SIZE], site[PATH_SIZE], buffer[PATH_SIZE];
    unsigned long i;
    int found, alone, target;

    find_own_directory(bin);
    join(prefix, bin, "");
    cut_last_part(prefix);
    for (i = 0; i < SITES; i++)
        if (exists(join(buffer, join(site, prefix, site_directories[i]), "/ocirt/__main__.py")))
            break;
    found = i < SITES;
    target = i == SITES - 1;
    alone = found && !sees_system_packages(prefix);

    run(join(buffer, bin, "/" PYTHON_NAME), alone, found ? site : 0, argc, argv, envp);
    run(join(buffer, bin, "/python3"), alone, found ? site : 0, argc, argv, envp);
    /* Without an interpreter beside us (/usr/local on Debian, ~/.local) dependencies may be elsewhere: -S only for
     * --target, which holds all of them. */
    run(BASE_PYTHON, target, found ? site : 0, argc, argv, envp);
    run("/usr/bin/" PYTHON_NAME, target, found ? site : 0, argc, argv, envp);
    fail("no " PYTHON_NAME " beside it, at " BASE_PYTHON " or in /usr/bin: install ocirt again from ", bin);
}
