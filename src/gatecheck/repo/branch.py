"""The branch's commits as approvals are bound to them. Source: git-diff-tree(1) for `--stdin`, git-commit(1) for signatures."""

from __future__ import annotations

import os
from collections.abc import Iterator

from gatecheck.model.approval import BranchCommit
from gatecheck.model.change import Edit
from gatecheck.repo.commits import commits_between, read_commit
from gatecheck.repo.repository import Repository

_SIGNATURES = (b"gpgsig ", b"gpgsig-sha256 ")


def branch_commits(repository: Repository, base: str, head: str) -> tuple[BranchCommit, ...]:
    """Return the commits that head has and base has not, parents first, without updates from the base that changed nothing else.

    Raises CannotTell where the history at hand is too short to be sure that these are all.
    """
    objects = repository.objects
    listed = commits_between(repository, base, head)
    own = frozenset(listed)
    kept = [id_ for id_ in listed if not _is_update(repository, id_, own)]
    edits = _edits(repository, kept)
    found = []
    for id_ in kept:
        said = read_commit(objects, id_)
        signature = _signature(objects.read(id_, "commit"))
        edited = tuple(sorted(edits.get(id_, ())))
        found.append(BranchCommit(id_, said.author, said.committer, said.message, edited, signature))
    return tuple(found)


def landings(repository: Repository, since: str, base: str, path: str) -> tuple[str, ...]:
    """Return the commits on the base's first-parent line after another commit in which a path changed, the newest first.

    Both commits must be here; of one that is not before the other, everything back to where they parted counts.
    """
    out = repository.git("rev-list", "--first-parent", base, f"^{since}", "--", f":(literal,top){path}")
    return tuple(out.decode().split())


def edits_of(repository: Repository, commit: str) -> tuple[Edit, ...]:
    """Return what a commit does to its first parent's files, sorted."""
    return tuple(sorted(_edits(repository, [commit]).get(commit, ())))


def _is_update(repository: Repository, id_: str, own: frozenset[str]) -> bool:
    """Tell whether a commit merges the base into the branch (or the other way round), exactly as git would by itself."""
    parents = repository.objects.parents(id_)
    if len(parents) != 2 or own.issuperset(parents):  # noqa: PLR2004 -- a merge of two
        return False
    code, out = repository.git_code(
        "merge-tree", "--write-tree", "--name-only", "--no-messages", *parents, codes=(0, 1)
    )
    return code == 0 and out.decode().strip() == repository.objects.tree_of(id_)


def _edits(repository: Repository, commits: list[str]) -> dict[str, list[Edit]]:
    """Return what each commit does to its first parent's files, renames as deletions and additions."""
    lines = [" ".join([id_, *repository.objects.parents(id_)[:1]]) for id_ in commits]
    words = ("--stdin", "-r", "-z", "--root", "--no-renames", "--raw", "--no-abbrev")
    out = repository.git("diff-tree", *words, stdin="".join(f"{line}\n" for line in lines).encode())
    found: dict[str, list[Edit]] = {}
    parts = iter(os.fsdecode(out).split("\0")[:-1])
    current = ""
    for part in parts:
        if part.startswith(":"):
            found[current].append(_edit(part, next(parts)))
        else:
            current = part
            found[current] = []
    return found


def _edit(head: str, path: str) -> Edit:
    _, mode, old, new, status = head.removeprefix(":").split(" ")
    return (
        path,
        "" if status == "A" else old,
        "" if status == "D" else new,
        "" if status == "D" else mode,
    )


def _signature(commit: bytes) -> bytes:
    """Return the signature in a commit's header, unfolded."""
    return b"\n".join(_signature_lines(commit.partition(b"\n\n")[0]))


def _signature_lines(header: bytes) -> Iterator[bytes]:
    inside = False
    for line in header.split(b"\n"):
        if line.startswith(_SIGNATURES):
            inside = True
            yield line.partition(b" ")[2]
        elif inside and line.startswith(b" "):
            yield line[1:]
        else:
            inside = False
