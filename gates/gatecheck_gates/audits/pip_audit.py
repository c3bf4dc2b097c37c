"""One run of pip-audit over a list of pins, believed only where it says of a pin what it found.

pip-audit ends with 0 when it skipped everything, and with 1 both for vulnerabilities and for its own traceback, so neither
code says anything: what counts is that every pin came back with its list, and that the canary's list is not empty.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name, canonicalize_version

from gatecheck.errors import ToolError
from gatecheck.formats.advisories import COMMAND
from gatecheck.formats.json_document import parse, typed
from gatecheck.formats.manifests import Pin
from gatecheck.model import Completed, Workspace
from gatecheck_gates.audits.source import Source

WHAT = "report of pip-audit"
_FOUND = {0, 1}
_START = """
import os, runpy
for name in [name for name in os.environ if name.startswith("PYTHON")]:
    del os.environ[name]
os.environ["PYTHONSAFEPATH"] = "1"
runpy.run_module("pip_audit", run_name="__main__", alter_sys=True)
"""
"""pip-audit starts `python -m pip` without -I: with the room's PYTHONPATH that would be the change's own `pip`."""
_UNREACHABLE = re.compile(
    r"Could not connect|ConnectionError|ConnectTimeout|ReadTimeout|Max retries|NameResolution|ProxyError|SSLError|HTTPError"
)
_LAST = 3
"""Lines of an output that are shown."""

Key = tuple[str, str]
"""Canonical name and version: `1.0` and `1.0.0` are one, as pip-audit has it too."""


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """What the source says of a pin."""

    id: str
    aliases: tuple[str, ...]
    fixes: tuple[str, ...]
    """Versions that fix it."""
    summary: str

    @property
    def names(self) -> frozenset[str]:
        """Return all that it is called."""
        return frozenset({self.id, *self.aliases})


Audited = Mapping[Key, tuple[Vulnerability, ...]]


def key(pin: Pin) -> Key:
    """Return what a pin is asked about as."""
    return (pin.name, canonicalize_version(pin.version))


def audit(workspace: Workspace, source: Source, pins: Iterable[Pin], needed: Iterable[Pin]) -> Audited:
    """Return what the source says of all pins. Raises ToolError unless it answered for each one that is needed, and for the canary."""
    canary = key(source.canary)
    asked = {key(pin): pin for pin in (source.canary, *pins)}
    folder = workspace.scratch / "audit"
    folder.mkdir()
    (folder / "pylock.toml").write_text(_lock(asked.values()), encoding="utf-8")
    report = folder / "report.json"
    workspace.say(f"asking {source.name} about {len(asked):,} pins")
    done = workspace.run(_command(folder, report, source), cwd=folder, env={"NO_PROXY": "127.0.0.1"})
    if done.timed_out:
        raise ToolError(
            f"pip-audit did not end within its {done.seconds:.0f} s.{_last_lines(done)}",
            fix="Raise this gate's limit in the policy (`timeout: 1h`).",
        )
    if done.exit_code not in _FOUND or not report.is_file():
        raise _broken(done, source)
    audited, skipped = _read(report.read_bytes())
    if not audited.get(canary):
        raise ToolError(
            f"{source.name} has no advisory for {source.canary.name} {source.canary.version}, which is known to be vulnerable: it has no data",
            fix=f"Mend the source, name another `canary` that it must know, or import advisories: {COMMAND}",
        )
    _check(audited, skipped, {key(pin): pin for pin in (source.canary, *needed)}, source)
    return audited


def _command(folder: Path, report: Path, source: Source) -> tuple[str, ...]:
    own = (sys.executable, "-I", "-c", _START)
    how = (
        "--locked",
        str(folder),
        "--format",
        "json",
        "--output",
        str(report),
        "--desc",
        "on",
        "--aliases",
        "on",
    )
    quiet = ("--progress-spinner", "off", "--cache-dir", str(folder / "cache"))
    return (*own, *how, *quiet, *source.words)


def _lock(asked: Iterable[Pin]) -> str:
    """Return a lock file (PEP 751) of the pins: unlike a requirements file, it may name several versions of a package."""
    head = 'lock-version = "1.0"\ncreated-by = "gatecheck"\n'
    return head + "".join(
        f"\n[[packages]]\nname = {json.dumps(pin.name)}\nversion = {json.dumps(pin.version)}\n"
        for pin in asked
    )


def _broken(done: Completed, source: Source) -> ToolError:
    if "No module named" in done.output and "pip_audit" in done.output:
        return ToolError(
            "pip-audit is not installed beside gatecheck",
            fix=f"Install it there: {sys.executable} -m pip install pip-audit",
        )
    if _UNREACHABLE.search(done.output):
        return ToolError(
            f"{source.name} cannot be reached, so nothing was audited.{_last_lines(done, 1)}",
            fix="Run where it can be reached (a proxy's variables go into `pass` of the policy's environment), or import"
            f" advisories: {COMMAND}",
        )
    return ToolError(
        f"pip-audit broke: it ended with exit code {done.exit_code} and wrote no report.{_last_lines(done)}",
        fix=f"See the gate's log, and try pip-audit by hand: {sys.executable} -m pip_audit --version",
    )


def _last_lines(done: Completed, most: int = _LAST) -> str:
    lines = [line.strip() for line in done.output.splitlines() if line.strip()]
    return f" It printed at last: {' | '.join(lines[-most:])}" if lines else ""


def _read(data: bytes) -> tuple[dict[Key, tuple[Vulnerability, ...]], dict[str, str]]:
    """Return what was audited, and the reasons for which names were skipped."""
    whole = typed(parse(data, what=WHAT), dict, what=WHAT, where="the top")
    audited: dict[Key, tuple[Vulnerability, ...]] = {}
    skipped: dict[str, str] = {}
    for each in typed(whole.get("dependencies"), list, what=WHAT, where="dependencies"):
        told = typed(each, dict, what=WHAT, where="dependencies")
        name = canonicalize_name(typed(told.get("name"), str, what=WHAT, where="name"))
        if "skip_reason" in told:
            skipped[name] = str(told["skip_reason"])
            continue
        version = typed(told.get("version"), str, what=WHAT, where=f"{name}/version")
        found = typed(told.get("vulns"), list, what=WHAT, where=f"{name}/vulns")
        audited[name, canonicalize_version(version)] = tuple(_vulnerability(one, name) for one in found)
    return audited, skipped


def _vulnerability(one: object, name: str) -> Vulnerability:
    told = typed(one, dict, what=WHAT, where=f"{name}/vulns")
    id_ = typed(told.get("id"), str, what=WHAT, where=f"{name}/vulns/id")
    aliases = typed(told.get("aliases", []), list, what=WHAT, where=f"{name}/vulns/aliases")
    fixes = typed(told.get("fix_versions", []), list, what=WHAT, where=f"{name}/vulns/fix_versions")
    return Vulnerability(
        id_, tuple(sorted(map(str, aliases))), tuple(map(str, fixes)), str(told.get("description") or "")
    )


def _check(audited: Audited, skipped: Mapping[str, str], needed: Mapping[Key, Pin], source: Source) -> None:
    """Raise ToolError when a pin was not audited, whatever pip-audit's exit code."""
    silent = sorted(needed.keys() - audited.keys())
    if silent:
        pin = needed[silent[0]]
        why = f" ({skipped[pin.name]})" if pin.name in skipped else ""
        more = f", and {len(silent) - 1:,} more like it" if silent[1:] else ""
        raise ToolError(
            f"{source.name} did not answer for {pin.name} {pin.version}{why}{more}",
            fix="If it is a package of your own that no public source knows, name it in the gate's `private`;"
            f" else choose another `source`, or import advisories: {COMMAND}",
        )
    if source.asked is None:
        return
    unasked = needed.keys() - {(name, canonicalize_version(version)) for name, version in source.asked}
    if unasked:
        name, version = min(unasked)
        raise ToolError(
            f"pip-audit reports {name} {version} as audited, and never asked about it",
            fix="See the gate's log, and report it.",
        )
