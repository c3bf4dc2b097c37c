"""Advisories are brought in from whatever form they come in, whole or not at all, and shown."""

from __future__ import annotations

import json
import os
import stat
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gatecheck import advisories
from gatecheck.advisories import bring_in, documents, keep, kept
from gatecheck.errors import CannotTell, ToolError, UsageError
from gatecheck.formats.advisories import read_advisories
from gatecheck.place import supply

NOW = datetime(2026, 1, 2, tzinfo=UTC)
RECORD = {
    "id": "PYSEC-2026-1",
    "modified": "2026-01-01T00:00:00Z",
    "affected": [{"package": {"name": "django", "ecosystem": "PyPI"}, "versions": ["1.0"]}],
}
OTHER = {
    **RECORD,
    "id": "PYSEC-2026-2",
    "affected": [{"package": {"name": "flask", "ecosystem": "PyPI"}, "versions": ["1.0"]}],
}
YAML = """\
id: PYSEC-2026-2
modified: 2026-01-01T00:00:00Z
withdrawn:
aliases: ~
affected:
- package: {name: flask, ecosystem: PyPI}
  ranges:
  - type: ECOSYSTEM
    events:
    - introduced: 0
    - fixed: 1.10
  versions: [1.1, 2.20]
"""


def ids(imported):
    found = read_advisories(imported.content)
    return {each.id for name in ("django", "flask") for each in found.affecting(name, "1.0")}


@pytest.mark.parametrize(
    "document", [RECORD, [RECORD, OTHER], {"vulns": [RECORD, OTHER]}], ids=["one", "list", "answer"]
)
def test_a_json_file_holds_one_record_or_a_list(tmp_path, document):
    path = tmp_path / "export.json"
    path.write_text(json.dumps(document))
    assert ids(bring_in(path, NOW)) == {"PYSEC-2026-1", *(["PYSEC-2026-2"] if document != RECORD else [])}


def test_yaml_is_read_without_turning_versions_into_numbers_or_dates_into_objects(tmp_path):
    path = tmp_path / "PYSEC-2026-2.yaml"
    path.write_text(YAML)
    found = read_advisories(bring_in(path, NOW).content)
    assert found.about.newest.startswith("2026-01-01")
    assert found.affecting("flask", "1.9.0")
    assert not found.affecting("flask", "1.10")
    assert found.affecting("flask", "2.20")
    assert not found.affecting("flask", "2.2")


def test_a_folder_is_looked_through_without_what_belongs_to_tools(tmp_path):
    for name, text in {
        "vulns/django/a.json": json.dumps(RECORD),
        "vulns/flask/b.yml": YAML,
        "vulns/.id-allocator": "x",
        ".github/workflows/ci.yaml": "a: [",
        "vulns/.hidden.json": "[",
        "README.md": "text",
        "triage/list.yaml": "- one\n- two\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    os.mkfifo(tmp_path / "vulns" / "pipe.json")
    imported = bring_in(tmp_path, NOW)
    assert ids(imported) == {"PYSEC-2026-1", "PYSEC-2026-2"}
    assert any("2 documents hold no advisory: triage/list.yaml" in note for note in imported.notes)


def test_a_zip_is_read_member_by_member(tmp_path):
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.json", json.dumps(RECORD))
        archive.writestr("folder/", "")
        archive.writestr("folder/b.yaml", YAML)
        archive.writestr("README.md", "text")
    assert ids(bring_in(path, NOW)) == {"PYSEC-2026-1", "PYSEC-2026-2"}


def test_a_zip_and_a_folder_of_the_same_records_say_the_same(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.json").write_text(json.dumps([RECORD, OTHER]))
    with zipfile.ZipFile(tmp_path / "folder.zip", "w") as archive:
        archive.write(tmp_path / "folder" / "a.json", "a.json")
    one, other = (bring_in(tmp_path / name, NOW).content for name in ("folder", "folder.zip"))
    assert one.split(b"\n")[3:] == other.split(b"\n")[3:]


def test_what_is_left_out_or_doubtful_is_said(tmp_path):
    path = tmp_path / "export.json"
    npm = {**RECORD, "affected": [{"package": {"name": "x", "ecosystem": "npm"}}]}
    commits = [
        {**RECORD, "id": f"PYSEC-{n}", "affected": [{"package": {"name": "x", "ecosystem": "PyPI"}}]}
        for n in range(7)
    ]
    odd = {
        **RECORD,
        "affected": [
            {**RECORD["affected"][0], "ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "odd"}]}]}
        ],
    }
    path.write_text(json.dumps([RECORD, npm, *commits, odd, {"no": "record"}]))
    said = " ".join(bring_in(path, NOW).notes)
    assert "1 records are not about packages of PyPI" in said
    assert "1 documents hold no advisory: export.json" in said
    assert (
        "7 advisories name neither versions nor ranges, and match nothing: PYSEC-0, PYSEC-1, PYSEC-2, PYSEC-3, PYSEC-4, ..."
        in said
    )
    assert "1 versions in ranges cannot be compared" in said


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b"{"),
        ("a.json", b""),
        ("a.yaml", b"a: [\n"),
        ("a.yaml", b"a: !!python/object:os.system x\n"),
        ("a.yaml", b"x: " + b"[" * 50_000),
        ("a.json", b'{"id": 1, "affected": []}'),
    ],
)
def test_a_damaged_file_is_named_and_nothing_is_taken(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    (tmp_path / "good.json").write_text(json.dumps(RECORD))
    with pytest.raises(ToolError, match=name) as raised:
        bring_in(tmp_path, NOW)
    assert raised.value.fix


def test_a_file_beyond_the_bound_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "MAX_BYTES", 10)
    (tmp_path / "a.yaml").write_text(YAML)
    with pytest.raises(ToolError, match="more than 10 bytes"):
        bring_in(tmp_path, NOW)


