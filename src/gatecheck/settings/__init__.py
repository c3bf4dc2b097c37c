"""Settings with places: YAML text to nodes, nodes to dataclasses, dataclasses to a JSON schema."""

from gatecheck.settings.bind import bind, merge
from gatecheck.settings.keys import Key, keys
from gatecheck.settings.schema import schema
from gatecheck.settings.sizes import human, size
from gatecheck.settings.text import meant, refusal, shown

__all__ = ["Key", "bind", "human", "keys", "meant", "merge", "refusal", "schema", "shown", "size"]
