"""Environments that the policy describes, built once per key and side, and never counted before they are complete."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gatecheck.errors import ToolError
from gatecheck.model import Environment, Globs, Side
from gatecheck.process import Programs
from gatecheck.repo import Repository
from gatecheck.room.blobs import listing, remove
from gatecheck.room.slot import Slot

CREATE_LIMIT = 3600.0
"""Seconds that one command of `create` may take."""
_WITHHELD = (
    "GIT_",
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "GPG_AGENT_INFO",
    "GATECHECK_SIGNING_KEY",
    "PYTHONPATH",
)


@dataclass(frozen=True)
class Builder:
    """Builds the environments of one side, or finds them built.

    An environment is keyed by its commands, the files that `key:` names, the interpreter and the side, and built at its final path,
    since virtual environments cannot be moved. It counts only once it is marked as complete.
    """

    side: Side
    tree: str
    """The side's tree id."""
    slot: Callable[[], Slot]
    """Gives the side's slot, holding that tree; only asked when something must be built."""
    repository: Repository
    programs: Programs
    ambient: Path | None
    say: Callable[[str], None]

    def identity(self, environment: Environment) -> str:
        """Return what the environment is built from, the same on every machine of a kind and on both sides."""
        globs = Globs(environment.key)
        names = ((os.fsdecode(path), blob) for path, _, blob in listing(self.repository, self.tree))
        files = [(name, blob) for name, blob in names if globs.match(name)] if environment.key else []
        python = str(self.ambient.resolve()) if self.ambient else ""
        told = [environment.create, files, python, platform.platform()]
        return hashlib.sha256(json.dumps(told).encode("utf-8", "surrogateescape")).hexdigest()[:20]

    def folder(self, environment: Environment) -> Path:
        """Return the environment's folder, built when it is not there. Raises ToolError when building fails."""
        name = f"{self.identity(environment)}-{self.side}"
        folder = Path(self.repository.place.cache) / "environments" / name
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "complete").exists():
                self._build(environment, folder)
        return folder

    def _build(self, environment: Environment, folder: Path) -> None:
        for part in ("env", "left", "create.log"):
            remove(folder / part)
        slot = self.slot()
        slot.lay({})  # what another environment left here would pass for this one's
        slot.mark()
        for number, command in enumerate(environment.create, 1):
            count = f"{number} of {len(environment.create)}"
            self.say(f"building environment {environment.name} ({self.side}), {count}: {' '.join(command)}")
            argv = tuple(word.replace("{env}", str(folder / "env")) for word in command)
            try:
                self._create(argv, environment, slot, folder)
            except BaseException:
                slot.restore()
                raise
        (folder / "left").mkdir()
        _keep(slot, folder / "left")
        slot.restore()
        (folder / "complete").touch()

    def _create(self, argv: tuple[str, ...], environment: Environment, slot: Slot, folder: Path) -> None:
        log = folder / "create.log"
        allowed = environment.create_pass
        env = {
            name: value
            for name, value in os.environ.items()
            if name in allowed or not name.startswith(_WITHHELD)
        }
        env["PATH"] = os.pathsep.join([f"{folder}/env/bin", os.environ.get("PATH", os.defpath)])
        env.pop("VIRTUAL_ENV", None)
        if (
            argv[0] in {"python", "python3"}
            and self.ambient
            and not (folder / "env" / "bin" / "python").exists()
        ):
            argv = (str(self.ambient), *argv[1:])
        done = self.programs.run(argv, cwd=slot.tree, env=env, limit=CREATE_LIMIT, log=log)
        if done.exit_code or done.timed_out:
            last = "\n".join(done.output.strip().splitlines()[-15:])
            how = (
                f"took over {CREATE_LIMIT:.0f} s"
                if done.timed_out
                else f"ended with exit code {done.exit_code}"
            )
            raise ToolError(
                f"the environment {environment.name!r} could not be built: `{' '.join(argv)}` {how}\n{last}",
                fix=f"Correct `environment: {{create: ...}}` in the policy; the whole output is in {log}",
            )


def _keep(slot: Slot, left: Path) -> None:
    """Move what building left in the tree (generated versions, compiled extensions) into the environment."""
    for path in slot.extras():
        name = os.fsdecode(path)
        if Path(name).name == "__pycache__":
            continue
        (left / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(slot.tree / name, left / name)
