"""The dependencies gate with the real pip-audit: what it finds, what of it is new, and all the ways in which nothing was audited."""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gatecheck.errors import CannotTell, ToolError
from gatecheck.formats.advisories import compacted, read_advisories, read_record
from gatecheck.model import Change, ChangedPath, Effect, NotApplicable
from gatecheck_gates.audits import pip_audit, server
from gatecheck_gates.audits import source as sources
from gatecheck_gates.dependencies import Dependencies

sys.path.insert(0, str(Path(__file__).parent))

NOW = datetime(2026, 1, 2, tzinfo=UTC)
DAY = 86_400.0


def record(id_: str, name: str, *events: tuple[str, str], **more) -> dict:
    ranges = [{"type": "ECOSYSTEM", "events": [{kind: at} for kind, at in events]}]
    affected = [{"package": {"name": name, "ecosystem": "PyPI"}, "ranges": ranges}]
    return {"id": id_, "modified": "2026-01-01T00:00:00Z", "affected": affected, **more}


RECORDS = [
    record(
        "PYSEC-1",
        "django",
        ("introduced", "3.0"),
        ("fixed", "3.2.4"),
        aliases=["CVE-1", "GHSA-1"],
        summary="Traversal.",
    ),
    record("PYSEC-2", "django", ("introduced", "2.0"), ("fixed", "3.2.9"), summary="Injection."),
    record("GHSA-3", "flask", ("introduced", "0"), aliases=["CVE-3"]),
]


@pytest.fixture
def brought(tmp_path):
    """Compact records as an import would; return the gate's supplies."""

    def brought(records=RECORDS) -> dict[str, Path]:
        path = tmp_path / "advisories"
        path.write_bytes(compacted([read_record(each, "x") for each in records], "export", NOW))
        return {"advisories": path}

    return brought


@pytest.fixture
def judged(room, brought):
    """Ask the gate about a change between two sets of files; the last workspace is kept for a closer look."""

    def judged(base, head, *, supplies=None, renames=None, environment=None, **options):
        found = brought() if supplies is None else supplies
        more = {} if environment is None else {"environment": environment}
        judged.workspace = room(base, head, renames=renames, supplies=found, **more)
        gate = Dependencies(**options)
        assert gate.applies(judged.workspace.change)
        return gate.check(judged.workspace)

    return judged


def told(outcome, *, introduced=True):
    return [(f.rule, f.path, f.line) for f in outcome.findings if f.introduced is introduced]


# --- what is new ---


def test_an_added_pin_with_an_advisory_is_found_with_its_names_its_place_and_its_fix(judged):
    outcome = judged(
        {"requirements.txt": "click==8.0\n"}, {"requirements.txt": "click==8.0\nDjango==3.2.1\n"}
    )
    assert told(outcome) == [("PYSEC-1", "requirements.txt", 2), ("PYSEC-2", "requirements.txt", 2)]
    first, second = outcome.findings
    assert first.names == ("advisory", "CVE-1", "GHSA-1")
    assert "django 3.2.1 has PYSEC-1 (CVE-1, GHSA-1)" in first.message
    assert "Traversal." in first.message
    assert (
        first.fix == second.fix == "Raise django to 3.2.9 or later, in requirements.txt, which mends all 2."
    )
    assert str(outcome.examined) == "2 pins"
    (measured,) = outcome.measurements
    assert (measured.value, measured.base) == (2, 0)
    assert outcome.repeatable


def test_the_report_says_how_old_the_data_are_and_how_long_the_answer_holds(judged):
    outcome = judged({}, {"requirements.txt": "click==8.0\n"}, max_age=5)
    digest = read_advisories(judged.workspace.supplies["advisories"].read_bytes()).about.digest
    assert outcome.notes == (
        f"Advisories: 3 of export, imported; newest record 2026-01-01, sha256 {digest}.",
    )
    assert outcome.until == datetime(2026, 1, 6, tzinfo=UTC).timestamp()
    assert judged.workspace.said == ["asking the imported advisories about 2 pins"]


