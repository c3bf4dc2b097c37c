"""Files in which a Python project names its dependencies: requirements files, pyproject.toml and lock files."""

from gatecheck.formats.manifests.addresses import lies_in
from gatecheck.formats.manifests.nouns import Index, Loose, Manifest, Pin, Read, Why
from gatecheck.formats.manifests.reading import is_project, read_manifest, sibling_locks

__all__ = [
    "Index",
    "Loose",
    "Manifest",
    "Pin",
    "Read",
    "Why",
    "is_project",
    "lies_in",
    "read_manifest",
    "sibling_locks",
]
