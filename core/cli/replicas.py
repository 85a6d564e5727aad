"""What is said of replicas that do not make every write a point."""

from core.stream.history import History
from core.stream.standing import standing_text


def replicas_text(history: History) -> str:
    """How the replicas of a journal stand; empty where all is well, and where there are none."""
    if not any(member.replica for member in history.identity.volumes):
        return ""
    return standing_text(history.folder, where=history.where)