def test_an_advisory_about_what_the_change_does_not_touch_is_shown_and_is_old(judged):
    outcome = judged(
        {"requirements.txt": "django==3.2.1\n"}, {"requirements.txt": "click==8.0\ndjango==3.2.1\n"}
    )
    assert told(outcome) == []
    assert told(outcome, introduced=False) == [
        ("PYSEC-1", "requirements.txt", 2),
        ("PYSEC-2", "requirements.txt", 2),
    ]
    assert "it was there before." in outcome.findings[0].message


def test_what_is_old_blocks_where_the_policy_asks(judged):
    outcome = judged(
        {"requirements.txt": "django==3.2.1\n"},
        {"requirements.txt": "click==8.0\ndjango==3.2.1\n"},
        old="block",
    )
    assert len(told(outcome)) == 2


def test_an_upgrade_that_mends_only_one_of_two_brings_nothing_new(judged):
    outcome = judged({"requirements.txt": "django==3.2.1\n"}, {"requirements.txt": "django==3.2.5\n"})
    assert told(outcome) == []
    ((finding),) = outcome.findings
    assert finding.rule == "PYSEC-2"
    assert "it was there before, with 3.2.1" in finding.message


def test_an_altered_pin_is_found_for_what_it_adds(judged):
    outcome = judged({"requirements.txt": "django==2.2\n"}, {"requirements.txt": "django==3.2.1\n"})
    assert told(outcome) == [("PYSEC-1", "requirements.txt", 1)]
    assert told(outcome, introduced=False) == [("PYSEC-2", "requirements.txt", 1)]
    assert "the base has 2.2, without it" in outcome.findings[0].message


def test_a_second_copy_of_an_old_pin_is_new_and_a_moved_one_is_not(judged):
    lock = '[[package]]\nname = "flask"\nversion = "1.0"\nsource = {registry = "x"}\n'
    outcome = judged(
        {"requirements.txt": "flask==1.0\n"}, {"requirements.txt": "flask==1.0\n#\n", "uv.lock": lock}
    )
    assert told(outcome) == [("CVE-3", "uv.lock", 1)]
    outcome = judged({"requirements.txt": "flask==1.0\n"}, {"requirements.txt": None, "uv.lock": lock})
    assert told(outcome) == []


def test_a_renamed_file_brings_nothing_new(judged):
    outcome = judged(
        {"requirements.txt": "flask==1.0\nfoo>=1\n"},
        {"requirements.txt": None, "requirements-all.txt": "flask==1.0\nfoo>=1\n#\n"},
        renames={"requirements.txt": "requirements-all.txt"},
    )
    assert told(outcome) == []
    assert len(outcome.findings) == 2


def test_one_vulnerability_by_two_names_is_one_on_both_sides():
    old = pip_audit.Vulnerability("GHSA-1", ("CVE-1",), (), "")
    new = pip_audit.Vulnerability("PYSEC-1", ("CVE-1",), (), "")
    assert old.names & new.names


def test_what_no_version_mends_needs_a_waiver(judged, brought):
    finding = judged({}, {"requirements.txt": "flask==1.0\n"}).findings[0]
    assert "do without flask, or have a waiver for CVE-3 added" in finding.fix
    both = [*RECORDS, record("PYSEC-4", "flask", ("introduced", "0"), ("fixed", "2.0"))]
    first, second = judged({}, {"requirements.txt": "flask==1.0\n"}, supplies=brought(both)).findings
    assert first.fix == second.fix
    assert "Raise flask to 2.0 or later" in first.fix
    assert "waiver for CVE-3" in first.fix


def test_a_single_remedy_is_said_plainly(judged):
    (finding,) = judged({}, {"requirements.txt": "django==3.2.5\n"}).findings
    assert finding.fix == "Raise django to 3.2.9 or later, in requirements.txt."


