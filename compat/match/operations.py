"""Pairing the operations of two versions.

The strongest evidence pairs first and takes its operations out of the running: a person's word, the
same method and path shape, the same full path under another base path, the same operationId, and
the same path once version numbers are left out. Evidence that fits more than one partner pairs
nobody; what is left over was removed or added.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum

from compat.match.template import shape, versionless
from compat.model.interface import Interface, Operation, OperationKey
from compat.model.record import record


class Evidence(StrEnum):
    """Why two operations are held to be the same."""

    INTENT = "the intent says so"
    PATH = "same method and path"
    FULL_PATH = "same full path under another base path"
    OPERATION_ID = "same operationId and method"
    VERSIONLESS = "same path apart from version numbers"


@record(kw_only=True)
class OperationPair:
    old: Operation
    new: Operation
    evidence: Evidence


@record(kw_only=True)
class Pairing:
    """Pairs in the old version's order, then what only one version has, in its order."""

    pairs: tuple[OperationPair, ...]
    removed: tuple[Operation, ...]
    added: tuple[Operation, ...]


Identity = Callable[[Interface, Operation], tuple[str, ...] | None]


def _by_path(_: Interface, operation: Operation) -> tuple[str, ...]:
    return operation.key.method, shape(operation.key.path)


def _by_full_path(interface: Interface, operation: Operation) -> tuple[str, ...]:
    return operation.key.method, shape(interface.base_of(operation.key) + operation.key.path)


def _by_operation_id(_: Interface, operation: Operation) -> tuple[str, ...] | None:
    if not operation.operation_id:
        return None
    return operation.key.method, operation.operation_id


def _versionless(interface: Interface, operation: Operation) -> tuple[str, ...]:
    return operation.key.method, versionless(interface.base_of(operation.key) + operation.key.path)


_IDENTITIES: tuple[tuple[Evidence, Identity], ...] = (
    (Evidence.PATH, _by_path),
    (Evidence.FULL_PATH, _by_full_path),
    (Evidence.OPERATION_ID, _by_operation_id),
    (Evidence.VERSIONLESS, _versionless),
)


def pair_operations(
    old: Interface, new: Interface, stated: Iterable[tuple[OperationKey, OperationKey]] = ()
) -> Pairing:
    """Pair the operations of two interfaces; `stated` pairs (which must exist) go first."""
    left = {operation.key: operation for operation in old.operations}
    right = {operation.key: operation for operation in new.operations}
    found = {
        old_key: OperationPair(
            old=left.pop(old_key), new=right.pop(new_key), evidence=Evidence.INTENT
        )
        for old_key, new_key in stated
    }
    for evidence, identity in _IDENTITIES:
        ours, theirs = _index(old, left.values(), identity), _index(new, right.values(), identity)
        for key, operations in ours.items():
            partners = theirs.get(key, ())
            if len(operations) == 1 and len(partners) == 1:
                one, other = operations[0], partners[0]
                found[one.key] = OperationPair(old=one, new=other, evidence=evidence)
                del left[one.key], right[other.key]
    order = [found[operation.key] for operation in old.operations if operation.key in found]
    return Pairing(pairs=tuple(order), removed=tuple(left.values()), added=tuple(right.values()))


def _index(
    interface: Interface, operations: Iterable[Operation], identity: Identity
) -> dict[tuple[str, ...], list[Operation]]:
    index: dict[tuple[str, ...], list[Operation]] = {}
    for operation in operations:
        key = identity(interface, operation)
        if key is not None:
            index.setdefault(key, []).append(operation)
    return index
