"""A team without a network audits what its changes bring in: what is new blocks, what came out yesterday does not, and nothing is asked twice."""

from __future__ import annotations

import json
import marshal
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gatecheck.place import supply

POLICY = """\
version: 1
exempt: ["*.md"]
gates:
  dependencies: {options}
  look: {{uses: command, run: [sh, -c, echo looked], count: '^looked'}}
{more}"""
LOCK = """\
version = 1

[[package]]
name = "shop"
version = "0.1"
source = {{ editable = "." }}

[[package]]
name = "flask"
version = "{flask}"
source = {{ registry = "https://pypi.org/simple" }}
"""


def policy(options="{source: offline}", more=""):
    return POLICY.format(options=options, more=more)


def record(id_, name, fixed, *aliases, age=1.0):
    modified = (datetime.now(UTC) - timedelta(days=age)).isoformat()
    events = [{"introduced": "0"}, {"fixed": fixed}]
    affected = {
        "package": {"name": name, "ecosystem": "PyPI"},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    return {"id": id_, "aliases": aliases, "modified": modified, "summary": "Bad.", "affected": [affected]}


OLD = record("PYSEC-1", "flask", "2.0", "CVE-1")
FRESH = record("PYSEC-2", "flask", "3.0", "CVE-2", age=0.5)


@pytest.fixture
def bring(project, tmp_path):
    def bring(*records):
        path = tmp_path / "export.json"
        path.write_text(json.dumps(records))
        done = project.gatecheck("advisories", "import", str(path))
        assert done.returncode == 0, done.stderr

    return bring


def rules(project, *words):
    """Return the exit code, and the rules of the gate's findings by whether they are new."""
    done = project.gatecheck("run", "--output-format", "json", *words)
    (gate,) = [gate for gate in json.loads(done.stdout)["gates"] if gate["kind"] == "dependencies"]
    groups = gate["outcome"]["findings"] if gate["outcome"] else []
    items = [(group["rule"], item["introduced"]) for group in groups for item in group["items"]]
    return done.returncode, sorted(items)


def test_a_vulnerable_pin_that_the_change_adds_blocks_and_says_what_to_do(project, bring):
    bring(OLD)
    project.main({"requirements.txt": "click==8.0\n"}, policy=policy())
    project.change({"requirements.txt": "click==8.0\nflask==1.0\n"})
    done = project.gatecheck("run")
    assert done.returncode == 1, done.stdout
    assert "requirements.txt:2  dependencies/PYSEC-1" in done.stdout
    assert "flask 1.0 has PYSEC-1 (CVE-1)" in done.stdout
    assert "fix: Raise flask to 2.0 or later" in done.stdout
    assert "1 of export.json, imported; newest record " in done.stdout
    project.change({"requirements.txt": "click==8.0\nflask==2.0\n"})
    assert project.gatecheck("run").returncode == 0


@pytest.mark.parametrize("name", ["PYSEC-1", "CVE-1"])
def test_a_waiver_may_name_an_advisory_by_any_of_its_names(project, bring, name):
    bring(OLD)
    waiver = f"  - {{rule: dependencies/{name}, reason: not reachable, owner: jo, expires: 2999-01-31}}\n"
    project.main({"requirements.txt": "click==8.0\n"}, policy=policy(more="waivers:\n" + waiver))
    project.change({"requirements.txt": "click==8.0\nflask==1.0\n"})
    done = project.gatecheck("run")
    assert done.returncode == 0, done.stdout
    assert "waived: not reachable" in done.stdout
    assert "until 2999-01-31" in done.stdout


def test_the_policy_may_make_all_advisories_a_humans_turn(project, bring):
    bring(OLD)
    project.main({"requirements.txt": "click==8.0\n"}, policy=policy("{effect: {advisory: approval}}"))
    project.change({"requirements.txt": "flask==1.0\n"})
    assert project.gatecheck("run").returncode == 3


def test_an_advisory_that_came_out_between_base_and_head_is_shown_and_blocks_nothing(project, bring):
    bring(OLD)
    project.main({"uv.lock": LOCK.format(flask="2.1"), "code.py": "1\n"}, policy=policy("{audit: all}"))
    project.change({"code.py": "2\n"})
    assert rules(project) == (0, [])
    bring(OLD, FRESH)  # the data changed, the lock file did not
    assert rules(project) == (0, [("dependencies/PYSEC-2", False)])
    text = project.gatecheck("run", "-v").stdout
    assert "flask 2.1 has PYSEC-2 (CVE-2); it was there before." in text


def test_where_the_policy_asks_it_blocks(project, bring):
    bring(OLD, FRESH)
    project.main(
        {"uv.lock": LOCK.format(flask="2.1"), "code.py": "1\n"}, policy=policy("{audit: all, old: block}")
    )
    project.change({"code.py": "2\n"})
    assert rules(project)[0] == 1


def test_a_change_of_code_alone_is_not_the_gates_matter(project, bring):
    bring(OLD, FRESH)
    project.main({"uv.lock": LOCK.format(flask="2.1"), "code.py": "1\n"}, policy=policy())
    project.change({"code.py": "2\n"})
    done = project.gatecheck("run")
    assert done.returncode == 0
    assert "dependencies  not-applicable" in done.stdout


def test_a_main_with_old_debt_takes_an_upgrade_that_does_not_mend_all_of_it(project, bring):
    bring(OLD, FRESH)
    project.main({"uv.lock": LOCK.format(flask="1.0")}, policy=policy())
    project.change({"uv.lock": LOCK.format(flask="2.1")})
    assert rules(project) == (0, [("dependencies/PYSEC-2", False)])


def test_nothing_is_asked_twice_until_other_data_are_brought_in(project, bring):
    bring(OLD)
    project.main({"requirements.txt": "click==8.0\n"}, policy=policy())
    project.change({"requirements.txt": "flask==2.1\n"})
    assert "recalled" not in project.gatecheck("run").stdout
    assert "nothing ran" in project.gatecheck("run").stdout
    (folder,) = [path for path in project.cache.iterdir() if path.name == "recall"]
    shutil.rmtree(folder)
    assert "recalled" in project.gatecheck("run").stdout
    bring(OLD, FRESH)
    done = project.gatecheck("run")
    assert done.returncode == 1
    assert "recalled" not in next(line for line in done.stdout.splitlines() if " dependencies " in line)


def test_an_answer_is_recalled_only_as_long_as_its_data_are_young_enough(project, bring):
    bring(OLD)
    project.main({"requirements.txt": "click==8.0\n"}, policy=policy("{max-age: 7}"))
    project.change({"requirements.txt": "click==8.1\n"})
    project.gatecheck("run")
    (kept,) = (project.cache / "recall").iterdir()
    expires = marshal.loads(kept.read_bytes())[2]
    assert expires == pytest.approx(datetime.fromisoformat(OLD["modified"]).timestamp() + 7 * 86_400)


def test_data_that_grew_too_old_are_an_error_with_the_command(project, bring):
    bring(record("PYSEC-1", "flask", "2.0", age=40))
    project.main({"requirements.txt": "click==8.0\n"}, policy=policy())
    project.change({"requirements.txt": "click==8.1\n"})
    done = project.gatecheck("run")
    assert done.returncode == 4
    assert "40 days old" in done.stdout
    assert "gatecheck advisories import FILE" in done.stdout


@pytest.mark.parametrize("mode", [(), ("--portable",)])
def test_the_audit_works_in_both_kinds_of_room(project, bring, mode):
    bring(OLD)
    project.main({"requirements.txt": "click==8.0\n"}, policy=policy())
    project.change({"requirements.txt": "flask==1.0\n"})
    assert rules(project, *mode) == (1, [("dependencies/PYSEC-1", True)])


def test_a_program_of_a_gate_cannot_replace_what_was_imported(project, bring):
    bring(OLD)
    there = Path(supply("advisories"))
    before = there.read_bytes()
    gates = f"""\
version: 1
gates:
  look: {{uses: command, run: [sh, -c, 'echo looked; echo x > {there} || true'], count: '^looked'}}
"""
    project.main({"code.py": "1\n"}, policy=gates)
    project.change({"code.py": "2\n"})
    done = project.gatecheck("run", "-v")
    assert done.returncode == 0, done.stdout
    assert there.read_bytes() == before or "room      portable" in done.stdout