def test_long_summaries_are_cut_and_absent_ones_leave_nothing(judged, brought):
    long = [record("PYSEC-1", "django", ("introduced", "0"), summary="x" * 299)]
    (finding,) = judged({}, {"requirements.txt": "django==1.0\n"}, supplies=brought(long)).findings
    assert finding.message.endswith("xx…")
    assert len(finding.message) < 250
    message = judged({}, {"requirements.txt": "flask==1.0\n"}).findings[0].message
    assert message == "flask 1.0 has CVE-3 (GHSA-3). N/A"


def test_several_versions_of_a_package_are_each_audited(judged):
    text = 'django==3.2.1 ; python_version < "3.9"\ndjango==4.0 ; python_version >= "3.9"\nclick==1.0+local\n'
    outcome = judged({}, {"requirements.txt": text})
    assert str(outcome.examined) == "3 pins"
    assert told(outcome) == [("PYSEC-1", "requirements.txt", 1), ("PYSEC-2", "requirements.txt", 1)]


def test_one_version_in_two_spellings_is_asked_about_once_and_found_twice(judged):
    outcome = judged({}, {"requirements.txt": "flask==1.0\n", "requirements-dev.txt": "flask==1.0.0\n"})
    assert sorted(told(outcome)) == [("CVE-3", "requirements-dev.txt", 1), ("CVE-3", "requirements.txt", 1)]
    assert str(outcome.examined) == "1 pin"


# --- which manifests ---


def test_only_what_the_change_touches_is_looked_at_unless_the_policy_says_all(judged):
    base = {"requirements.txt": "flask==1.0\n", "a/requirements-dev.txt": "click==8.0\n"}
    head = {"a/requirements-dev.txt": "click==8.1\n"}
    assert judged(base, head).findings == ()
    outcome = judged(base, head, audit="all")
    assert told(outcome, introduced=False) == [("CVE-3", "requirements.txt", 1)]


def test_with_all_a_change_of_code_alone_is_judged(judged):
    outcome = judged({"requirements.txt": "flask==1.0\n"}, {"code.py": "x = 1\n"}, audit="all", old="block")
    assert told(outcome) == [("CVE-3", "requirements.txt", 1)]


def test_the_gate_is_not_for_changes_without_a_manifest_or_that_only_delete_one():
    def applies(*paths, **options):
        change = Change("main", "b", "h", "b", "t", "u", tuple(paths))
        return Dependencies(**options).applies(change)

    code, gone = (
        ChangedPath("a.py", "added", "1", None),
        ChangedPath("requirements.txt", "deleted", None, "1"),
    )
    assert not applies(code, gone)
    assert applies(ChangedPath("sub/requirements.txt", "added", "1", None))
    assert applies(code, audit="all")
    assert not applies(audit="all")
    assert applies(code, manifests=("*.py",))


def test_a_pyproject_whose_dependencies_stay_is_not_its_matter(judged):
    project = '[project]\ndependencies = ["flask==1.0"]\n'
    answer = judged(
        {"pyproject.toml": project}, {"pyproject.toml": project + "[tool.ruff]\nline-length = 100\n"}
    )
    assert answer == NotApplicable("no dependency is added, altered or removed")


def test_a_library_that_declares_only_ranges_is_not_its_matter_and_that_is_said(judged):
    answer = judged(
        {"pyproject.toml": "[project]\n"}, {"pyproject.toml": '[project]\ndependencies = ["flask>=1"]\n'}
    )
    assert isinstance(answer, NotApplicable)
    assert "only ranges are declared there (flask>=1), and no lock file was found" in answer.reason
    answer = judged({}, {"pyproject.toml": "[project]\n"})
    assert "none is declared there" in answer.reason


