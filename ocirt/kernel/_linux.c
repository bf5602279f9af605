/* What CPython's os module cannot do: make any system call, and fork by clone3(2).
 *
 * Everything above this file is Python; each system call gets its own function there, named as in its man page.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_ARGUMENTS 6

/* One argument: None is NULL, an int is passed as it is (any value of 64 bits, signed or not), bytes-like is its
 * address.  The buffer stays pinned until the call has returned. */
static int argument(PyObject *object, Py_buffer *buffer, long *value)
{
    if (object == Py_None) {
        *value = 0;
        return 0;
    }
    if (PyLong_Check(object)) {
        *value = (long)PyLong_AsUnsignedLongMask(object);
        return PyErr_Occurred() ? -1 : 0;
    }
    /* Writable first: the kernel may answer through it. */
    if (PyObject_GetBuffer(object, buffer, PyBUF_WRITABLE) != 0) {
        PyErr_Clear();
        if (PyObject_GetBuffer(object, buffer, PyBUF_SIMPLE) != 0)
            return -1;
    }
    *value = (long)(intptr_t)buffer->buf;
    return 0;
}

PyDoc_STRVAR(syscall_doc, "syscall(number, *arguments) -> int\n\n"
                          "The kernel's own answer: the result, or minus the errno.\n"
                          "Arguments are int, None (NULL) or bytes-like (its address), six at most.");

static PyObject *linux_syscall(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    Py_buffer buffers[MAX_ARGUMENTS] = {{0}};
    long values[MAX_ARGUMENTS] = {0}, number, result = -1;
    Py_ssize_t i;
    int failed = 0;

    if (count < 1 || count > MAX_ARGUMENTS + 1) {
        PyErr_SetString(PyExc_TypeError, "syscall takes a number and up to six arguments");
        return NULL;
    }
    number = PyLong_AsLong(args[0]);
    if (number == -1 && PyErr_Occurred())
        return NULL;
    for (i = 1; i < count && !failed; i++)
        failed = argument(args[i], &buffers[i - 1], &values[i - 1]);
    if (!failed) {
        Py_BEGIN_ALLOW_THREADS
        result = syscall(number, values[0], values[1], values[2], values[3], values[4], values[5]);
        if (result == -1)
            result = -errno;
        Py_END_ALLOW_THREADS
    }
    for (i = 0; i < MAX_ARGUMENTS; i++)
        if (buffers[i].obj != NULL)
            PyBuffer_Release(&buffers[i]);
    return failed ? NULL : PyLong_FromLong(result);
}

PyDoc_STRVAR(clone3_doc, "clone3(flags, cgroup=-1) -> (pid, pidfd)\n\n"
                         "fork(2) with clone flags, into the cgroup v2 directory that `cgroup` is open on.\n"
                         "In the child it returns (0, -1); on failure (minus errno, -1).");

static PyObject *linux_clone3(PyObject *Py_UNUSED(module), PyObject *args)
{
    unsigned long long flags;
    struct clone_args clone = {0};
    int cgroup = -1, pidfd = -1;
    long pid;

    if (!PyArg_ParseTuple(args, "K|i", &flags, &cgroup))
        return NULL;
    clone.flags = flags | CLONE_PIDFD;
    clone.pidfd = (uintptr_t)&pidfd;
    clone.exit_signal = SIGCHLD;
    if (cgroup >= 0) {
        clone.flags |= CLONE_INTO_CGROUP;
        clone.cgroup = (unsigned long long)cgroup;
    }
    /* The interpreter's own fork protocol: it holds its locks over the call and mends them in the child. */
    PyOS_BeforeFork();
    pid = syscall(SYS_clone3, &clone, sizeof(clone));
    if (pid == 0) {
        PyOS_AfterFork_Child();
        pidfd = -1;
    } else {
        if (pid == -1)
            pid = -errno;
        PyOS_AfterFork_Parent();
    }
    return Py_BuildValue("li", pid, pid > 0 ? pidfd : -1);
}

PyDoc_STRVAR(address_doc, "address(buffer) -> int\n\n"
                          "Where the bytes-like object is in memory: for structures that hold pointers.\n"
                          "The caller keeps the object alive, and unchanged in size, for as long as the address is used.");

static PyObject *linux_address(PyObject *Py_UNUSED(module), PyObject *object)
{
    Py_buffer buffer;
    void *where;

    if (PyObject_GetBuffer(object, &buffer, PyBUF_SIMPLE) != 0)
        return NULL;
    where = buffer.buf;
    PyBuffer_Release(&buffer);
    return PyLong_FromVoidPtr(where);
}

static PyMethodDef methods[] = {
    {"address", linux_address, METH_O, address_doc},
    {"syscall", (PyCFunction)(void (*)(void))linux_syscall, METH_FASTCALL, syscall_doc},
    {"clone3", linux_clone3, METH_VARARGS, clone3_doc},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "ocirt.kernel._linux", "System calls and clone3(2).", -1, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__linux(void) { return PyModule_Create(&module); }
