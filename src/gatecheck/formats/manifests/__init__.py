"""Files in which a Python project names its dependencies: requirements files, pyproject.toml, pylock.toml, uv.lock and poetry.lock."""

from gatecheck.formats.manifests.nouns import Loose, Manifest, Pin, Read, Why
from gatecheck.formats.manifests.reading import is_project, read_manifest, sibling_locks

__all__ = ["Loose", "Manifest", "Pin", "Read", "Why", "is_project", "read_manifest", "sibling_locks"]