@pytest.mark.parametrize("lock", ["uv.lock", "apps/uv.lock"])
def test_the_lock_beside_or_above_says_what_a_projects_ranges_are(judged, lock):
    locked = '[[package]]\nname = "flask"\nversion = "1.0"\nsource = {registry = "x"}\n'
    outcome = judged(
        {"apps/shop/pyproject.toml": "[project]\n", lock: locked},
        {"apps/shop/pyproject.toml": '[project]\ndependencies = ["flask>=1", "click>=8"]\n'},
    )
    assert told(outcome) == [("unpinned", "apps/shop/pyproject.toml", 2)]
    assert told(outcome, introduced=False) == [("CVE-3", lock, 1)]


def test_included_files_are_read_and_those_that_no_pattern_matches_are_named(judged):
    outcome = judged(
        {"deps/base.lst": "flask==1.0\n", "requirements.txt": "click==8.0\n"},
        {
            "requirements.txt": "click==8.0\n-r deps/base.lst\n-r requirements-x.txt\n",
            "requirements-x.txt": "attrs==1.0\n",
        },
    )
    assert told(outcome) == [("CVE-3", "deps/base.lst", 1)]
    assert (
        "not matched by `manifests`, so that a change of it alone is not seen: deps/base.lst."
        in outcome.notes[1]
    )
    assert "requirements-x.txt" not in outcome.notes[1]


def test_a_base_that_cannot_be_read_has_nothing_old_and_that_is_said(judged):
    lock = '[[package]]\nname = "flask"\nversion = "1.0"\nsource = {registry = "x"}\n'
    outcome = judged({"uv.lock": "<<<<<<<\n"}, {"uv.lock": lock})
    assert told(outcome) == [("CVE-3", "uv.lock", 1)]
    assert outcome.notes[1].startswith("On the base, uv.lock is not TOML")
    project = '[project]\ndependencies = ["flask==1.0"]\n'
    assert told(judged({"pyproject.toml": "<<<<<<<\n"}, {"pyproject.toml": project}))


def test_a_manifest_that_cannot_be_read_is_an_error(judged):
    with pytest.raises(ToolError, match=r"uv\.lock is not TOML"):
        judged({}, {"uv.lock": "<<<<<<<\n"})


# --- what is not audited ---


def test_what_is_not_audited_is_named_and_said_to_be_new_where_it_is(judged):
    base = {"requirements.txt": "click==8.0\nold>=1\ngit+https://example.org/old.git\n"}
    head = {
        "requirements.txt": base["requirements.txt"]
        + "new>=1\ngit+https://example.org/new.git\n-e lib\nnew>=1\n"
    }
    outcome = judged(base, head)
    assert told(outcome) == [
        ("unpinned", "requirements.txt", 4),
        ("unaudited", "requirements.txt", 5),
        ("unaudited", "requirements.txt", 6),
        ("unpinned", "requirements.txt", 7),
    ]
    assert len(told(outcome, introduced=False)) == 2
    assert [f.effect for f in outcome.findings if f.introduced] == [None, None, Effect.NOTE, None]
    assert all(f.fix and "is not audited: " in f.message for f in outcome.findings)
    effects = {rule.name: rule.effect for rule in Dependencies.rules}
    assert effects == {"advisory": Effect.BLOCK, "unaudited": Effect.APPROVAL, "unpinned": Effect.NOTE}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "git+https://example.org/x.git\n",
        "x @ https://example.org/x.whl\n",
        "django>=3\n",
        "-e lib\n",
        "-e .\n",
    ],
)
def test_a_requirements_file_in_which_nothing_can_be_audited_is_an_error(judged, text):
    with pytest.raises(CannotTell, match=r"nothing in requirements\.txt could be audited") as raised:
        judged({"requirements.txt": "click==8.0\n"}, {"requirements.txt": text + "# changed\n"})
    assert raised.value.fix
    for word in text.split():
        assert word in raised.value.message or text.startswith(("#", "-e"))


