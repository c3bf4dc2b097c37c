"""What the gate takes for a secret: all that the hook refuses, what detect-secrets knows, in files of every sort. None stands in this file."""

from __future__ import annotations

import base64
import random
import re
import string
import time
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatecheck.errors import CannotTell, ToolError
from gatecheck.formats.credentials.kinds import KINDS
from gatecheck_gates.leaks import content, library, scan
from gatecheck_hooks.credentials.search import search

LETTERS = string.ascii_letters + string.digits
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
HEX = "0123456789abcdef"
CLAIMS_OF_NOBODY = base64.b64encode(b'{"some":"payload"}').decode().strip("=")
PATIENT = [HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large]


def drawn(count, letters=LETTERS, seed=1):
    lot = random.Random(f"{seed} {count} {letters}")
    return "".join(lot.choice(letters) for _ in range(count))


def github(seed=1):
    """A token with the right checksum, which GitHub never issued."""
    letters = drawn(30, seed=seed)
    crc, digits = zlib.crc32(letters.encode()), ""
    for _ in range(6):
        crc, digit = divmod(crc, 62)
        digits = BASE62[digit] + digits
    return f"ghp_{letters}{digits}"


def key(lines=4, end="\n"):
    body = [drawn(64, LETTERS + "+/", seed=number) for number in range(lines)]
    return end.join(["-----BEGIN RSA PRIVATE KEY-----", *body, "-----END RSA PRIVATE KEY-----"])


def look(text, path="shop/settings.py"):
    data = text.encode() if isinstance(text, str) else text
    return list(scan.look(content.read(data, path), path, library.detectors()))


def kinds(text, path="shop/settings.py"):
    return [(hit.line, hit.kind) for hit in look(text, path)]


def refused(line, path):
    """What the hook refuses in a line that is staged."""
    return {secret.value for secret in search([(1, line)], path.encode())}


def overlap(value, others):
    return any(value in other or other in value for other in others)


TOKENS = st.one_of([st.from_regex(re.compile(kind.pattern)) for kind in KINDS])


@settings(max_examples=400, deadline=None, suppress_health_check=PATIENT)
@given(
    TOKENS,
    st.sampled_from([b"x = '%b'", b"%b", b"# %b.", b"<a>%b</a>"]),
    st.sampled_from(["a.py", "uv.lock"]),
)
def test_the_gate_finds_every_token_that_the_hook_refuses(token, around, path):
    line = (around % token).replace(b"\n", b" ")
    found = [hit.value for hit in look(line, path) if not hit.false]
    assert all(overlap(value, found) for value in refused(line, path) if path == "a.py")


NAMES = st.sampled_from(
    [
        "password",
        "DB_PASSWD",
        "pwd",
        "client_secret",
        "accessToken",
        "api-key",
        "master_key",
        "AWS_SECRET_ACCESS_KEY",
    ]
)
VALUES = st.text(alphabet=LETTERS + "!#%+/=@_.:-", min_size=4, max_size=60).map(lambda text: f"{text}7Qz-")
LINES = st.sampled_from(
    ['{} = "{}"', "{}: {}", "{}={}", "'{}': '{}',", "{} := `{}`", "https://{}:{}@db.internal/"]
)


@settings(max_examples=400, deadline=None, suppress_health_check=PATIENT)
@given(LINES, NAMES, VALUES, st.sampled_from(["a.py", ".env", "x.yaml", "README.md"]))
def test_the_gate_finds_every_password_that_the_hook_refuses(line, name, value, path):
    text = line.format(name, value).encode()
    found = [hit.value for hit in look(text, path) if not hit.false]
    assert all(overlap(value, found) for value in refused(text, path))


@pytest.mark.parametrize("end", ["\n", "\\n"])
def test_the_gate_finds_private_keys_as_the_hook_does(end):
    text = f'KEY = """{key(end=end)}"""'
    assert kinds(f"x = 1\n{text}") == [(2, "private key")]
    assert {hit.value for hit in look(text)} == {
        s.value for s in search(list(enumerate(text.encode().split(b"\n"), 1)), b"a.py")
    }


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"curl -H 'X-JFrog-Art-Api: AKC{drawn(70)}'".replace("'", " "), "Artifactory Credentials"),
        (f"cloudant_password = '{drawn(64, HEX)}'", "Cloudant Credentials"),
        (f'"M{drawn(23)}.{drawn(6)}.{drawn(27)}"', "Discord Bot Token"),
        (f"ibm_api_key = {drawn(44)}", "IBM Cloud IAM Key"),
        (f"{drawn(32, HEX)}-us12", "Mailchimp Access Key"),
        (f"sq0csp-{drawn(43)}", "Square OAuth Secret"),
        (f"AC{drawn(32, HEX)}", "Twilio API Key"),
        (f"aws_key {drawn(40)} ", "AWS Access Key"),
    ],
)
def test_forms_that_the_library_brings_are_found(text, kind):
    assert kinds(f"first\n{text}\n") == [(2, kind)]


