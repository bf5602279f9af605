"""Standard output: whole, as bytes, and with every failure noticed."""

import posix

from ocirt.errors import Error


class ReaderGone(Error):
    """Nobody reads standard output any more: nothing to say, only to end as SIGPIPE would have ended the program."""

    exit_code = 128 + 13


def emit(text: str) -> None:
    """Write `text` to standard output; raises Error (ReaderGone for a closed pipe)."""
    data = text.encode("utf-8", "surrogateescape")
    try:
        while data:
            data = data[posix.write(1, data) :]
    except BrokenPipeError:
        raise ReaderGone("") from None
    except OSError as error:
        raise Error(f"write standard output: {posix.strerror(error.errno or 0).lower()}") from None
