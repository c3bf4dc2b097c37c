"""A push that is not taken yet: its objects, in git's quarantine, and those of the repository, in one private repository.

It lives only as long as the question, in the repository's own `objects`: as git's quarantine does, and `git gc` removes what a
killed process left (git-prune removes `tmp_*` there). Source: git-receive-pack(1), QUARANTINE ENVIRONMENT.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from gatecheck.errors import CannotTell
from gatecheck.place import Place
from gatecheck.process import ask
from gatecheck.repo.command import git_environment, last_line
from gatecheck.repo.repository import Repository

PREFIX = "tmp_gatecheck-"
_SHA256_DIGITS = 64
_DIGITS = (40, _SHA256_DIGITS)
_SHA256 = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectFormat = sha256\n"
_SHA1 = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"


@contextmanager
def receiving(place: Place, quarantine: str, some_id: str) -> Iterator[Repository]:
    """Give the repository with the objects of a push; `quarantine` is empty where git made none, `some_id` is of the right length.

    Raises CannotTell when the disk does not take it.
    """
    own = Path(place.common_dir, "objects")
    borrowed = [str(own)] if not quarantine else [str(Path(quarantine).resolve()), str(own)]
    with contextlib.ExitStack() as stack:
        try:
            private = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=own, prefix=PREFIX)))
            (private / "objects" / "info").mkdir(parents=True)
            (private / "refs").mkdir()
            (private / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")
            config = _SHA256 if len(some_id) == _SHA256_DIGITS else _SHA1
            (private / "config").write_text(config, encoding="ascii")
            lines = b"".join(os.fsencode(each) + b"\n" for each in borrowed)
            (private / "objects" / "info" / "alternates").write_bytes(lines)
        except OSError as error:
            raise _full(error) from error
        yield Repository(place).over(private, some_id)


def tips_of(place: Place, refs: Sequence[str]) -> dict[str, str]:
    """Return where refs, given in full, are; those that are not there are left out. It costs the same with a million others.

    Raises CannotTell when git cannot tell.
    """
    lines = "".join(f"{ref}\n" for ref in refs).encode("utf-8", "surrogateescape")
    argv = ["git", f"--git-dir={place.common_dir}", "cat-file", "--batch-check=%(objectname)"]
    code, out, err = ask(argv, env=git_environment(), stdin=lines)
    told = os.fsdecode(out).splitlines()
    found = {ref: answer for ref, answer in zip(refs, told, strict=False) if answer != f"{ref} missing"}
    if (
        code
        or len(told) != len(refs)
        or not all(len(id_) in _DIGITS and id_.isalnum() for id_ in found.values())
    ):
        raise CannotTell(
            f"git cannot tell where the refs are: {last_line(err)}",
            fix="Tell whoever runs the server: git fsck says more.",
        )
    return found


def _full(error: OSError) -> CannotTell:
    return CannotTell(
        f"the server cannot judge the push: {error.strerror}",
        fix="Tell whoever runs the server, and push again when its disk takes files.",
    )