def test_of_the_library_those_that_take_anything_for_a_secret_are_left_out():
    taken = {detector.kind for detector in library.detectors()}
    assert len(taken) >= 14
    assert not taken & {
        "Private Key",
        "Basic Auth Credentials",
        "JSON Web Token",
        "Azure Storage Account access key",
        "Secret Keyword",
    }
    assert not any("Entropy" in kind for kind in taken)
    assert not any(
        "){" in pattern.pattern for detector in library.detectors() for pattern in detector.patterns
    )


def test_a_token_is_found_once_though_several_forms_fit():
    assert kinds(f"password = '{github()}'") == [(1, "GitHub token")]


def test_a_token_with_a_wrong_checksum_was_issued_by_nobody():
    for text in ("see ghp_", 'token = "ghp_'):
        (hit,) = look(text + drawn(36) + '"')
        assert (hit.kind, hit.false) == ("GitHub Token", True)
        assert not refused((text + drawn(36) + '"').encode(), "a.py")
    assert not look(f"token {github()}")[0].false


def test_of_a_token_its_prefix_is_shown_and_of_anything_else_nothing():
    assert look(github())[0].shown == "ghp_"
    assert (
        look(
            f"https://hooks.slack.com/services/T{drawn(8, string.digits)}/B{drawn(8, string.digits)}/{drawn(24)}"
        )[0].shown
        == ""
    )
    assert look(f'password = "{drawn(24)}"')[0].shown == ""
    assert look(key())[0].shown == ""


def test_a_comment_that_asks_to_look_away_changes_nothing():
    assert kinds(f"password = '{drawn(24)}'  # pragma: allowlist secret, nosec, gitleaks:allow") == [
        (1, "password")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_" + "x" * 36,
        "password = os.environ['DB_PASSWORD']",
        "uses: actions/checkout@" + drawn(40, HEX),
        "https://ada:abc123%40%20%25@db.internal/",
        "-----BEGIN RSA PRIVATE KEY-----",
        f"token = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{CLAIMS_OF_NOBODY}.{drawn(43)}'",
    ],
)
def test_examples_and_look_ups_are_none(text):
    assert kinds(text) == []


@pytest.mark.parametrize(
    "path", ["uv.lock", "web/package-lock.json", "go.sum", "pylock.dev.toml", "jquery.min.js", "app.js.map"]
)
def test_in_what_is_full_of_digests_passwords_are_not_looked_for_but_tokens_are(path):
    text = f'password = "{drawn(24)}"\n{github()}\n'
    assert kinds(text, path) == [(2, "GitHub token")]


@pytest.mark.parametrize("path", ["locks.py", "mylock", "lock/a.py", "min.js"])
def test_other_files_are_not_taken_for_generated(path):
    assert kinds(f'password = "{drawn(24)}"', path) == [(1, "password")]


def test_in_a_binary_file_tokens_are_found_and_passwords_are_not():
    data = b"\0\1\2" + github().encode() + b'\n password = "' + drawn(24).encode() + b'"'
    assert kinds(data, "shop.db") == [(1, "GitHub token")]


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-8-sig", "latin-1", "cp1252"]
)
def test_text_is_read_in_whatever_encoding_it_is(encoding):
    text = f"first line of some length{'' if 'utf-16-' in encoding else ' é'}\npassword = '{drawn(24)}'\n"
    assert kinds(text.encode(encoding), "settings.ps1") == [(2, "password")]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["a.py", "a.lock", "\udcff", ""]))
def test_whatever_bytes_a_file_has_looking_ends(data, path):
    for hit in look(data * 3, path):
        assert hit.line >= 1


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"PK\x03\x04rest", "a zip archive"),
        (b"\x1f\x8brest", "compressed"),
        (b"%PDF-1.7", "a PDF"),
        (b"BZh91AY&SYrest", "compressed"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0a" * 32 + b"\nsize 12\n", "Git LFS"),
    ],
)
def test_what_is_packed_is_said(data, what):
    assert what in content.read(data, "x").hidden


@pytest.mark.parametrize(
    "first",
    [
        "BZh = 9",
        "BZh91AY&SY = 9",
        "Rar!\x1a\x07",
        "%PDF-1.7",
        "PK\x03\x04",
        "version https://git-lfs.github.com/spec/v1",
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0a' * 32}\nsize 12",
    ],
)
def test_a_first_line_as_of_something_packed_hides_no_password(first):
    lines = first.count("\n") + 2
    assert kinds(f"{first}\nDB_PASSWORD = '{drawn(24)}'\n") == [(lines, "password")]


