"""Waiting for an operation of a site."""

import time
from typing import Any, Final

from core.cli.progress import progress
from core.cli.site.client import Client, check_finished

ENDED: Final = frozenset({"succeeded", "failed", "cancelled"})

_PAUSES_S: Final = (0.1, 0.2, 0.4, 0.8)


def finished(client: Client, operation: Any, what: str) -> Any:
    """The operation when it has succeeded; CoreError where it has not.

    Whoever interrupts that lets the operation be, where that can be.
    """
    path, nth, told = f"/v1/operations/{operation['id']}", 0, 0
    try:
        with progress(what, operation["progress"]["total"] or 0) as done:
            while operation["state"] not in ENDED:
                time.sleep(_PAUSES_S[min(nth, len(_PAUSES_S) - 1)])
                operation, nth = client.get(path), nth + 1
                done(operation["progress"]["done"] - told)
                told = operation["progress"]["done"]
    except KeyboardInterrupt:
        client.post(f"{path}/cancel")
        raise
    check_finished(operation)
    return operation
