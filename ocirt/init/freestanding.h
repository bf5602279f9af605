/* A program without a C library: the entry point, system calls, and the handful of string functions used here.
 *
 * The including file defines `noreturn void start(int argc, char **argv, char **envp)`.
 */
#ifndef OCIRT_FREESTANDING_H
#define OCIRT_FREESTANDING_H

#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>

static __attribute__((noreturn)) void start(int argc, char **argv, char **envp);

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall from_stack\n");

static inline long syscall6(long number, long a, long b, long c, long d, long e, long f)
{
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x30, #0\n\tmov x0, sp\n\tand sp, x0, #-16\n\tbl from_stack\n");

static inline long syscall6(long number, long a, long b, long c, long d, long e, long f)
{
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}
#else
#error "this architecture needs its own entry point and system call sequence"
#endif

#define syscall4(n, a, b, c, d) syscall6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define syscall3(n, a, b, c) syscall4(n, a, b, c, 0)

static inline __attribute__((noreturn)) void quit(int status)
{
    for (;;)
        syscall3(__NR_exit_group, status, 0, 0);
}

/* The kernel's start of a program (man 2 execve): argc, the arguments, NULL, the environment, NULL. */
__attribute__((noreturn, used)) static void from_stack(long *stack)
{
    int argc = (int)stack[0];
    char **argv = (char **)(stack + 1);
    start(argc, argv, argv + argc + 1);
}

#endif
