"""What the compacted file of advisories costs: read, checked, and asked about 300 packages, against `pip-audit --version`.

Usage: python benchmarks/advisories.py [EXPORT] [RUNS]
EXPORT is what `gatecheck advisories import` takes; without it a made one of 3,000 advisories about 700 packages is used.
Bound: at most 0.3 times `pip-audit --version`.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from timing import environment, once, side_by_side, table

from gatecheck.advisories import bring_in

BOUND = 0.3
PACKAGES = 300
ASK = """
import json, sys, time
begun = time.perf_counter()
from gatecheck.formats.advisories import read_advisories
found = read_advisories(open(sys.argv[1], "rb").read())
names = json.loads(open(sys.argv[2]).read())
hits = sum(len(found.affecting(name, version)) for name, version in names)
assert hits, "nothing was found, so this would measure something else"
print(len(names), hits, time.perf_counter() - begun)
"""


def main() -> None:
    """Print the table and exit with 1 when the bound is missed."""
    export = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 15  # noqa: PLR2004 -- the second argument
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        env = environment(scratch)
        content = bring_in(export or made(scratch / "export.json"), datetime.now(UTC)).content
        (scratch / "advisories").write_bytes(content)
        (scratch / "pins.json").write_text(json.dumps(pins(content)))
        pip_audit = [sys.executable, "-I", "-m", "pip_audit", "--version"]
        ask = [sys.executable, "-I", "-c", ASK, scratch / "advisories", scratch / "pins.json"]
        bare = "pip-audit --version"
        seen = side_by_side(
            {
                bare: lambda: once(pip_audit, scratch, env),
                f"{PACKAGES} packages, with Python's start": lambda: once(ask, scratch, env),
                "python -I -c pass": lambda: once([sys.executable, "-I", "-c", "pass"], scratch, env),
            },
            runs,
        )
    print(f"{len(content):,} bytes of advisories")
    table(seen, bare)
    asked = seen[f"{PACKAGES} packages, with Python's start"]
    ratio = statistics.median(a / b for a, b in zip(asked, seen[bare], strict=True))
    print(f"\nthe file answers {PACKAGES} packages in {ratio:.2f} x (bound {BOUND} x)")
    sys.exit(ratio > BOUND)


def pins(content: bytes) -> list[tuple[str, str]]:
    """Return pins of as many packages as are asked about, all of which the file knows."""
    names = list(json.loads(content.split(b"\n", 4)[3]))
    return [
        (name, version) for name, version in zip(names, ["1.0", "2.3.1", "0.4"] * PACKAGES, strict=False)
    ][:PACKAGES]


def made(path: Path) -> Path:
    """Write an export of the size of the PyPA advisory database."""
    records = []
    for number in range(3_000):
        events = [
            {"introduced": f"{n}.0"} if n % 2 == 0 else {"fixed": f"{n}.5"} for n in range(number % 6 + 1)
        ]
        affected = {
            "package": {"name": f"package-{number % 700}", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": events}],
            "versions": [f"{n}.{number % 7}" for n in range(number % 50)],
        }
        id_ = f"PYSEC-2026-{number}"
        summary = f"One of many ways in which {id_} is bad. " * 5
        records.append(
            {"id": id_, "modified": "2026-01-01T00:00:00Z", "summary": summary, "affected": [affected]}
        )
    path.write_text(json.dumps(records))
    return path


if __name__ == "__main__":
    main()
