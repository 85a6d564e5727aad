"""Whether the machine may have lost what it had in memory since a journal was last opened."""

from pathlib import Path
from typing import Final

from core.driver.folder import FILE_MODE

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_NAME: Final = "boot"


def lost_memory(journal: Path) -> bool:
    """Is it, for all that is known, another boot than that in which the journal was opened last?"""
    try:
        return _BOOT_ID.read_bytes() != (journal / _NAME).read_bytes()
    except OSError:
        return True


def remember_boot(journal: Path) -> None:
    """The journal was opened, and recovered, in this boot."""
    draft = journal / f"{_NAME}.new"
    draft.touch(FILE_MODE)
    draft.write_bytes(_BOOT_ID.read_bytes())
    draft.rename(journal / _NAME)
