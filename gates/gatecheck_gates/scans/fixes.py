"""What to do about bandit's tests that are found most: one imperative sentence each; for all others bandit's own page."""

from __future__ import annotations

from gatecheck_gates.scans.reports import Spot

_SHELL = "Pass the program and its arguments as a list, without a shell."
_PICKLE = "Read data in a format that cannot hold code, such as JSON."
_XML = "Parse it with defusedxml."
_CIPHER = "Use a cipher that is not broken: AES-GCM or ChaCha20-Poly1305 of the cryptography package."
_SSL = "Leave the choice to ssl.create_default_context()."
_TEMPLATE = "Let the template engine escape what it puts in, and mark no text as safe that is not a constant."
_FIXES = {
    "B102": "Write what is to be done as code, without exec().",
    "B103": "Give the file no more permissions than its owner needs: 0o600, or 0o700 to be run.",
    "B104": "Bind to 127.0.0.1, or to an address that comes from the configuration.",
    "B108": "Let the tempfile module choose the name.",
    "B113": "Add timeout= to the call.",
    "B201": "Leave debug= away, and switch it on from the environment of a developer's machine.",
    "B202": "Give extractall() a filter='data', or look at each member's name first.",
    "B301": _PICKLE,
    "B302": _PICKLE,
    "B303": "Use hashlib.sha256().",
    "B304": _CIPHER,
    "B305": _CIPHER,
    "B306": "Use tempfile.mkstemp() or a NamedTemporaryFile.",
    "B307": "Use ast.literal_eval(), or a parser for what is meant.",
    "B308": _TEMPLATE,
    "B310": "Look at the URL's scheme first, and take http and https only.",
    "B324": "Use hashlib.sha256(), or say usedforsecurity=False where nothing depends on it.",
    "B501": "Leave verify= away, or give it the path of the authority's certificate.",
    "B502": _SSL,
    "B503": _SSL,
    "B504": _SSL,
    "B506": "Use yaml.safe_load().",
    "B507": "Load the known host keys, and refuse others with paramiko.RejectPolicy().",
    "B602": _SHELL,
    "B604": _SHELL,
    "B605": _SHELL,
    "B608": "Hand the values to execute() as parameters, and let the query hold only placeholders.",
    "B609": "Write the names in full, or find them with pathlib's glob().",
    "B614": "Load with weights_only=True.",
    "B615": "Name the revision that was looked at: revision='<commit>'.",
    "B701": "Say autoescape=jinja2.select_autoescape().",
    "B702": _TEMPLATE,
    "B703": _TEMPLATE,
    "B704": _TEMPLATE,
}


def fix(spot: Spot) -> str:
    """Return what to do about an issue."""
    own = _FIXES.get(spot.test)
    if own is None and "313" <= spot.test[1:] <= "320":
        own = _XML
    if own is None:
        own = "Write it as its page says." if spot.url else "Write it in another way."
    return f"{own} {spot.url}".strip()
