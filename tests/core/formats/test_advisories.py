"""Which versions an advisory is about, and a compacted file that says so and cannot be changed unseen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from gatecheck.errors import ToolError
from gatecheck.formats.advisories import Advisory, compacted, osv, read_advisories, read_record
from gatecheck.formats.advisories.matching import START, covers, ordered

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def affected(name="django", **more):
    return {"package": {"name": name, "ecosystem": "PyPI"}, **more}


def events(*pairs, kind="ECOSYSTEM"):
    return {"type": kind, "events": [{name: at} for name, at in pairs]}


def osv_record(*entries, id_="PYSEC-2026-1", **more):
    return {"id": id_, "modified": "2026-01-01T00:00:00Z", "affected": list(entries), **more}


def only(*entries, **more):
    """The advisory of the only package of a record."""
    ((_, advisory),) = read_record(osv_record(*entries, **more), "x.json").packages
    return advisory


# --- matching ---


def test_versions_and_ranges_are_a_union():
    advisory = only(
        affected(ranges=[events(("introduced", "2.0"), ("fixed", "2.5"))], versions=["1.0", "2.1"])
    )
    assert advisory.versions == ("1.0",)
    assert [v for v in ("0.9", "1.0", "1.1", "2.0", "2.4", "2.5") if advisory.affects(v)] == [
        "1.0",
        "2.0",
        "2.4",
    ]


def test_events_toggle_in_the_order_of_versions_however_they_are_written():
    written = [
        ("fixed", "3.2.4"),
        ("introduced", "3.0"),
        ("introduced", "0"),
        ("fixed", "2.2.24"),
        ("introduced", "3.2"),
        ("fixed", "3.1.12"),
    ]
    advisory = only(affected(ranges=[events(*written)]))
    affecting = ["1.0", "2.2.23", "3.0", "3.1.11", "3.2", "3.2.3", "3.2a1"]
    for version in affecting[:-1]:
        assert advisory.affects(version), version
    for version in ("2.2.24", "2.9", "3.1.12", "3.2.4", "4.0", "3.2a1"):
        assert not advisory.affects(version), version
    assert advisory.fixes("3.0") == ("3.1.12", "3.2.4")


def test_versions_are_compared_and_not_their_spelling():
    advisory = only(affected(versions=["1.8c1", "V2.0-post1", "not a version", "1.10"]))
    for version in ("1.8rc1", "2.0.post1", "1.10.0", "1.10", "1.10+cpu"):
        assert advisory.affects(version), version
    assert not advisory.affects("1.1")
    assert not advisory.affects("1.8")
    assert advisory.affects("not a version")
    assert not advisory.affects("another")


def test_numbers_are_compared_as_numbers():
    advisory = only(affected(ranges=[events(("introduced", "1.9"), ("fixed", "1.10"))]))
    assert advisory.affects("1.9.9")
    assert not advisory.affects("1.10")


def test_a_build_with_a_local_label_is_affected_as_what_it_is_a_build_of():
    advisory = only(affected(ranges=[events(("introduced", "1.0"), ("last_affected", "2.0"))]))
    assert advisory.affects("2.0")
    assert advisory.affects("2.0+cu118")
    assert not advisory.affects("2.0.1")


@pytest.mark.parametrize(
    ("limit", "version", "affects"), [("2.0", "1.5", True), ("2.0", "2.0", False), ("*", "3.0", True)]
)
def test_a_limit_ends_what_is_looked_at(limit, version, affects):
    advisory = only(affected(ranges=[events(("introduced", "1.0"), ("limit", limit))]))
    assert advisory.affects(version) is affects


def test_what_cannot_be_compared_counts_as_more_and_never_as_less():
    record = read_record(
        osv_record(
            affected(ranges=[events(("introduced", "r12"), ("fixed", "one")), events(("fixed", "2.0"))])
        ),
        "x",
    )
    ((_, advisory),) = record.packages
    assert record.odd == 2
    assert advisory.ranges == ((("introduced", START),), (("introduced", START), ("fixed", "2.0")))
    assert advisory.affects("99")


def test_a_range_that_begins_where_another_ends_is_affected_there():
    events_, _ = ordered([("introduced", "2.0"), ("fixed", "2.0"), ("introduced", "1.0")])
    assert covers(events_, Version("2.0"))


_VERSIONS = st.integers(1, 12).map(lambda n: f"1.{n}")


@given(st.lists(st.tuples(_VERSIONS, _VERSIONS), min_size=1, max_size=4), st.randoms(), _VERSIONS)
def test_any_order_of_events_says_the_same_as_intervals_would(intervals, random, version):
    # intervals that do not touch: [a, b) in turn
    points = sorted({Version(v) for pair in intervals for v in pair})
    pairs = list(zip(points[::2], points[1::2], strict=False))
    written = [event for a, b in pairs for event in (("introduced", str(a)), ("fixed", str(b)))]
    random.shuffle(written)
    wanted = any(a <= Version(version) < b for a, b in pairs)
    advisory = only(affected(ranges=[events(*written)]))
    assert advisory.affects(version) is wanted


# --- records ---


def test_only_packages_of_pypi_are_kept_under_their_canonical_names():
    other = {"package": {"name": "django", "ecosystem": "npm"}, "versions": ["1.0"]}
    record = read_record(
        osv_record(other, affected("Zope.Interface", versions=["1.0"]), {"versions": ["1"]}), "x"
    )
    assert [name for name, _ in record.packages] == ["zope-interface"]
    assert read_record(osv_record(other), "x").packages == ()


def test_several_entries_of_a_package_are_one_advisory():
    advisory = only(affected(versions=["1.0"]), affected("Django", versions=["2.0"]))
    assert advisory.versions == ("1.0", "2.0")


def test_commits_match_nothing_and_that_is_counted():
    record = read_record(osv_record(affected(ranges=[events(("introduced", "0"), kind="GIT")])), "x")
    assert record.unmatched == 1
    assert not record.packages[0][1].affects("1.0")


def test_a_range_without_events_is_none():
    assert only(affected(ranges=[{"type": "ECOSYSTEM"}], versions=None)).ranges == ()


def test_a_summary_is_one_line_of_bounded_length():
    assert only(affected(), summary="a\n b").summary == "a b"
    assert only(affected(), details="x" * 1000).summary == "x" * 299 + "…"
    assert only(affected()).summary == ""


@pytest.mark.parametrize(
    "date",
    ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00.123456+01:00", "2026-01-01T00:00:00.1Z", "2026-01-01"],
)
def test_a_date_is_read_as_the_moment_that_it_is(date):
    assert read_record({**osv_record(), "modified": date}, "x").modified.replace(microsecond=0) == datetime(
        2026, 1, 1, tzinfo=UTC
    )


@pytest.mark.parametrize("date", [None, 1, "yesterday", "2026-13-01"])
def test_what_is_no_date_is_none(date):
    assert read_record({**osv_record(), "modified": date}, "x").modified is None


@pytest.mark.parametrize("document", [None, [], "x", {}, {"id": "x"}, {"affected": []}])
def test_other_documents_are_no_records(document):
    assert read_record(document, "x") is None


@pytest.mark.parametrize(
    "broken",
    [
        {"id": 1, "affected": []},
        {"id": "x", "affected": {}},
        {"id": "x", "affected": [1]},
        {"id": "x", "affected": [{"package": 1}]},
        {"id": "x", "affected": [{"package": {"ecosystem": "PyPI"}}]},
        osv_record(affected(versions=[1.1])),
        osv_record(affected(ranges=[1])),
        osv_record(affected(ranges=[events(("introduced", 1))])),
        osv_record(affected(), aliases="CVE-1"),
        osv_record(affected(), summary=[1]),
    ],
)
def test_a_record_of_other_types_is_an_error_with_its_file_and_place(broken):
    with pytest.raises(ToolError, match=r"some\.json has \w+ at ") as raised:
        read_record(broken, "some.json")
    assert raised.value.fix


def test_a_record_that_was_made_to_be_slow_is_refused(monkeypatch):
    monkeypatch.setattr(osv, "MOST", 10)
    with pytest.raises(ToolError, match="more than 10"):
        read_record(osv_record(affected(versions=["1"] * 20)), "x")


# --- the compacted file ---


def records():
    return [
        read_record(
            osv_record(
                affected(ranges=[events(("introduced", "1.0"), ("fixed", "1.2"))]),
                aliases=["CVE-1"],
                summary="Bad.",
            ),
            "a",
        ),
        read_record(osv_record(affected("flask", versions=["odd", "0.5"]), id_="PYSEC-2"), "b"),
        read_record(
            osv_record(
                affected("flask", versions=["0.6"]),
                id_="PYSEC-3",
                withdrawn="2026-01-01T00:00:00Z",
                modified="2026-01-01T12:00:00Z",
            ),
            "c",
        ),
        read_record(
            osv_record(affected("flask", versions=["0.7"]), id_="PYSEC-4", modified="2099-01-01T00:00:00Z"),
            "d",
        ),
    ]


def test_a_compacted_file_answers_for_the_packages_that_it_holds():
    found = read_advisories(compacted(records(), "export", NOW))
    assert found.affecting("Django", "1.1") == (
        Advisory("PYSEC-2026-1", ("CVE-1",), "Bad.", ((("introduced", "1.0"), ("fixed", "1.2")),), ()),
    )
    assert [each.id for each in found.affecting("flask", "0.5")] == ["PYSEC-2"]
    assert found.affecting("flask", "0.6") == ()
    assert found.affecting("click", "1.0") == ()
    about = found.about
    assert (about.advisories, about.packages, about.withdrawn, about.origin) == (3, 2, 1, "export")
    assert about.newest == "2026-01-01T12:00:00+00:00"
    assert about.moment == datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp()


def test_the_canary_is_a_pin_that_has_an_advisory():
    found = read_advisories(compacted(records(), "export", NOW))
    name, version, id_ = found.about.canary
    assert id_ in {each.id for each in found.affecting(name, version)}


def test_the_canary_may_be_the_last_version_that_is_affected():
    only_last = read_record(
        osv_record(affected(ranges=[events(("introduced", "0"), ("last_affected", "2.0"))])), "a"
    )
    assert read_advisories(compacted([only_last], "x", NOW)).about.canary == ("django", "2.0", "PYSEC-2026-1")


def test_the_canary_of_an_advisory_about_all_versions_is_the_first_of_all():
    every = read_record(osv_record(affected(ranges=[events(("introduced", "0"))])), "a")
    assert read_advisories(compacted([every], "x", NOW)).about.canary == ("django", "0", "PYSEC-2026-1")


@pytest.mark.parametrize(
    "useless",
    [
        [],
        [osv_record(affected(ranges=[events(("introduced", "0"), ("fixed", "2.0"))]), modified="2099-01-01")],
        [osv_record(affected(versions=["odd"]))],
        [osv_record(affected(versions=["1.0"]), withdrawn="2026-01-01")],
        [osv_record(affected(ranges=[{"type": "GIT", "events": []}]))],
    ],
)
def test_what_no_pin_could_match_is_not_taken(useless):
    with pytest.raises(ToolError, match="export holds no advisory"):
        compacted([read_record(each, "x") for each in useless], "export", NOW)


def test_the_same_records_make_the_same_bytes():
    assert compacted(records(), "export", NOW) == compacted(reversed(records()), "export", NOW)


def test_a_file_that_was_cut_or_changed_anywhere_is_not_read():
    whole = compacted(records(), "export", NOW)
    for place in range(len(whole)):
        with pytest.raises(ToolError, match="torn") as raised:
            read_advisories(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert "gatecheck advisories import" in raised.value.fix
    for length in range(len(whole)):
        with pytest.raises(ToolError, match="torn"):
            read_advisories(whole[:length])
