"""The emitted module that says why a message is refused."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import libcst as cst

from compat.emit import syntax as s
from compat.emit.modules import source
from compat.emit.syntax import Stmt
from compat.lens.ops import DifferenceId
from compat.plan.bridge import Difference

_MESSAGE_MAX: Final = 300
_FUNCTIONS: Final = cst.parse_module(
    '''
def refusal(difference: str) -> GapError:
    """The error to raise where a message meets the difference and cannot be bridged."""
    return GapError(difference, _MESSAGES[difference])


def refuse(difference: str) -> None:
    """Raise the error, where the code behind has to look reachable."""
    raise refusal(difference)
'''
).body


def gaps_source(
    header: Sequence[str],
    refused: Iterable[DifferenceId],
    differences: Mapping[DifferenceId, Difference],
) -> str:
    """The file with a message for each difference that something is refused for."""
    table = s.dict_(
        (s.text(each), s.text(_message(differences.get(each)))) for each in sorted(refused)
    )
    kind = s.index("dict", s.names_tuple([s.name("str"), s.name("str")]))
    groups: list[Sequence[Stmt]] = [[s.annotated("_MESSAGES", kind, table)]]
    groups.extend([each] for each in _FUNCTIONS)
    return source(header, {".message": ["GapError"]}, groups)


def _message(difference: Difference | None) -> str:
    if difference is None:
        return "nothing bridges this value"
    text = difference.told
    return text if len(text) <= _MESSAGE_MAX else f"{text[: _MESSAGE_MAX - 3]}..."