@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock", "pylock.toml"])
def test_an_empty_lock_is_an_error(judged, name):
    with pytest.raises(CannotTell, match="it lists none"):
        judged({}, {name: "version = 1\n"})


def test_a_project_whose_only_dependency_is_an_address_is_an_error(judged):
    with pytest.raises(CannotTell, match="it comes from an address of its own"):
        judged({}, {"pyproject.toml": '[project]\ndependencies = ["x @ https://example.org/x.whl"]\n'})


def test_packages_of_ones_own_are_named_and_nobody_is_asked_about_them(judged):
    outcome = judged({}, {"requirements.txt": "acme_core==1.0\nclick==8.0\n"}, private=("Acme._*",))
    assert "Not audited, since the policy calls them private: acme-core." in outcome.notes
    assert str(outcome.examined) == "1 pin"
    with pytest.raises(CannotTell):
        judged({}, {"requirements.txt": "acme_core==1.0\n"}, private=("acme-*",))
    with pytest.raises(CannotTell):
        judged({}, {"pyproject.toml": '[project]\ndependencies = ["acme_core==1.0"]\n'}, private=("acme-*",))


# --- the source ---


def test_offline_without_an_import_is_an_error_with_the_command(judged):
    with pytest.raises(ToolError, match="none were imported") as raised:
        judged({}, {"requirements.txt": "click==8.0\n"}, supplies={}, source="offline")
    assert "gatecheck advisories import FILE" in raised.value.fix


def test_data_that_are_too_old_are_an_error_with_the_command(judged, brought):
    old = [record("PYSEC-1", "django", ("introduced", "1.0"), modified="2025-11-01T00:00:00Z")]
    with pytest.raises(
        ToolError, match=r"62 days old \(newest record: 2025-11-01\), and the policy takes 30"
    ) as raised:
        judged({}, {"requirements.txt": "click==8.0\n"}, supplies=brought(old))
    assert "gatecheck advisories import FILE" in raised.value.fix
    judged({}, {"requirements.txt": "click==8.0\n"}, supplies=brought(old), max_age=62)


def test_a_file_of_advisories_that_was_changed_is_an_error(judged, brought):
    supplies = brought()
    supplies["advisories"].write_bytes(supplies["advisories"].read_bytes().replace(b"PYSEC-1", b"PYSEC-9"))
    with pytest.raises(ToolError, match="was changed"):
        judged({}, {"requirements.txt": "click==8.0\n"}, supplies=supplies)


def test_advisories_that_are_imported_meanwhile_are_not_mixed_with_the_old_ones(room, brought, monkeypatch):
    workspace = room({}, {"requirements.txt": "click==8.0\n"}, supplies=brought())
    supply = workspace.supply("advisories")
    monkeypatch.setattr(workspace, "supply", lambda _: supply, raising=False)
    brought(RECORDS[:1])
    with pytest.raises(ToolError, match="imported while the gate began"):
        Dependencies().check(workspace)


def test_a_canary_that_the_data_do_not_know_is_an_error(judged):
    with pytest.raises(ToolError, match=r"has no advisory for click 8\.0, which is known to be vulnerable"):
        judged({}, {"requirements.txt": "attrs==1.0\n"}, canary="click==8.0")
    judged({}, {"requirements.txt": "attrs==1.0\n"}, canary="flask==0.1")


@pytest.mark.parametrize(
    "options",
    [
        {"canary": "click"},
        {"canary": "click>=1"},
        {"canary": "not a pin"},
        {"url": "https://example.org"},
        {"url": "ftp://example.org", "source": "osv"},
    ],
)
def test_options_that_mean_nothing_are_refused(options):
    with pytest.raises(ValueError, match=r"pin|url"):
        Dependencies(**options)


KNOWN = {("jinja2", "2.11.2"): "PYSEC-2021-66", ("flask", "1.0"): "PYSEC-5"}


