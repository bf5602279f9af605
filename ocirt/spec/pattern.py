r"""The few regular expressions of spec-schemas, matched without `re`, which would double a command's start-up time.

A pattern is `^`, then pieces, then `$`; a piece is a character or a class such as `[A-Z_]` or `[^\n]`, with `*` or `+`
behind it or neither.  What may repeat must not begin what follows it: there is no going back.  `$` means the end,
not the newline before it, as in the regular expressions of JSON Schema.
"""


def matches(pattern: str, text: str) -> bool:
    """Whether the whole of `text` is as `pattern` says; raises ValueError for a pattern of another form."""
    if len(pattern) < 2 or pattern[0] != "^" or pattern[-1] != "$":
        raise ValueError(f"pattern without ^ and $: {pattern}")
    at, done, end = 1, 0, len(pattern) - 1
    while at < end:
        chars, negated, at = _piece(pattern, at)
        repeat = pattern[at] if pattern[at] in "*+" else ""
        at += len(repeat)
        begin = done
        while done < len(text) and (text[done] in chars) != negated and (repeat or done == begin):
            done += 1
        if done == begin and repeat != "*":
            return False
    return done == len(text)


def _piece(pattern: str, at: int) -> tuple[str, bool, int]:
    """The characters of the piece that begins at `at`, whether it means all others, and where it ends."""
    if pattern[at] != "[":
        if pattern[at] in "\\.|(){}?*+^$]":
            raise ValueError(f"unknown piece in pattern {pattern}")
        return pattern[at], False, at + 1
    end = pattern.index("]", at)
    inside = pattern[at + 1 : end].replace("\\n", "\n")
    negated = inside.startswith("^")
    chars, inside = "", inside[negated:]
    while inside:
        if len(inside) > 2 and inside[1] == "-":
            chars += "".join(map(chr, range(ord(inside[0]), ord(inside[2]) + 1)))
            inside = inside[3:]
        else:
            chars += inside[0]
            inside = inside[1:]
    return chars, negated, end + 1
