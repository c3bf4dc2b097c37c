"""What this machine gives to keep programs apart: found by trying it, once, and remembered until the machine is another."""

from __future__ import annotations

import marshal
import os
import platform
from collections.abc import Iterator
from pathlib import Path

from gatecheck.errors import GatecheckError
from gatecheck.model import Isolation
from gatecheck.process import Jail, Layer, Programs
from gatecheck.room.blobs import remove

ASKED_FOR = Isolation("portable", "asked for with --portable")
TRIAL = "echo changed > held && echo new > made && ! (echo x > ../kept/reached) 2>/dev/null"
"""What a program in a jail must be able to do, and not to do."""
_LIMIT = 20.0
"""Seconds for the trial."""


def find_isolation(cache: Path, scratch: Path, programs: Programs) -> Isolation:
    """Return how programs can be kept apart here; remembered in the cache for this kernel, user and namespace."""
    remembered = cache / "probes" / "isolation"
    here = [platform.release(), os.geteuid(), *namespaces()]
    try:
        there, told = marshal.loads(remembered.read_bytes())  # noqa: S302 -- written by us, outside every gate
        if there == here:
            return Isolation(*told)
    except (OSError, ValueError, EOFError, TypeError):
        pass  # not tried here yet
    found = try_all(scratch / "trial", programs)
    remembered.parent.mkdir(parents=True, exist_ok=True)
    fresh = remembered.with_name(f"isolation.{os.getpid()}")
    fresh.write_bytes(marshal.dumps((here, [found.mode, found.detail, found.users, found.pids])))
    fresh.replace(remembered)
    return found


def namespaces() -> Iterator[str]:
    """Yield the names of the namespaces that this process is in; empty ones where there is no such thing."""
    for kind in ("user", "mnt", "pid"):
        try:
            yield str(Path(f"/proc/self/ns/{kind}").readlink())
        except OSError:  # not Linux
            yield ""


def try_all(folder: Path, programs: Programs) -> Isolation:
    """Return the first way that works; without users of its own only root can have the rest."""
    reason = "it has no namespaces"
    ways = [(True, True), (True, False), (False, True), (False, False)]
    for users, pids in ways if platform.system() == "Linux" else ():
        if not users and os.geteuid() != 0:
            continue
        try:
            if works(folder, programs, users=users, pids=pids):
                kinds = ["mounts", *(["users"] if users else []), *(["processes"] if pids else [])]
                return Isolation("overlay", f"private {', '.join(kinds)}", users, pids)
            reason = "a program in a jail could write where it must not, or not where it must"
        except GatecheckError as error:
            reason = error.message if reason == "it has no namespaces" else reason
        finally:
            remove(folder)
    return Isolation("portable", f"no overlays on this machine: {reason}")


def works(folder: Path, programs: Programs, *, users: bool, pids: bool) -> bool:
    """Tell whether a program in a jail can write where it must, and nowhere else. Raises ToolError when there is no such jail."""
    for name in ("tree", "kept", "upper", "work"):
        (folder / name).mkdir(parents=True)
    tree = folder / "tree"
    (tree / "held").write_text("before\n")
    layer = Layer(tree, (tree,), folder / "upper", folder / "work")
    jail = Jail(users, pids, read_only=(folder,), layers=(layer,))
    env = {"PATH": os.environ.get("PATH", os.defpath)}
    log = folder / "log"
    done = programs.run(("sh", "-c", TRIAL), cwd=tree, env=env, limit=_LIMIT, log=log, jail=jail)
    untouched = (tree / "held").read_text() == "before\n" and not (tree / "made").exists()
    return done.exit_code == 0 and untouched and (folder / "upper" / "made").exists()