def osv_answer(name, version):
    id_ = KNOWN.get((name, version))
    if id_ is None:
        return 200, {}
    return 200, {
        "vulns": [
            record(
                id_,
                name,
                ("introduced", "0"),
                ("fixed", "3.0"),
                summary="Bad.",
                published="2026-01-01T00:00:00Z",
            )
        ]
    }


def pypi_answer(name, version):
    if name == "acme":
        return 404, {}
    id_ = KNOWN.get((name, version))
    found = [
        {
            "id": id_,
            "aliases": ["CVE-5"],
            "fixed_in": ["3.0"],
            "summary": "Bad.",
            "details": "",
            "withdrawn": None,
        }
    ]
    return 200, {"info": {}, "vulnerabilities": found if id_ else []}


def test_an_osv_service_is_asked_and_the_answer_holds_for_an_hour(judged, services):
    with services.osv(osv_answer) as url:
        outcome = judged({}, {"requirements.txt": "flask==1.0\nclick==8.0\n"}, source="osv", url=url)
    assert told(outcome) == [("PYSEC-5", "requirements.txt", 1)]
    assert f"Advisories: as OSV at {url} had them on 2026-01-02, 00:00 UTC." in outcome.notes
    assert outcome.until == judged.workspace.now + sources.FRESH


@pytest.mark.parametrize("choice", ["pypi", "auto"])
def test_pypi_is_asked_where_nothing_was_imported(judged, tmp_path, choice, services):
    supplies = {} if choice == "auto" else None
    with services.pypi(pypi_answer, tmp_path) as environment:
        outcome = judged(
            {},
            {"requirements.txt": "flask==1.0\nclick==8.0\n"},
            source=choice,
            environment=environment,
            supplies=supplies,
        )
    assert told(outcome) == [("PYSEC-5", "requirements.txt", 1)]
    assert "as PyPI had them" in outcome.notes[0]


def test_what_the_service_skips_is_an_error_that_names_it(judged, tmp_path, services):
    with services.pypi(pypi_answer, tmp_path) as environment:
        with pytest.raises(
            ToolError, match=r"did not answer for acme 1\.0 \(Dependency not found on PyPI"
        ) as raised:
            judged(
                {}, {"requirements.txt": "acme==1.0\nclick==8.0\n"}, source="pypi", environment=environment
            )
        assert "`private`" in raised.value.fix
        judged(
            {},
            {"requirements.txt": "acme==1.0\nclick==8.0\n"},
            source="pypi",
            environment=environment,
            private=("acme",),
        )


def test_what_is_skipped_on_the_base_alone_is_no_error(judged, tmp_path, services):
    with services.pypi(pypi_answer, tmp_path) as environment:
        outcome = judged(
            {"requirements.txt": "acme==1.0\nclick==8.0\n"},
            {"requirements.txt": "click==8.0\n"},
            source="pypi",
            environment=environment,
        )
    assert "Of the base's acme 1.0 nothing is known, so nothing of theirs counts as old." in outcome.notes


def test_a_service_without_data_is_an_error(judged, tmp_path, services):
    for answer in ((200, {"info": {}}), (404, {})):
        with services.pypi(lambda *_, answer=answer: answer, tmp_path) as environment:
            why = r"PyPI has no advisory for jinja2 2\.11\.2.*: it has no data"
            with pytest.raises(ToolError, match=why):
                judged({}, {"requirements.txt": "flask==1.0\n"}, source="pypi", environment=environment)
    with services.osv(lambda *_: (200, {})) as url, pytest.raises(ToolError, match="it has no data"):
        judged({}, {"requirements.txt": "flask==1.0\n"}, source="osv", url=url)


@pytest.mark.parametrize("answer", [(500, {}), (200, b"<html>"), (429, {})])
def test_a_service_that_answers_with_something_else_is_an_error(judged, answer, services):
    with services.osv(lambda *_: answer) as url, pytest.raises(ToolError) as raised:
        judged({}, {"requirements.txt": "flask==1.0\n"}, source="osv", url=url)
    assert raised.value.fix


