"""Which build of the product this is: what it says of the same inputs may differ from another's.

Two builds may be of one version, as long as nobody has released it. What computes are the files of
the package, and they are told apart by their names, sizes and times: looking at those takes 2 ms,
reading all of them 10, and an answer that is known would come later by that each time. A time is
enough, for whatever writes a file sets it: that of the content may be set back, as by those who
unpack a build that is to be reproducible, but not that of the file's entry, and so both count. What
is told apart although it is the same, as after an installation, is only computed again.
"""

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import compat

_CACHES: Final = "__pycache__"


def build() -> str:
    """A digest of what computes, Python and where it is among it; raises OSError for an archive."""
    assert compat.__file__ is not None
    folder = str(Path(compat.__file__).parent)
    told = (sys.version, folder, sorted(_files(folder)))
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _files(folder: str) -> Iterator[tuple[str, int, int, int]]:
    with os.scandir(folder) as found:
        for each in found:
            if not each.is_dir():
                about = each.stat()
                yield each.path, about.st_size, about.st_mtime_ns, about.st_ctime_ns
            elif each.name != _CACHES:
                yield from _files(each.path)
