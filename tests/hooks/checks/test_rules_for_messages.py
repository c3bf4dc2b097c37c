"""What a policy asks of a commit message, told from messages alone."""

import pytest

from gatecheck.model.boundary import Agents, Commits
from gatecheck_hooks.commit_message import judge
from gatecheck_hooks.messages.rules import DEFAULTS, Message, agent, lacking, like, words

FULL = "Agent: robot 1\nTask: GH-1\nGoal: to sell more\nCo-authored-by: Ada <ada@example.org>\n"
REVERT = 'Revert "Sell tea"\n\nThis reverts commit 0123456789012345678901234567890123456789.\n'
LAW = {
    **DEFAULTS,
    "agent-author": ["*[bot]*"],
    "commit-subject": ["[A-Z]"],
    "commit-subject-length": ["20"],
    "commit-body": ["yes"],
}


def message(text, **more):
    return Message(text.encode(), **more)


def test_without_a_policy_the_defaults_of_a_policy_hold():
    assert DEFAULTS["agent-variable"] == list(Agents().environment)
    assert DEFAULTS["agent-trailer"] == list(Agents().trailers)
    assert DEFAULTS["commit-trailer"] == list(Commits().agent_trailers)
    assert (Agents().authors, Commits().subject, Commits().subject_length, Commits().body) == (
        (),
        None,
        0,
        False,
    )


def test_nothing_is_asked_of_people_unless_the_policy_says_so():
    assert words(message("x"), DEFAULTS) == []
    assert lacking(message("x"), DEFAULTS, None) == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Sell tea\n\nPeople want it.\n", []),
        ("sell tea\n\nPeople want it.\n", ["does not match"]),
        ("Sell tea and coffee and more\n\nPeople want it.\n", ["has 28 characters, and may have 20"]),
        ("Sell tea and\ncoffee and more\n\nPeople want it.\n", ["has 28 characters"]),
        ("Sell tea\n", ["no body"]),
        ("Sell tea\n\n# why?\n", ["no body"]),
        ("Sell tea\n\nTask: GH-1\n", ["no body"]),
        ("Sell tea\n\nPeople want it.\n\nTask: GH-1\n", []),
        ("sell tea and coffee and more\n", ["does not match", "28 characters", "no body"]),
        ("# nothing but comments: git ends the commit itself\n", []),
        (REVERT, []),
        ("fixup! sell tea and coffee and more", []),
        ("squash! sell tea and coffee and more\n\nwith milk\n", []),
        ("amend! sell tea and coffee and more", []),
        ("amend! Sell tea\n\nsell coffee\n\nPeople want it.\n", ["does not match"]),
        ('Revert "Sell tea" because I say so myself\n', ["41 characters", "no body"]),
    ],
)
def test_subject_and_body_are_held_against_the_policy(text, says):
    found = words(message(text), LAW)
    assert len(found) == len(says)
    assert all(part in sentence for part, sentence in zip(says, found, strict=True)), found


def test_what_git_says_of_a_merge_is_not_asked_for_style():
    assert words(message("merge branch 'x' of somewhere far away", state="merge"), LAW) == []


def test_a_comment_that_git_keeps_is_the_subject():
    assert words(message("#12 is done\n\nAt last.\n", edited=False), {"commit-subject": ["#[0-9]+"]}) == []


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        (f"Sell tea\n\n{FULL}", []),
        (f"Sell tea\n\nPeople want it.\n\n{FULL.lower()}", []),
        ("Sell tea\n", ["Agent", "Task", "Goal", "Co-authored-by"]),
        (f"Sell tea\n\n{FULL.replace('GH-1', '')}", ["Task"]),
        (f"Sell tea\n\n{FULL.replace('GH-1', '<issue or ticket>')}", ["Task"]),
        (f"Sell tea\n\n{FULL.replace('GH-1', '')}Task: GH-2\n", []),
        (f"Sell tea\n\n{FULL.replace('Ada <ada@example.org>', 'Ada')}", ["Co-authored-by"]),
        (f"Sell tea\n\n{FULL}\nThe end.\n", ["Agent", "Task", "Goal", "Co-authored-by"]),
        (FULL, ["Agent", "Task", "Goal", "Co-authored-by"]),
        ("fixup! Sell tea\n", []),
        ("squash! Sell tea\n", []),
        (f"amend! Sell tea\n\nSell coffee\n\n{FULL}", []),
        ("amend! Sell tea\n\nSell coffee\n", ["Agent", "Task", "Goal", "Co-authored-by"]),
        (REVERT, ["Agent", "Task", "Goal", "Co-authored-by"]),
        (f"{REVERT}\n{FULL}", []),
    ],
)
def test_an_agents_commit_needs_the_trailers(text, missing):
    assert list(lacking(message(text), DEFAULTS, "because")) == missing