def test_a_service_that_cannot_be_reached_is_an_error_with_the_command(judged, services):
    with services.osv(osv_answer) as url:
        pass  # nobody listens there any more
    with pytest.raises(ToolError, match="cannot be reached, so nothing was audited") as raised:
        judged({}, {"requirements.txt": "flask==1.0\n"}, source="osv", url=url)
    assert "gatecheck advisories import FILE" in raised.value.fix


# --- what pip-audit says of itself ---

FAKE = """
import sys
report = sys.argv[sys.argv.index("--output") + 1]
text = {text!r}
if text is not None:
    open(report, "w").write(text)
print("first line"); print("last line")
sys.exit({code})
"""
CANARY = {"name": "django", "version": "3.0", "vulns": [{"id": "PYSEC-1"}]}
CLICK = {"name": "click", "version": "8.0", "vulns": []}


def says(*dependencies):
    return json.dumps({"dependencies": dependencies})


@pytest.mark.parametrize(
    ("text", "code", "why"),
    [
        (None, 0, r"broke: it ended with exit code 0 and wrote no report.* last line"),
        (None, 1, "broke"),
        (says(CANARY, CLICK), 3, "broke: it ended with exit code 3"),
        ("", 0, "is empty"),
        ("[", 0, "is not the JSON"),
        ("[]", 0, "an array at the top"),
        ("{}", 0, "nothing at dependencies"),
        (says(), 0, "it has no data"),
        (says({**CANARY, "vulns": []}, CLICK), 0, "it has no data"),
        (says({"name": "django", "skip_reason": "no"}, CLICK), 0, "it has no data"),
        (says(CANARY), 1, r"did not answer for click 8\.0"),
        (says(CANARY, {"name": "click", "skip_reason": "not there"}), 1, r"click 8\.0 \(not there\)"),
        (says(CANARY, {**CLICK, "version": "9.0"}), 1, r"did not answer for click 8\.0"),
        (says(CANARY, {**CLICK, "version": "odd"}), 1, r"did not answer for click 8\.0"),
        (says(CANARY, {"name": "click", "version": "8.0"}), 1, "nothing at click/vulns"),
        (says(CANARY, {**CLICK, "vulns": [1]}), 1, "click/vulns"),
        (says(CANARY, CLICK), 1, "and never asked about it"),
    ],
)
def test_whatever_does_not_prove_that_all_was_audited_is_an_error(judged, monkeypatch, text, code, why):
    monkeypatch.setattr(pip_audit, "_START", FAKE.format(text=text, code=code))
    with pytest.raises(ToolError, match=why) as raised:
        judged({}, {"requirements.txt": "click==8.0\n"})
    assert raised.value.fix


def test_several_silent_pins_are_counted(judged, monkeypatch):
    monkeypatch.setattr(pip_audit, "_START", FAKE.format(text=says(CANARY), code=1))
    with pytest.raises(ToolError, match=r"click 8\.0, and 2 more like it"):
        judged({}, {"requirements.txt": "click==8.0\nclick==8.1\nclick==8.2\n"})


def test_a_pip_audit_that_is_not_there_is_an_error_that_says_where_to_install_it(judged, monkeypatch):
    monkeypatch.setattr(pip_audit, "_START", "import runpy; runpy.run_module('pip_audit_is_not_here')")
    with pytest.raises(ToolError, match="is not installed beside gatecheck") as raised:
        judged({}, {"requirements.txt": "click==8.0\n"})
    assert sys.executable in raised.value.fix
    monkeypatch.setattr("gatecheck_gates.dependencies.find_spec", lambda _: None)
    assert Dependencies().programs == (sys.executable,)


def test_a_pip_audit_that_says_nothing_and_ends_badly_is_an_error(judged, monkeypatch):
    monkeypatch.setattr(pip_audit, "_START", "import os; os._exit(7)")
    with pytest.raises(ToolError, match=r"exit code 7 and wrote no report\.$"):
        judged({}, {"requirements.txt": "click==8.0\n"})


