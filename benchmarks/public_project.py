"""Judge a release of a public project as a change to the release before it, from two source archives, without a network.

Usage: python benchmarks/public_project.py OLD.tar.gz NEW.tar.gz [GATE...]

Fetch the archives beforehand, for example with `pip download --no-binary :all: --no-deps itsdangerous==2.1.2 itsdangerous==2.2.0`, and
run this with the interpreter of an environment that has gatecheck and what the project's tests need (for itsdangerous: pytest, coverage
and freezegun). Prints the report and, beside it, the time of the project's own test command.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import time
import venv
from pathlib import Path

from timing import environment, gatecheck, git

_ARGUMENTS = 3


def main() -> None:
    """Print the report and the times, and exit as gatecheck did."""
    if len(sys.argv) < _ARGUMENTS:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        env = environment(scratch)
        repository = scratch / "project"
        repository.mkdir()
        git(repository, env, "init", "-q", "-b", "main")
        for branch, archive in zip(("main", "release"), sys.argv[1:3], strict=True):
            if branch == "release":
                git(repository, env, "switch", "-q", "-c", branch)
                git(repository, env, "rm", "-q", "-r", ".")
            _unpack(Path(archive), repository)
            git(repository, env, "add", "-A", "-f")
            git(repository, env, "commit", "-q", "-m", Path(archive).name)
        env |= _installed(repository, scratch / "venv")
        begun = time.perf_counter()
        done = subprocess.run([gatecheck(), "run", *sys.argv[3:]], cwd=repository, env=env, check=False)
        ours = time.perf_counter() - begun
        begun = time.perf_counter()
        bare = [scratch / "venv" / "bin" / "python", "-m", "pytest", "-q"]
        subprocess.run(bare, cwd=repository, env=env, check=False, capture_output=True)
        alone = time.perf_counter() - begun
    print(f"\ngatecheck {ours:.1f} s; `python -m pytest` alone {alone:.1f} s; exit code {done.returncode}")
    sys.exit(done.returncode)


def _installed(repository: Path, folder: Path) -> dict[str, str]:
    """Make a virtual environment with this one's packages and the project installed editable, as its developers work."""
    venv.create(folder, symlinks=True)
    site = next(folder.glob("lib/python*/site-packages"))
    source = repository / "src" if (repository / "src").is_dir() else repository
    (site / "project.pth").write_text(f"{source}\n{sysconfig.get_path('purelib')}\n")
    return {"VIRTUAL_ENV": str(folder)}


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack a source archive without the folder that its files are in."""
    with tarfile.open(archive) as packed:
        members = packed.getmembers()
        for member in members:
            member.name = member.name.partition("/")[2]
        packed.extractall(folder, [m for m in members if m.name and (m.isfile() or m.isdir())], filter="data")


if __name__ == "__main__":
    main()