def test_a_damaged_zip_is_named(tmp_path):
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", json.dumps([RECORD] * 500))
    data = bytearray(path.read_bytes())
    data[60:80] = b"\0" * 20
    path.write_bytes(data)
    with pytest.raises(ToolError, match="damaged zip"):
        bring_in(path, NOW)


def test_an_export_that_is_not_there_is_a_question_put_wrongly(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        bring_in(tmp_path / "none.json", NOW)


def test_an_export_without_advisories_takes_nothings_place(tmp_path):
    (tmp_path / "a.json").write_text("[]")
    with pytest.raises(ToolError, match="holds no advisory"):
        bring_in(tmp_path, NOW)


# --- where it lies ---


def test_what_is_kept_is_found_again_and_no_half_of_it_stays(tmp_path, monkeypatch):
    (tmp_path / "a.json").write_text(json.dumps(RECORD))
    content = bring_in(tmp_path, NOW).content
    path = keep(content)
    assert kept()[0] == path == Path(supply("advisories"))
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "no space left")))
    with pytest.raises(CannotTell, match="no space left"):
        keep(b"other")
    assert [entry.name for entry in path.parent.iterdir()] == ["advisories"]
    assert path.read_bytes() == content


def test_what_was_never_brought_in_is_not_shown():
    with pytest.raises(UsageError, match="no advisories were imported"):
        kept()


def test_what_cannot_be_read_is_named():
    Path(supply("advisories")).mkdir(parents=True)
    with pytest.raises(CannotTell, match="cannot be read"):
        kept()


def test_the_package_says_what_it_offers():
    assert set(advisories.__all__) == {"Imported", "bring_in", "keep", "kept"}


# --- the commands ---


@pytest.fixture
def export(tmp_path):
    path = tmp_path / "export.json"
    fresh = (datetime.now(UTC) - timedelta(days=3)).isoformat()
    path.write_text(
        json.dumps(
            [{**RECORD, "modified": fresh, "aliases": ["CVE-1"], "summary": "bad \u001b[31m"}, OTHER, {}]
        )
    )
    return path


def test_import_and_show_say_how_much_and_how_old(project, export):
    assert project.gatecheck("advisories", "show").returncode == 2
    done = project.gatecheck("advisories", "import", str(export))
    assert done.returncode == 0, done.stderr
    assert "2 advisories about 2 packages of PyPI, from export.json" in done.stdout
    assert "(3 days ago)" in done.stdout
    assert "note: 1 documents hold no advisory" in done.stdout
    shown = project.gatecheck("advisories", "show")
    assert shown.stdout == done.stdout.partition("\n")[2]
    assert not stat.S_IMODE(Path(supply("advisories")).stat().st_mode) & 0o022


def test_show_answers_for_pins(project, export):
    project.gatecheck("advisories", "import", str(export))
    done = project.gatecheck("advisories", "show", "Django==1.0", "click==1.0", "flask==1.0")
    assert done.returncode == 0
    assert "Django==1.0: 1\n  PYSEC-2026-1 (CVE-1): bad " in done.stdout
    assert "click==1.0: 0\n" in done.stdout
    assert "  PYSEC-2026-2: \n" in done.stdout or "  PYSEC-2026-2:\n" in done.stdout
    assert "\u001b" not in done.stdout
    assert project.gatecheck("advisories", "show", "django").returncode == 2


def test_an_import_that_fails_leaves_the_earlier_one(project, export, tmp_path):
    project.gatecheck("advisories", "import", str(export))
    before = project.gatecheck("advisories", "show").stdout
    (tmp_path / "bad.json").write_text("[")
    assert project.gatecheck("advisories", "import", str(tmp_path / "bad.json")).returncode == 4
    assert project.gatecheck("advisories", "import", str(tmp_path / "none.json")).returncode == 2
    assert project.gatecheck("advisories", "show").stdout == before


def test_cleaning_the_cache_leaves_what_was_brought_in(project, export):
    project.gatecheck("advisories", "import", str(export))
    project.gatecheck("clean", "--all")
    assert project.gatecheck("advisories", "show").returncode == 0
