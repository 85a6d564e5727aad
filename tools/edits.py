"""Seeded edits of documents: what a stranger, or a broken tool, might have written instead.

Documents are JSON values. What is put somewhere else comes from documents, too, most often from
under the same key, so that many of the results are still specs, and strange ones.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, TypeAlias

Document: TypeAlias = dict[str, Any]
Holder: TypeAlias = dict[str, Any] | list[Any]

ODD: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, -1, 1.5, 10**30, 1e308, "", " ", "null", "#", "#/", "~1", "é✓🎉"),
    *("\u0000", "\ud800", "a" * 2000, [], {}, [[]], [None], {"": {}}, {"$ref": "#"}, {"$ref": 3}),
    *({"type": "string"}, {"type": ["null"]}, {"enum": []}, {"not": {}}, {"allOf": [{}]}, "x-y"),
)
WRAPPINGS: Final = ("allOf", "anyOf", "oneOf", "not", "items", "additionalProperties", "if")


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents to begin with, and what stands under each key in any of them."""

    documents: Sequence[Document]
    by_key: Mapping[str, list[Any]] = field(init=False)
    keys: Sequence[str] = field(init=False)

    def __post_init__(self) -> None:
        found: dict[str, list[Any]] = {}
        for document in self.documents:
            for holder, key in _nodes(document):
                if isinstance(holder, dict):
                    found.setdefault(key, []).append(holder[key])
        object.__setattr__(self, "by_key", found)
        object.__setattr__(self, "keys", sorted(found))


def pair(corpus: Corpus, seed: int) -> tuple[Document, Document]:
    """Two versions of a document: the second has edits that the first has not."""
    random = Random(seed)
    old = deepcopy(random.choice(corpus.documents))
    for _ in range(random.choice((0, 0, 0, 1, 2))):
        old = edited(old, corpus, random)
    new = deepcopy(old)
    for _ in range(random.choice((1, 1, 2, 4))):
        new = edited(new, corpus, random)
    return (old, new) if random.random() < 0.5 else (new, old)


def edited(document: Document, corpus: Corpus, random: Random) -> Document:
    """The document, changed in one place; one that has no place stays."""
    nodes = list(_nodes(document))
    if not nodes:
        return document
    holder, key = random.choice(nodes)
    value = holder[key]
    match random.randrange(9):
        case 0:
            del holder[key]
        case 1:
            holder[key] = deepcopy(random.choice(ODD))
        case 2 | 3:
            known = corpus.by_key.get(str(key))
            holder[key] = deepcopy(random.choice(known or ODD))
        case 4:
            added = random.choice(corpus.keys)
            target = value if isinstance(value, dict) else holder
            if isinstance(target, dict):
                target[added] = deepcopy(random.choice(corpus.by_key[added]))
            else:
                target.append(deepcopy(value))
        case 5:
            wrapping = random.choice(WRAPPINGS)
            holder[key] = {wrapping: [value] if wrapping.endswith("Of") else value}
        case 6:
            holder[key] = {"$ref": f"#{random.choice(_pointers(document))}"}
        case 7 if isinstance(holder, dict):
            holder[f"{key}2" if random.random() < 0.5 else random.choice(corpus.keys)] = value
            if random.random() < 0.5:
                del holder[key]
        case _:
            other, name = random.choice(nodes)
            holder[key] = deepcopy(other[name]) if name in _names(other) else value
    return document


def _nodes(document: Document) -> Iterator[tuple[Any, Any]]:
    """Every place below the root: what holds it, and its key or index there."""
    pending: list[Holder] = [document]
    while pending:
        holder = pending.pop()
        for name in _names(holder):
            yield holder, name
            below = holder[name]
            if isinstance(below, dict | list):
                pending.append(below)


def _names(holder: Holder) -> list[Any]:
    return [*holder] if isinstance(holder, dict) else [*range(len(holder))]


def _pointers(document: Document) -> list[str]:
    """The JSON pointers (RFC 6901) of all objects."""
    found: list[str] = []
    pending: list[tuple[str, Any]] = [("", document)]
    while pending:
        pointer, value = pending.pop()
        if isinstance(value, dict):
            found.append(pointer)
            pending += [
                (f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}", below)
                for name, below in value.items()
            ]
        elif isinstance(value, list):
            pending += [(f"{pointer}/{index}", below) for index, below in enumerate(value)]
    return found
