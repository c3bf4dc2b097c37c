"""Environments that the policy describes, built once per key and side, and never counted before they are complete."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gatecheck.errors import ToolError
from gatecheck.model import Environment, Globs, Side
from gatecheck.process import Programs
from gatecheck.repo import Repository
from gatecheck.room.blobs import listing, remove
from gatecheck.room.seal import is_whole, seal
from gatecheck.room.stage import Stage, keep_extras

MARK = "GATECHECK_ROOM"
"""The variable by which the programs of a room are known; its value is the cache's folder."""
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


@dataclass(frozen=True, slots=True)
class Built:
    """An environment that is complete."""

    identity: str
    """What it was built from: the same on every machine of a kind, and on both sides."""
    folder: Path

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name

    @property
    def programs(self) -> Path:
        """The folder of its programs."""
        return self.folder / "env" / "bin"

    @property
    def left(self) -> Path:
        """The folder with what building left in the tree."""
        return self.folder / "left"

    def check(self) -> bool:
        """Tell whether it is as it was built; if not, it will be built again."""
        whole = is_whole(self.folder)
        if not whole:
            (self.folder / "complete").unlink(missing_ok=True)
        return whole


@dataclass(frozen=True)
class Builder:
    """Builds the environments of one side, or finds them built.

    An environment is keyed by its commands, the files that `key:` names, the interpreter and the side, and built at its final path,
    since virtual environments cannot be moved. It counts only once it is marked as complete.
    """

    side: Side
    tree: str
    """The side's tree id."""
    stage: Callable[[Path], Stage]
    """Gives the side's files for building into an environment's folder; only asked when something must be built."""
    repository: Repository
    programs: Programs
    ambient: Path | None
    say: Callable[[str], None]

    def built(self, environment: Environment) -> Built:
        """Return the environment, built when it is not there. Raises ToolError when building fails."""
        identity = self._identity(environment)
        folder = Path(self.repository.place.cache) / "environments" / f"{identity}-{self.side}"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "complete").exists():
                self._build(environment, folder)
        return Built(identity, folder)

    def _identity(self, environment: Environment) -> str:
        """Return what the environment is built from, the same on every machine of a kind and on both sides."""
        globs = Globs(environment.key)
        names = ((os.fsdecode(path), blob) for path, _, blob in listing(self.repository, self.tree))
        files = [(name, blob) for name, blob in names if globs.match(name)] if environment.key else []
        python = str(self.ambient.resolve()) if self.ambient else ""
        told = [environment.create, files, python, platform.platform()]
        return hashlib.sha256(json.dumps(told).encode("utf-8", "surrogateescape")).hexdigest()[:20]

    def _build(self, environment: Environment, folder: Path) -> None:
        for part in ("env", "left", "create.log"):
            remove(folder / part)
        stage = self.stage(folder)
        try:
            for number, command in enumerate(environment.create, 1):
                count = f"{number} of {len(environment.create)}"
                self.say(
                    f"building environment {environment.name} ({self.side}), {count}: {' '.join(command)}"
                )
                argv = tuple(word.replace("{env}", str(folder / "env")) for word in command)
                self._create(argv, environment, stage, folder)
            (folder / "left").mkdir()
            keep_extras(stage, folder / "left")
        finally:
            stage.leave()
        seal(folder)
        (folder / "complete").touch()

    def _create(self, argv: tuple[str, ...], environment: Environment, stage: Stage, folder: Path) -> None:
        log = folder / "create.log"
        allowed = environment.create_pass
        env = {
            name: value
            for name, value in os.environ.items()
            if name in allowed or not name.startswith(_WITHHELD)
        }
        env["PATH"] = os.pathsep.join([f"{folder}/env/bin", os.environ.get("PATH", os.defpath)])
        env.pop("VIRTUAL_ENV", None)
        env.setdefault(
            "UV_LINK_MODE", "copy"
        )  # a file that several environments share changes when one of them does
        env[MARK] = self.repository.place.cache
        if (
            argv[0] in {"python", "python3"}
            and self.ambient
            and not (folder / "env" / "bin" / "python").exists()
        ):
            argv = (str(self.ambient), *argv[1:])
        jail = stage.enter()
        done = self.programs.run(argv, cwd=stage.tree, env=env, limit=CREATE_LIMIT, log=log, jail=jail)
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
