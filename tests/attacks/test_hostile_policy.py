"""A policy file that was written to break whoever reads it: refused in a moment, in little memory, with a place."""

import subprocess
import sys

import pytest
import yaml

from gatecheck import policy, registry
from gatecheck.errors import PolicyError
from gatecheck.settings.yaml import parse

BOMB = "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" if level else "a0: &a0 [lol, lol]\n"
    for level in range(10)
)
ATTACKS = {
    "alias bomb": BOMB.encode(),
    "deep flow lists": b"[" * 20_000,
    "deep flow mappings": b"{a: " * 20_000,
    "deep block lists": b"- " * 20_000,
    "deep block mappings": "".join(" " * level + "a:\n" for level in range(700)).encode(),
    "fifty megabytes": b"x" * 50_000_000,
    "a quarter megabyte of commas": b"[" + b"a," * 131_000 + b"]",
    "a quarter megabyte of empty lists": b"[" + b"[]," * 87_000 + b"]",
    "one long scalar": b"a: " + b"x" * 262_000,
    "one long key": b"x" * 262_000 + b": a",
    "one long number": b"version: " + b"9" * 262_000,
    "one long quoted scalar": b'a: "' + b"\\n" * 131_000 + b'"',
    "a flood of unknown keys": "".join(f"key{n}: 1\n" for n in range(9_000)).encode(),
    "a flood of taken-away gates": b"version: 1\nextends: python\ngates:\n"
    + b"".join(b" g%d: false\n" % n for n in range(9_000)),
    "a flood of gates": b"version: 1\ngates:\n" + b"".join(b" g%d: x\n" % n for n in range(9_000)),
    "a flood of waivers": b"version: 1\ngates: {}\nwaivers:\n"
    + b"- {rule: x/y, reason: r, owner: o, expires: 2027-01-01}\n" * 2_000,
    "a flood of tabs": b"\t" * 262_000,
    "a flood of duplicate keys": b"a: 1\n" * 9_000,
    "a flood of question marks": b"? " * 131_000,
    "a flood of directives": b"%YAML 1.1\n" * 20_000,
    "a flood of documents": b"---\n" * 60_000,
    "a flood of brackets in a block": b"a: [[[[\n" * 30_000,
    "a tag that names a class": b"!!python/object/apply:os.system [touch owned]",
    "binary": bytes(range(256)) * 1_000,
    "utf-16": "version: 1".encode("utf-16"),
    "half a surrogate pair": b'version: "\\ud800"',
    "a deep regular expression": b"version: 1\ngates: {a: {uses: command, run: x, count: '"
    + b"(" * 100_000
    + b"'}}",
}
CHILD = r"""
import resource, sys, time
from gatecheck import policy, registry
from gatecheck.errors import PolicyError

def judge(data):
    start = time.process_time()
    try:
        registry.build(policy.parse(data, ".gatecheck.yaml"))
    except PolicyError as error:
        return len(error.problems), time.process_time() - start
    return 0, time.process_time() - start

ordinary = b"version: 1\nextends: go\nprotect: [main]\ngates: {lint: {uses: command, run: x, exit-code-only: true}}"
judge(ordinary)
usual = sum(judge(ordinary)[1] for _ in range(10)) / 10
size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
data = sys.stdin.buffer.read()
problems, spent = judge(data)
print(problems, round(spent / usual), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - size - len(data) // 1024)
"""


@pytest.mark.parametrize("name", ATTACKS)
def test_a_hostile_file_is_refused_in_a_moment_and_in_little_memory(name, tmp_path):
    done = subprocess.run(
        [sys.executable, "-I", "-c", CHILD],
        input=ATTACKS[name],
        capture_output=True,
        cwd=tmp_path,
        timeout=60,
        check=True,
    )
    problems, ordinary, kilobytes = map(int, done.stdout.split())
    assert problems
    assert ordinary < 200, "it takes as long as this many ordinary policies of 5 ms each"
    assert kilobytes < 64 * 1024
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("name", ATTACKS)
def test_its_error_is_short_and_says_where(name):
    found = policy.parse(ATTACKS[name], ".gatecheck.yaml")
    with pytest.raises(PolicyError) as caught:
        registry.build(found)
    assert caught.value.exit_code == 2
    assert len(str(caught.value)) < 30_000
    assert all(line.startswith((".gatecheck.yaml:", "... and ")) for line in caught.value.problems)
    assert str(caught.value).isprintable() or "\n" in str(caught.value)


@pytest.mark.parametrize(
    ("hidden", "text"),
    [
        ("a line break that reviewers do not see", "version: 1 # fine\u2028gates: {}"),
        ("a carriage return", "version: 1 # fine\rgates: {}"),
        ("text that is turned around", "version: 1\nextends: \u202enohtyp\u202c"),
        ("a key of no width", "version: 1\n\u200bprotect: []\nextends: python"),
        ("the second of two equal keys", "version: 1\nextends: python\nprotect: [main]\nprotect: [none]"),
        ("a merge of another mapping", "version: 1\nextends: python\n<<: {protect: [none]}"),
        (
            "a second document",
            "version: 1\nextends: python\n---\nversion: 1\nextends: python\nprotect: [none]",
        ),
    ],
)
def test_what_a_reviewer_would_read_otherwise_is_refused(hidden, text):
    assert policy.parse(text.encode(), "f").problems, hidden


@pytest.mark.parametrize("word", ["no", "off", "No", "n", "1:30", "0777", "1_0", "yes"])
def test_words_that_old_yaml_takes_for_flags_and_numbers_are_text(word):
    flag = policy.parse(
        f"version: 1\ngates: {{a: {{uses: command, run: x, exit-code-only: {word}}}}}".encode(), "f"
    )
    with pytest.raises(PolicyError, match=r"f:2:\d+: expected true or false"):
        registry.build(flag)
    limit = policy.parse(
        b"version: 1\ngates: {a: {uses: command, run: x, exit-code-only: true, timeout: 1:30}}", "f"
    )
    with pytest.raises(PolicyError, match="expected a time"):
        registry.build(limit)
    assert list(
        policy.parse(f"version: 1\ngates: {{{word.lower().replace(':', '')}: x}}".encode(), "f").gates
    )


@pytest.mark.parametrize(
    "name", ["alias bomb", "deep flow lists", "a quarter megabyte of commas", "a flood of question marks"]
)
def test_the_bounds_hold_without_the_c_parser_too(name):
    problems = []
    parse(ATTACKS[name], "f", problems, loader=yaml.SafeLoader)
    assert problems
