"""XML from programs that nobody vouches for: parsed without entities or fetching, within bounds, or a ToolError."""

from __future__ import annotations

import codecs
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from gatecheck.errors import ToolError

MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 200
MAX_DIGITS = 18
"""More digits than any count has; also keeps int() quick."""


def parse(data: bytes, *, what: str, doctype: bool = False) -> Element:
    """Return the root element. `what` names the file in errors; `doctype` allows a DOCTYPE, which is not looked up.

    Entities that the file declares itself are refused always: they are how a kilobyte becomes a gigabyte.
    """
    again = f"Run the program that writes the {what} again and let it end by itself; see its own output."
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        raise ToolError(f"The {what} is empty.", fix=again)
    if len(data) > MAX_BYTES:
        raise ToolError(f"The {what} has {len(data):,} bytes; {MAX_BYTES:,} are read.", fix="Split the run.")
    try:
        root: Element = fromstring(data, forbid_dtd=not doctype, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        message = (
            f"The {what} declares a document type or entities ({type(error).__name__}), which are not read."
        )
        raise ToolError(message, fix=f"Let the program write a {what} without them.") from error
    except (ParseError, ValueError, LookupError) as error:
        raise ToolError(f"The {what} is not well-formed XML ({error}); was it cut off?", fix=again) from error
    if _deeper_than(root, MAX_DEPTH):
        raise ToolError(f"The {what} nests deeper than {MAX_DEPTH} elements.", fix=again)
    return root


def whole_number(text: str, *, what: str, where: str) -> int:
    """Return a number from 0 up that stands in the file as `where`. Raises ToolError when it is none."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS):
        message = f"The {what} says {where}={text[:40]!r}, which is not a whole number."
        raise ToolError(
            message, fix=f"See which program wrote the {what}, and whether its version writes this format."
        )
    return int(digits)


def _deeper_than(root: Element, limit: int) -> bool:
    level = [root]
    for _ in range(limit):
        level = [child for element in level for child in element]
        if not level:
            return False
    return True