def test_a_pip_audit_that_does_not_end_is_an_error(room, brought, monkeypatch):
    monkeypatch.setattr(pip_audit, "_START", "import time; time.sleep(60)")
    workspace = room({}, {"requirements.txt": "click==8.0\n"}, supplies=brought(), limit=0.5)
    with pytest.raises(ToolError, match="did not end within its") as raised:
        Dependencies().check(workspace)
    assert "timeout" in raised.value.fix


def test_the_gates_own_pip_audit_is_part_of_what_an_answer_depends_on():
    interpreter, module = Dependencies().programs
    assert interpreter == sys.executable
    assert Path(module).name == "__init__.py"
    assert "pip_audit" in module
    assert Dependencies.supplies == ("advisories",)


def test_neither_the_tree_nor_the_environment_steers_pip_audit(judged, tmp_path):
    mark = tmp_path / "ran"
    evil = f"open({str(mark)!r}, 'w').write('x')\n"
    names = (
        "pip_audit.py",
        "pip/__init__.py",
        "pip/__main__.py",
        "requests.py",
        "sitecustomize.py",
        "json.py",
    )
    tree = tmp_path / "tree"
    for name in names:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(evil)
    environment = {
        "PYTHONPATH": str(tree),
        "PYTHONSTARTUP": str(tree / "json.py"),
        "PATH": os.environ["PATH"],
    }
    files = dict.fromkeys(names, evil)
    outcome = judged(files, {"requirements.txt": "django==3.2.1\n"}, environment=environment)
    assert len(outcome.findings) == 2
    assert not mark.exists()


# --- the server ---


def post(url, data, **headers):
    request = urllib.request.Request(url, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


@pytest.fixture
def advisories(brought):
    return read_advisories(brought()["advisories"].read_bytes())


def test_the_server_answers_as_osv_does_as_long_as_it_lives(advisories):
    question = json.dumps({"package": {"name": "Django", "ecosystem": "PyPI"}, "version": "3.2.1"}).encode()
    with server.serving(advisories) as served:
        assert served.url.startswith("http://127.0.0.1:")
        status, answer = post(served.url, question)
        assert status == 200
        assert [each["id"] for each in answer["vulns"]] == ["PYSEC-1", "PYSEC-2"]
        (events,) = [each["ranges"][0]["events"] for each in answer["vulns"][0]["affected"]]
        assert {"fixed": "3.2.4"} in events
        assert post(served.url, question.replace(b"Django", b"click")) == (200, {})
        assert served.asked == {("Django", "3.2.1"), ("click", "3.2.1")}
    with pytest.raises(urllib.error.URLError):
        post(served.url, question)


@pytest.mark.parametrize("data", [b"{", b"[]", b'{"version": "1"}', b"\xff"])
def test_what_is_no_question_gets_no_answer(advisories, data):
    with server.serving(advisories) as served:
        assert post(served.url, data)[0] == 400
        assert served.asked == set()


def test_nobody_else_on_the_machine_is_answered(advisories):
    with server.serving(advisories) as served:
        guess = served.url.rsplit("/", 2)[0] + "/v1/query"
        assert post(guess, b"{}")[0] == 404
        assert post(served.url, b"x" * 70_000)[0] == 404
        assert post(served.url, b"{}", **{"Content-Length": "x"})[0] == 404


def test_a_client_that_goes_away_disturbs_nobody(advisories, capfd):
    import socket  # noqa: PLC0415 -- only here

    with server.serving(advisories) as served:
        host, _, rest = served.url.removeprefix("http://").partition(":")
        port = int(rest.partition("/")[0])
        for _ in range(3):
            with socket.create_connection((host, port)) as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: 5\r\n")
        assert post(served.url, b"{")[0] == 400
    assert capfd.readouterr().err == ""
