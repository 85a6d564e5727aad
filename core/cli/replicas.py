"""What is said of replicas that do not make every write a point."""

from collections.abc import Iterator

from core.cli.opening import Opened
from core.driver.control import Document
from core.stream.standing import standing_text
from core.units import count_text, size_text


def replicas_text(found: Opened, status: Document) -> str:
    """How the replicas of a journal stand; empty where all is well, and where there are none.

    `status` is what the process that serves the group says.
    """
    history = found.history
    if not any(member.replica for member in history.identity.volumes):
        return ""
    copied = (status["copied"], status["to_copy"]) if "to_copy" in status else None
    stands = standing_text(history.folder, where=history.where, copied=copied)
    return "; ".join(filter(None, (stands, *_told(status))))


def _told(status: Document) -> Iterator[str]:
    """Who has them, and what is wrong."""
    point = status.get("accessed")
    if point is not None:
        how = ", and written without history" if status.get("direct") else ""
        yield f"they are open at sequence {point}{how} (`isthmus image open`)"
    if lacking := status.get("lacking"):
        yield (
            f"they lack {count_text(lacking['writes'], 'write')} of {size_text(lacking['bytes'])} "
            "yet, which they are given while hosts go on"
        )
        if lacking["failure"]:
            yield f"what is wrong: {lacking['failure']}"
    if status.get("failure"):
        yield f"what is wrong: {status['failure']}"
