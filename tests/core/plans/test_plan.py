from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatecheck import plans
from gatecheck.plans.front import split
from gatecheck.plans.plan import LARGEST
from gatecheck.plans.template import PARTS


def test_a_finished_plan_has_no_flaw_and_says_what_it_declares(good, flaws):
    assert flaws(good) == []
    read = plans.read(good.encode(), "p.md")
    assert read.sections == 15
    assert read.front.steps["tell"].needs == ("raise",)
    assert [read.declares(path) for path in ("shop/a/b.py", "tests/t.py", "other.py", "x/shop/a.py")] == [
        True,
        True,
        False,
        False,
    ]


def test_the_ends_of_lines_and_a_byte_order_mark_change_nothing(good):
    plain = plans.read(good.encode(), "p.md")
    for other in (good.replace("\n", "\r\n").encode(), b"\xef\xbb\xbf" + good.encode()):
        read = plans.read(other, "p.md")
        assert (read.front, read.sections, read.flaws) == (plain.front, plain.sections, ())


def test_places_are_lines_of_the_file(good, flaws):
    wrong = good.replace("risk: low", "risk: none").replace(
        "There is no setting for it, before and after.", "tbd"
    )
    wrong = wrong.replace("## Migration\n", "## Migrations\n")
    numbers = {line: number for number, line in enumerate(wrong.split("\n"), 1)}
    assert [(rule, line) for rule, line, _ in flaws(wrong)] == [
        ("front-matter", numbers["risk: none"]),
        ("section", numbers["## Configuration"]),
        ("section", numbers["## Verification"]),  # what is missing is told at the last heading
    ]
    assert "did you mean 'migrations'" in flaws(wrong)[2][2]


@pytest.mark.parametrize("part", [part for part in PARTS if part.asks])
def test_every_part_must_be_there_and_answered(good, flaws, part):
    heading = f"{'#' * part.level} {part.title}\n"
    before, after = good.split(heading)
    answer, mark, rest = after.partition("\n#")
    assert flaws(before + mark.removeprefix("\n") + rest)[0][2].startswith(
        f"the section {part.title!r} is missing"
    )
    assert (
        flaws(f"{before}{heading}\n<!-- {answer} -->\n{mark}{rest}")[0][2]
        == f"the section {part.title!r} is empty"
    )
    assert (
        flaws(f"{before}{heading}\nn/a\n{mark}{rest}")[0][2]
        == f"the section {part.title!r} says 'n/a' and not why"
    )
    assert flaws(f"{before}{heading}{answer}\n{heading}more of it\n{mark}{rest}")[0][2].endswith(
        "is there twice"
    )


def test_the_parts_may_stand_in_any_order_and_at_any_level(good, flaws):
    head, *parts = good.split("\n## ")
    assert flaws("\n## ".join([head, *reversed(parts)])) == []
    assert flaws(good.replace("\n### ", "\n## ").replace("## Verification", "##### 9. verification:")) == []


def test_a_part_below_another_answers_for_itself_alone(good, flaws):
    text = good.replace(
        "Every customer sees it. The risk is low: one constant, and one commit takes it back.", ""
    )
    text = text.replace("\n## Testing\n", "\n")
    assert [message for _, _, message in flaws(text)] == ["the section 'Impact assessment' is empty"]


@pytest.mark.parametrize(
    ("old", "new", "rule", "words"),
    [
        ("title: Raise the price", "title: TODO", "front-matter", "`title` holds a placeholder"),
        ("risk: low", "risk: lowe", "front-matter", "expected low or medium or high"),
        ("risk: low", "risk: low\nrisk: high", "front-matter", "risk"),
        ("risk: low", "risk: low\nrisks: high", "front-matter", "unknown key 'risks' (did you mean 'risk'?)"),
        ("risk: low", "risk: low\nrisk-reason: none", "front-matter", "`risk-reason` says 'none' and not why"),
        ("risk: low", "risk: low\nsnapshot: backup-1", "front-matter", "`snapshot` is the tag, a space, and the id"),
        ("title: Raise the price\n", "", "front-matter", "'title' is missing"),
        ('components: {shop: ["/shop/**"], tests: ["/tests/**"]}', "components: {}", "component", "no component is declared"),
        ('shop: ["/shop/**"]', "shop: []", "component", "the component 'shop' has no path"),
        ('shop: ["/shop/**"]', 'shop: ["**"]', "component", "means every path"),
        ('shop: ["/shop/**"]', 'shop: ["*"]', "component", "means every path"),
        ('shop: ["/shop/**"]', 'shop: ["/*", "/*/**"]', "component", "means every path"),
        ('shop: ["/shop/**"]', 'shop: ["["]', "front-matter", "matches no path"),
        ('shop: ["/shop/**"]', "shop: /shop/**", "front-matter", "expected a list"),
        ("needs: [raise]", "needs: [rise]", "step", "the step 'tell' needs 'rise', and there is no such step (did you mean 'raise'?)"),
        ("needs: [raise]", "needs: [tell]", "step", "these steps wait for each other: 'tell' needs 'tell'"),
        ("    needs: [raise]\n", "", None, ""),
        ("does: Set the price to 2.", "does: n/a", "step", "`does` of step 'raise' says 'n/a' and not why"),
        ("    rollback: git revert the commit; nothing is stored with the old price.\n", "", "front-matter", "'rollback' is missing"),
        ("steps:\n", "steps: &all\n", "front-matter", "anchors are not read"),
        ("---\n\n# Raise", "\n# Raise", "front-matter", "there is no front matter"),
    ],
)  # fmt: skip
def test_each_thing_that_is_wrong_at_the_top_is_told(good, flaws, old, new, rule, words):
    assert old in good
    found = flaws(good.replace(old, new, 1))
    if rule is None:
        assert found == []
    else:
        assert [(kind, words in message) for kind, _, message in found] == [(rule, True)], found


