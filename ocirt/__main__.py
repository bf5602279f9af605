"""The program: understand the command line, open the log, do the command, turn failure into one line and a code.

Nothing here may cost the good case anything: the garbage collector is off, since the program ends before it would
pay, and `_exit` leaves without taking the interpreter apart.
"""

import gc
import posix
import sys

from ocirt import modules

# Before the other imports: they are found in the one file then.
modules.install()

from ocirt import log
from ocirt.argv import Misuse, parse
from ocirt.commands import find, load
from ocirt.errors import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from ocirt.argv import Invocation, Values

_INTERRUPTED = 128 + 2
_COMPLETION_VARIABLE = b"_OCIRT_COMPLETE"  # help.py has it too, but is not to be imported for asking


def main() -> "NoReturn":
    """Run the program with the arguments in sys.argv, and exit."""
    gc.disable()
    try:
        _occupy_standard_streams()
        code = _guarded(sys.argv[1:])
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except OSError:
        code = 1  # what could not be flushed; there is nowhere left to say so
    posix._exit(code)


def _occupy_standard_streams() -> None:
    """Put /dev/null where a standard stream is closed.

    What is opened next gets the lowest free number: a log or a state file would become the container's stdout.
    """
    for fd in (0, 1, 2):
        try:
            posix.fstat(fd)
        except OSError:
            posix.set_inheritable(posix.open("/dev/null", posix.O_RDWR), True)


def _guarded(arguments: "list[str]") -> int:
    """Do what the command line says and return the exit code; every failure has been reported."""
    try:
        code = _perform(arguments)
        log.flush()
    except Error as error:
        _log_traceback(error)
        if error.message:
            log.error(error.message)
        return error.exit_code
    except KeyboardInterrupt:
        log.error("interrupted")
        return _INTERRUPTED
    except OSError as error:
        _log_traceback(error)
        where = f"{error.filename}: " if error.filename is not None else ""
        log.error(where + (error.strerror or str(error)).lower())
        return 1
    except BaseException as error:
        _log_traceback(error)
        log.error(f"internal error: {type(error).__name__}: {error}")
        return 1
    return code


def _perform(arguments: "list[str]") -> int:
    if not arguments and _COMPLETION_VARIABLE in posix.environ:
        from ocirt.help import complete

        return complete(posix.environ[_COMPLETION_VARIABLE].decode("utf-8", "replace"))
    try:
        invocation = parse(arguments, find)
    except Misuse as problem:
        _open_log(problem.globals)
        _print_usage(problem)
        raise
    _open_log(invocation.globals)
    if invocation.asks or invocation.command is None:
        return _answer(invocation)
    return load(invocation.command.name).run(invocation)


def _open_log(given: "Values") -> None:
    log.configure(given.text("log") or "", given.text("log-format") or "", given.flag("debug"))


def _answer(invocation: "Invocation") -> int:
    from ocirt.commands._output import emit

    if invocation.asks == "version":
        from ocirt.commands._version import version

        emit(version())
    else:
        from ocirt.help import page

        emit(page(invocation.command))
    return 0


def _print_usage(problem: Misuse) -> None:
    # Whatever keeps the usage from being printed (no click, nobody reads), the error line must still come.
    try:
        from ocirt.commands._output import emit
        from ocirt.help import explain

        emit(explain(problem))
    except Exception as error:
        _log_traceback(error)


def _log_traceback(error: BaseException) -> None:
    if not log.debugging():
        return
    import traceback

    for piece in traceback.format_exception(error):
        for line in piece.splitlines():
            log.debug(line)


if __name__ == "__main__":
    main()