def test_a_pointer_of_git_lfs_may_have_extensions_and_is_small():
    oid = b"oid sha256:" + b"0a" * 32
    head = b"version https://git-lfs.github.com/spec/v1\n"
    pointer = head + b"ext-0-foo sha256:" + b"1b" * 32 + b"\n" + oid + b"\nsize 1\n"
    assert "Git LFS" in content.read(pointer, "x").hidden
    assert not content.read(head + b"ext-0-foo sha256:" + b"1b" * 600 + b"\n" + oid, "x").hidden


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("tokenizer: meta-llama/Llama-3.1-8B-Instruct", "a.yaml"),
        ('TOKENIZER = "meta-llama/Llama-3.1-8B-Instruct"', "a.py"),
        ("auth_token_model: meta-llama/Llama-3.1-8B-Instruct", "a.yaml"),
        ("max_tokens_preset: gpt-4o-2024-08-06", "a.yaml"),
        ("token_counter: claude-sonnet-4-5-2025-09-29", "a.yaml"),
        ("signing_key: arn:aws:kms:eu-west-1:482910375511:alias/prod-Release", "a.yaml"),
        ("db_password: arn:aws:secretsmanager:eu-west-1:482910375511:s/Db-x7Kq9z", "a.yaml"),
        ("image_pull_secret: ghcr.io/acme/pull:v2.13.4", "a.yaml"),
        ('next_page_token = "CAUQAA-aB3kz09QwLm"', "a.py"),
        ('"nextPageToken": "CAUQAA-aB3kz09QwLm"', "a.json"),
        ('continuation_token = "CAUQAA-aB3kz09QwLm"', "a.py"),
    ],
)
def test_names_of_models_images_and_resources_are_no_passwords(text, path):
    assert kinds(text, path) == []
    assert not refused(text.encode(), path)


@pytest.mark.parametrize(
    "value",
    [
        "SmC/fUvB5IV0TPfo0IYFJHUv",
        "xK4/Qw9.zzT-8bN+aa7:Lm2p",
        "aB3.x9-Kd7/Qw2:zz8.Pq4-Rt6",
        "8f3a-9b2c-77de.Kp4Q-11ac",
        "K7-Q9-x2.w8/m4:p6-r3.t5-v1",
    ],
)
def test_what_is_drawn_by_lot_with_marks_in_it_is_a_password(value):
    assert kinds(f'DB_PASSWORD = "{value}"') == [(1, "password")]
    assert kinds(f'access_token = "{value}"') == [(1, "password")]


def test_an_empty_file_has_nothing():
    assert look(b"") == []
    assert content.read(b"", "x").form == "text"


@pytest.mark.parametrize(
    "piece",
    [
        "token='a'",
        "eyJ",
        "eyJa.eyJ",
        "artif",
        "key" + " " * 900 + "\n",
        "-----BEGIN A PRIVATE KEY-----",
        "a://b:cccccccc",
        "xoxb-1-1-",
        "aws" * 9 + "\n",
        "machine a ",
    ],
)
def test_no_text_makes_looking_take_more_than_in_proportion_to_its_length(piece):
    """Each is what some pattern begins with, over and over; one that backtracks would take minutes for this."""
    library.detectors()
    look(piece * (200_000 // len(piece)))


def test_many_secrets_in_one_line_are_all_found():
    tokens = [github(seed) for seed in range(200)]
    assert [hit.value.decode() for hit in look(" ".join(tokens))] == tokens


def test_a_text_that_takes_too_long_is_no_answer(monkeypatch):
    monkeypatch.setattr(library, "_LIMIT", -1.0)
    with pytest.raises(CannotTell, match="longer than") as raised:
        look("x = 1\n")
    assert "`largest`" in raised.value.fix


@pytest.fixture
def _anew():
    library.detectors.cache_clear()
    yield
    library.detectors.cache_clear()


@pytest.mark.usefixtures("_anew")
def test_without_the_library_there_is_no_answer(monkeypatch):
    monkeypatch.setattr(library, "_PACKAGE", "no_such_package")
    with pytest.raises(ToolError, match="no_such_package") as raised:
        look("x = 1\n")
    assert "bc-detect-secrets" in raised.value.fix


@pytest.mark.usefixtures("_anew")
def test_a_library_that_became_another_is_no_answer(monkeypatch):
    monkeypatch.setattr(library, "_PACKAGE", "gatecheck_gates")
    with pytest.raises(ToolError, match="cannot be used"):
        look("x = 1\n")


def test_looking_does_not_ask_the_network(monkeypatch):
    import socket  # noqa: PLC0415 -- only to be taken away

    def refuse(*_args, **_more):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    begun = time.thread_time()
    assert look(f"{github()}\nAC{drawn(32, HEX)}\nsk_l" + f"ive_{drawn(24)}\n")
    assert time.thread_time() >= begun