def test_a_plan_without_steps_is_no_plan(good, flaws):
    before, _, after = good.partition("steps:\n")
    text = f"{before}steps: {{}}\n---\n{after.partition('---')[2]}"
    assert flaws(text) == [("step", 6, "there is no step")]


def test_everything_that_is_wrong_is_told_at_once(good, flaws):
    text = good.replace("title: Raise the price", "title: ''").replace('["/shop/**"]', "[]")
    text = (
        text.replace("needs: [raise]", "needs: [x, y]")
        .replace("None: the price changes", "tbd")
        .replace(" for all on the same day.", "")
    )
    assert [rule for rule, _, _ in flaws(text)] == ["front-matter", "component", "step", "step", "section"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"---",
        b"---\n",
        b"--- \n# x",
        b"text",
        b"\xff\xfe",
        b"---\n\xff\n---\n",
        b"---\n---\n\xff",
    ],
)
def test_what_is_no_plan_is_told_and_never_raised(data):
    read = plans.read(data, "p.md")
    assert read.flaws
    assert not read.declares("anything")


def test_a_byte_that_is_not_utf8_is_told_with_its_line(good, flaws):
    data = good.encode().replace(b"customer sees", b"customer \xff sees")
    line = data[: data.index(b"\xff")].count(b"\n") + 1
    assert flaws(data) == [("section", line, "this is not UTF-8")]


def test_a_plan_of_any_size_is_refused_in_no_time():
    (flaw,) = plans.read(b"#" * (LARGEST + 1), "p.md").flaws
    assert "at most 262,144 are read" in flaw.message


def test_many_other_headings_cost_nothing(good, flaws):
    text = good.replace("## Migration\n", "".join(f"## Part {n}\ntext\n" for n in range(10_000)))
    assert [message.partition(" (")[0] for _, _, message in flaws(text)] == [
        "the section 'Migration' is missing"
    ]


@settings(max_examples=300)
@given(st.binary(max_size=400))
def test_no_bytes_make_it_crash_or_are_a_plan(data):
    assert plans.read(data, "p.md").flaws
    assert plans.read(b"---\n" + data + b"\n---\n" + data, "p.md").flaws


@given(st.data())
def test_no_edit_of_a_good_plan_makes_it_crash_or_moves_a_place_out_of_the_file(data):
    good = plans.stub("x", branch="b")
    at, size = data.draw(st.integers(0, len(good))), data.draw(st.integers(0, 60))
    text = good[:at] + data.draw(st.text(max_size=20)) + good[at + size :]
    for flaw in plans.read(text.encode(), "p.md").flaws:
        assert 1 <= flaw.place.line <= text.count("\n") + 1
        assert flaw.rule in {"front-matter", "section", "step", "component"}


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_front_matter_and_body_are_the_file(head, body):
    if b"\n---" in b"\n" + head or head.startswith(b"\xef\xbb\xbf"):
        return
    front, rest, first = split(b"---\n" + head + b"\n---\n" + body)
    assert front == b"\n" + head
    assert rest == body
    assert first == head.count(b"\n") + 4


def test_of_many_cycles_so_many_are_told_as_anybody_reads(flaws):
    steps = "".join(f"  s{n}: {{does: work on it, rollback: git revert, needs: [s{n}]}}\n" for n in range(50))
    found = flaws(f"---\ntitle: A title\nrisk: low\ncomponents: {{a: [a]}}\nsteps:\n{steps}---\n")
    assert len([message for _, _, message in found if "wait for each other" in message]) == 10


NAMES = st.sampled_from("abcdef")


@given(st.dictionaries(NAMES, st.lists(NAMES, unique=True, max_size=3), min_size=1))
def test_steps_wait_for_each_other_exactly_when_one_can_be_reached_from_itself(needs):
    steps = "".join(
        f"  {name}: {{does: work on it, rollback: git revert, needs: [{', '.join(all_)}]}}\n"
        for name, all_ in needs.items()
    )
    text = f"---\ntitle: A title\nrisk: low\ncomponents: {{a: [a]}}\nsteps:\n{steps}---\n"
    found = [flaw.message for flaw in plans.read(text.encode(), "p.md").flaws if flaw.rule == "step"]
    known = {name: {need for need in all_ if need in needs} for name, all_ in needs.items()}
    reached = {name: set(all_) for name, all_ in known.items()}
    for _ in needs:
        reached = {name: all_.union(*(reached[need] for need in all_)) for name, all_ in reached.items()}
    cyclic = any(name in all_ for name, all_ in reached.items())
    assert any("wait for each other" in message for message in found) == cyclic
    unknown = sum(need not in needs for all_ in needs.values() for need in all_)
    assert sum("there is no such step" in message for message in found) == unknown
    for message in found:
        if "wait for each other" in message:
            names = [part.strip("'") for part in message.partition(": ")[2].split(" needs ")]
            assert names[0] == names[-1]
            assert all(later in known[name] for name, later in pairwise(names))
