"""Packages like generated ones, around the faces written by hand."""

import json
from pathlib import Path

_FACE = """
from tests.compat.runtime.faces import V1_TO_V2
exchange, reads = V1_TO_V2.exchange, V1_TO_V2.reads
"""
_COUNTERS = """
def totals():
    return {("0123456789ab", "up"): 3, ("0123456789ab", "down"): 4}
"""


def write_package(parent: Path, name: str, *, old: str = "1", new: str = "2") -> Path:
    """A package of this name; gives its folder."""
    folder = parent / name
    folder.mkdir(parents=True)
    difference = {"id": "0123456789ab", "kind": "field-renamed", "subject": "Volume.size"}
    manifest = {
        "package": name,
        "versions": {"old": old, "new": new},
        "differences": [difference],
    }
    for file, text in {
        "__init__.py": "",
        "old_client.py": _FACE,
        "new_client.py": _FACE,
        "counters.py": _COUNTERS,
        "manifest.json": json.dumps(manifest),
    }.items():
        (folder / file).write_text(text)
    return folder
