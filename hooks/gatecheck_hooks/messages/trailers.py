"""Reads the trailers of a commit message exactly as `git interpret-trailers --parse --no-divider` does.

It works on bytes, as git does: `latin-1` gives each byte a character of its own. Without a divider a line `---` ends
nothing; that is how git looks at commits (`git log --format=%(trailers)`, `git commit --trailer`).
Source: trailer.c, `ignore_non_trailer` of commit.c and `wt_status_locate_end` of wt-status.c, git 2.39.
"""

from __future__ import annotations

_CUT = " ------------------------ >8 ------------------------\n"
_BLANK = " \t\n\r"  # what git takes for space, whatever the C library says
_GENERATED = ("Signed-off-by: ", "(cherry picked from commit ")
"""With one of these, a paragraph needs no more than a quarter of trailers to be one of trailers."""
_TOKEN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")


def trailers(message: bytes, comment: str = "#") -> list[tuple[str, str]]:
    """Return names and values in their order, each value on one line; `comment` is what core.commentChar says."""
    found = []
    for line in _block(message, comment):
        at = separator(line)
        if at < 1 or line.startswith(comment):
            continue
        name, value = line[:at].strip(_BLANK), line[at + 1 :].strip(_BLANK)
        found.append((_text(name), _text(_unfold(value))))
    return found


def cleaned(message: bytes, comment: str | None) -> str:
    """Return what git would commit of it: without comments (where they are known) and what is below the scissors."""
    text = _decode(message)
    if comment:
        lines = _lines(text[: _cut(text, comment)])
        text = "".join(line for line in lines if not line.startswith(comment))
    kept = "\n".join(line.rstrip(_BLANK) for line in text.split("\n"))
    while "\n\n\n" in kept:
        kept = kept.replace("\n\n\n", "\n\n")
    return _text(kept.strip("\n"))


def separator(line: str) -> int:
    """Return where the colon stands behind a trailer's name (and blanks), or -1."""
    blank = False
    for at, letter in enumerate(line):
        if letter == ":":
            return at
        if not blank and letter in _TOKEN:
            continue
        if at and letter in " \t":
            blank = True
            continue
        break
    return -1


def _block(message: bytes, comment: str) -> list[str]:
    """Return the lines of the last paragraph if it is one of trailers, with their continuations joined to them."""
    text = _decode(message).partition("\0")[0]
    lines = _lines(text[: _end(text, comment)])
    joined: list[str] = []
    continues = False
    for line in lines[_start(lines, comment) :]:
        if continues and line[0] in _BLANK:
            joined[-1] += line
        else:
            joined.append(line)
            continues = separator(line) >= 1
    return joined


def _cut(text: str, comment: str) -> int:
    """Return where the scissors line begins, or the length."""
    if text.startswith(comment + _CUT):
        return 0
    found = text.find("\n" + comment + _CUT)
    return len(text) if found < 0 else found + 1


def _end(text: str, comment: str) -> int:
    """Return where trailing comments, empty lines and an old block `Conflicts:` begin."""
    cut = _cut(text, comment)
    begin, conflicts, place = -1, False, 0
    for line in _lines(text):
        if place >= cut:
            break
        if line.startswith((comment, "\n")):
            begin = place if begin < 0 else begin
        elif line == "Conflicts:\n":
            conflicts, begin = True, place if begin < 0 else begin
        elif not (conflicts and line.startswith("\t")) and begin >= 0:
            conflicts, begin = False, -1
        place += len(line)
    return cut if begin < 0 else begin


def _start(lines: list[str], comment: str) -> int:
    """Return the number of the first line of the trailers, or how many lines there are."""
    title = 0  # the first paragraph is the title, whatever it looks like
    while title < len(lines) and (lines[title].startswith(comment) or lines[title].strip(_BLANK)):
        title += 1
    generated, only_blank = False, True
    named = others = continued = 0
    for number in range(len(lines) - 1, title - 1, -1):
        line = lines[number]
        if line.startswith(comment):
            others, continued = others + continued, 0
        elif not line.strip(_BLANK):
            if only_blank:
                continue
            others += continued
            trailing = (generated and named * 3 >= others) or (named and not others)
            return number + 1 if trailing else len(lines)
        else:
            only_blank = False
            if line.startswith(_GENERATED):
                generated, named, continued = True, named + 1, 0
            elif line[0] in _BLANK:
                continued += 1
            elif separator(line) >= 1:
                named, continued = named + 1, 0
            else:
                others, continued = others + 1 + continued, 0
    return len(lines)


def _lines(text: str) -> list[str]:
    """Return the lines with their newlines; other than str.splitlines, nothing else ends a line."""
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _unfold(value: str) -> str:
    """Return the value in one line: each newline with the blanks behind it is one space."""
    first, *rest = value.split("\n")
    return "".join([first, *(" " + line.lstrip(_BLANK) for line in rest)]).strip(_BLANK)


def _decode(message: bytes) -> str:
    return message.decode("latin-1")


def _text(text: str) -> str:
    return text.encode("latin-1").decode("utf-8", "replace")
