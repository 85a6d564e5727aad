"""What the process that serves a group says of it."""

from core.cli.opening import Opened
from core.driver.control import ControlError, Document, ask

_PATIENCE_S = 5.0


def status_of(found: Opened) -> Document:
    """What it says; nothing where there is none, or where it does not answer."""
    if found.writer is None:
        return {}
    try:
        return ask(found.path, "status", timeout_s=_PATIENCE_S)
    except ControlError:
        return {}