def test_a_merge_has_no_trailers_since_git_gives_no_way_to_add_them():
    assert lacking(message("Merge branch 'x'", state="merge"), DEFAULTS, "because") == {}


def test_a_trailer_that_is_there_but_none_is_explained():
    told = lacking(message(f"Sell tea\n\n{FULL.replace('GH-1', ' ')}\nThe end.\n"), DEFAULTS, "because")
    assert "line 3 is none" in told["Agent"]
    told = lacking(message("Sell tea\n\nTask:\nCo-authored-by: Ada\n"), DEFAULTS, "because")
    assert "nothing behind its name" in told["Task"]
    assert "'Ada' is not of the form Name <mail>" in told["Co-authored-by"]
    assert told["Goal"].endswith("is missing")


@pytest.mark.parametrize(
    ("text", "state", "environment", "people", "why"),
    [
        ("x", "", {}, [], None),
        ("x", "", {"CLAUDECODE": ""}, [], None),
        ("x", "", {"CLAUDECODE": "1"}, [], "CLAUDECODE is set"),
        ("x", "", {}, ["Ada <a@b>", "deps[bot] <d@b>"], "deps[bot] <d@b>"),
        ("x", "", {}, ["Ada <a@b>", "bob <d@b>"], None),
        ("x\n\nagent: robot\n", "", {}, [], "the trailer Agent"),
        ("x\n\nAgent: robot\n\nThe end.", "", {}, [], None),
        ("x", "replay", {"CLAUDECODE": "1"}, ["Ada <a@b>", "deps[bot] <d@b>"], None),
        ("x", "replay", {}, ["deps[bot] <d@b>", "Ada <a@b>"], "deps[bot] <d@b>"),
        ("x\n\nAgent: robot\n", "replay", {}, [], "the trailer Agent"),
    ],
)
def test_an_agent_is_known_by_a_variable_a_name_or_a_trailer(text, state, environment, people, why):
    known = agent(message(text, state=state), LAW, environment, people)
    assert (known is None) == (why is None)
    assert why is None or why in known


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("deps[bot] <d@b>", True),
        ("*[bot]*", True),
        ("deps*", True),
        ("*d@b>", True),
        ("*", True),
        ("d*[*]*<*>", True),
        ("deps", False),
        ("deps[bot] <d@b>*d@b>", False),
        ("x*", False),
        ("*x*", False),
        ("*[xyz]*", False),
        ("", False),
    ],
)
def test_in_a_pattern_only_the_star_stands_for_something_else(pattern, matches):
    assert like("deps[bot] <d@b>", pattern) is matches


def test_a_refusal_names_all_that_is_wrong_and_has_a_command_to_paste():
    refusal = judge(message("sell tea\n"), LAW, "CLAUDECODE is set")
    assert refusal.code == 1
    assert all(part in refusal.what for part in ("does not match", "no body", "Task", "Goal", "CLAUDECODE"))
    assert "git commit --edit --file=" in refusal.fix
    assert '--trailer "Task: <issue or ticket>"' in refusal.fix


def test_without_style_to_mend_the_command_is_complete():
    refusal = judge(message("Sell tea\n\n# comment\n"), DEFAULTS, "because")
    assert "git commit --cleanup=strip --file=" in refusal.fix
    refusal = judge(
        message("Sell tea\n", edited=False), {**DEFAULTS, "commit-trailer": ["Ticket"]}, "because"
    )
    assert "git commit --file=" in refusal.fix
    assert '--trailer "Ticket: <ticket>"' in refusal.fix


def test_of_a_person_who_writes_badly_no_trailer_is_asked():
    refusal = judge(message("sell tea\n\nWell.\n"), LAW, None)
    assert "trailer" not in refusal.fix
    assert "agent" not in refusal.what


def test_a_good_message_is_let_pass():
    assert judge(message(f"Sell tea\n\nPeople want it.\n\n{FULL}"), LAW, "because") is None
