"""What the room costs a gate: a run with gates that do nothing, against the same programs alone.

Usage: python benchmarks/room.py [RUNS]
Bound: at most 60 ms a gate over the bare command, in overlay mode.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from sample import build
from timing import environment, gatecheck, once, side_by_side, table

FEW, MANY = 1, 11
BOUND = 0.060
_GATE = "  g{}: {{uses: command, run: ['true'], exit-code-only: true}}\n"


def main() -> None:
    """Print the table and exit with 1 when the bound is missed."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        env = environment(scratch)
        places = {}
        for gates in (FEW, MANY):
            top = scratch / str(gates)
            top.mkdir()
            policy = "version: 1\ngates:\n" + "".join(_GATE.format(number) for number in range(gates))
            places[gates] = build(top, env, files=1000, changed=10, policy=policy)
        run = [gatecheck(), "run", "--no-cache", "--jobs", "1"]
        seen = side_by_side(
            {
                "true": lambda: once(["true"], scratch, env),
                f"overlay, {FEW} gate": lambda: once(run, places[FEW], env),
                f"overlay, {MANY} gates": lambda: once(run, places[MANY], env),
                f"portable, {FEW} gate": lambda: once([*run, "--portable"], places[FEW], env),
                f"portable, {MANY} gates": lambda: once([*run, "--portable"], places[MANY], env),
            },
            runs,
        )
    table(seen, "true")
    bare = statistics.median(seen["true"])
    costs = {
        mode: _slope(seen[f"{mode}, {FEW} gate"], seen[f"{mode}, {MANY} gates"]) - bare
        for mode in ("overlay", "portable")
    }
    told = ", ".join(f"{mode} {1000 * cost:.0f} ms" for mode, cost in costs.items())
    print(f"\na gate, over the bare command: {told} (bound for overlay: {1000 * BOUND:.0f} ms)")
    sys.exit(costs["overlay"] > BOUND)


def _slope(few: list[float], many: list[float]) -> float:
    return statistics.median(b - a for a, b in zip(few, many, strict=True)) / (MANY - FEW)


if __name__ == "__main__":
    main()
