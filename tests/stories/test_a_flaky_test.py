"""A test that fails one time in three blocks nobody, and is named.

What fails on the merge result alone runs again in six processes of its own, and blocks only when it fails in all of them: a test that
fails one time in three does so with a probability of (1/3)^7, once in 2,187 judgements. So that this suite is not flaky itself, the
test here fails on exactly every third run; `benchmarks/flaky.py` measures 50 judgements with real chance.
"""

from __future__ import annotations

import pytest

POLICY = "version: 1\ngates:\n  tests: {run: [python, -m, pytest]}\n"
TEST = """\
    from pathlib import Path

    RUNS = Path({runs!r})

    def test_steady():
        pass

    def test_shaky():
        number = len(RUNS.read_text())
        RUNS.write_text("x" * (number + 1))
        assert number % 3, "not this time"
    """


@pytest.mark.long
def test_it_never_blocks_and_is_named_when_it_failed(project, tmp_path):
    runs = tmp_path / "runs"
    project.main({"tests/test_it.py": "def test_steady():\n    pass\n", "code.py": "x = 1\n"}, policy=POLICY)
    project.change({"code.py": "x = 2\n", "tests/test_it.py": TEST.format(runs=str(runs))})
    for first_fails, before in ((True, ""), (False, "x"), (False, "xx")):
        runs.write_text(before)
        done = project.gatecheck("run", "--no-cache")
        # 3: the change brings the flaky test, so a human must accept it
        assert done.returncode == (3 if first_fails else 0), done.stdout
        assert ("tests/flaky" in done.stdout) is first_fails
