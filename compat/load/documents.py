"""The documents of one spec, and what references between and inside them lead to."""

import re
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias
from urllib.parse import unquote

from compat.load import names
from compat.load.document import Document, parse
from compat.load.extent import too_many
from compat.load.limits import NODES_MAX, REFERENCE_CHAIN_MAX
from compat.load.node import Node, kind, shown
from compat.load.pointer import join, split
from compat.load.problem import Problems, SpecError
from compat.load.text import check_size
from compat.model.place import Place
from compat.model.schema import Json

Fetch: TypeAlias = Callable[[str], bytes]
"""Reads the document of a name; raises SpecError for one that cannot be had."""

_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,8}")
_LOOP_HINT: Final = "let the reference lead to an object that says something"


class Documents:
    """Every document of the spec `name`, each read once.

    Raises SpecError for what cannot be read, and as `sibling` of `compat.load.names` does.
    """

    def __init__(self, name: str, fetch: Fetch, *, remote: bool, problems: Problems) -> None:
        self._name, self._fetch, self._remote = name, fetch, remote
        self._problems = problems
        self._documents: dict[str, Document] = {}
        self._named: dict[str, dict[str, str]] = {}
        self._bearing: dict[str, frozenset[str]] = {}
        self._found: dict[tuple[str, str], Node | None] = {}
        self._size_bytes = self._nodes = 0
        self.root = Node(self._get(name), "", self._get(name).value)

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 in hex of every document that was read, by its name."""
        return {name: document.digest for name, document in self._documents.items()}

    def spend(self, nodes: int, at: Node) -> None:
        """Counts what the model holds several times although the spec writes it once."""
        self._nodes += nodes
        if self._nodes > NODES_MAX:
            raise too_many(str(at.place))

    def at(self, pointer: str) -> Node | None:
        """What stands there in the root document."""
        return _descend(self.root, split(pointer))

    def follow(self, node: Node) -> Node | None:
        """The object that `node` is or refers to, None where the reference dangles."""
        passed: set[str] = set()
        target: Node | None = node
        while target is not None and target.has("$ref"):
            passed.add(target.id)
            target = self.resolve(target)
            if target is not None and (target.id in passed or len(passed) > REFERENCE_CHAIN_MAX):
                raise looping(node.place)
        return target

    def resolve(self, node: Node, keyword: str = "$ref") -> Node | None:
        """What the reference in `node` leads to, None (and a problem) where there is nothing."""
        at = node.get(keyword)
        assert at is not None
        if not isinstance(at.value, str):
            raise SpecError(
                f"{keyword} must be text, not {kind(at.value)}",
                where=str(at.place),
                hint="write the reference as text, e.g. '#/components/schemas/Name'",
            )
        self.spend(1, at)
        target = self.target(at, at.value)
        if target is None:
            at.report(f"the reference {shown(at.value)} leads nowhere: read as allowing anything")
        return target

    def target(self, at: Node, reference: str) -> Node | None:
        """What a URI reference written at `at` leads to, None where there is nothing."""
        address, _, fragment = reference.partition("#")
        if not address:
            root = Node(at.document, "", at.document.value)
            found = self._within(self._resource(at, root), fragment)
            return found or self._within(root, fragment)
        embedded = self._anchored(at.document, address)
        if embedded is not None:
            return self._within(embedded, fragment)
        base, where = at.document.source.name, str(at.place)
        name = names.sibling(self._name, base, address, remote=self._remote, where=where)
        document = self._get(name, where)
        return self._within(Node(document, "", document.value), fragment)

    def _resource(self, at: Node, root: Node) -> Node:
        """The innermost schema around `at` that bears an `$id`: its fragments are its own."""
        if not _passes_identifier(root.value, split(at.pointer)):
            return root
        bearers = self._bearers(at.document)
        pointer = at.pointer
        while pointer and pointer not in bearers:
            pointer = pointer.rpartition("/")[0]
        return (_descend(root, split(pointer)) or root) if pointer else root

    def _bearers(self, document: Document) -> frozenset[str]:
        name = document.source.name
        if name not in self._bearing:
            named = self._identified(document).items()
            self._bearing[name] = frozenset(at for each, at in named if not each.startswith("#"))
        return self._bearing[name]

    def _within(self, start: Node, fragment: str) -> Node | None:
        """Looked for once: many references lead to the same."""
        way = start.id, fragment
        if way not in self._found:
            self._found[way] = self._look(start, fragment)
        return self._found[way]

    def _look(self, start: Node, fragment: str) -> Node | None:
        fragment = unquote(fragment)
        if fragment and not fragment.startswith("/"):
            return self._anchored(start.document, f"#{fragment}")
        return _descend(start, split(fragment))

    def _get(self, name: str, where: str = "") -> Document:
        """`where` is the reference that leads there."""
        if name not in self._documents:
            data = self._fetched(name, where)
            self._size_bytes += len(data)
            check_size(name, self._size_bytes)
            document = parse(name, data, self._problems)
            self._nodes += document.nodes
            if self._nodes > NODES_MAX:
                raise too_many(name)
            self._documents[name] = document
        return self._documents[name]

    def _fetched(self, name: str, where: str) -> bytes:
        try:
            return self._fetch(name)
        except SpecError as error:
            if not where:
                raise
            what = f"the document {shown(name)} that is referred to: {error.what}"
            raise SpecError(what, where=where, hint=error.hint) from None

    def _anchored(self, document: Document, identifier: str) -> Node | None:
        """The schema that bears an `$id`, or an `$anchor` given as #name (2020-12, 8.2)."""
        pointer = self._identified(document).get(identifier)
        root = Node(document, "", document.value)
        return None if pointer is None else _descend(root, split(pointer))

    def _identified(self, document: Document) -> dict[str, str]:
        name = document.source.name
        if name not in self._named:
            self._named[name] = dict(_identifiers(document.value))
        return self._named[name]


def looping(place: Place) -> SpecError:
    return SpecError(
        f"the references from here lead back to themselves, or over {REFERENCE_CHAIN_MAX} others",
        where=str(place),
        hint=_LOOP_HINT,
    )


def _descend(node: Node, tokens: list[str]) -> Node | None:
    value, pointer = node.value, node.pointer
    for token in tokens:
        if isinstance(value, dict) and token in value:
            value = value[token]
        elif isinstance(value, list) and _INDEX.fullmatch(token) and int(token) < len(value):
            value = value[int(token)]
        else:
            return None
        pointer = join(pointer, token)
    return Node(node.document, pointer, value)


def _passes_identifier(value: Json, tokens: list[str]) -> bool:
    """Whether an `$id` stands in an object on this way, the last token's aside."""
    for token in tokens:
        if isinstance(value, dict):
            if "$id" in value:
                return True
            value = value.get(token)
        elif isinstance(value, list):
            value = value[int(token)]
    return False


def _identifiers(root: Json) -> Iterator[tuple[str, str]]:
    """Each identifier below `root` and the pointer to its schema."""
    pending: list[tuple[str, Json]] = [("", root)]
    while pending:
        pointer, value = pending.pop()
        if isinstance(value, dict):
            for keyword, prefix in (("$id", ""), ("$anchor", "#"), ("$dynamicAnchor", "#")):
                name = value.get(keyword)
                if isinstance(name, str) and name:
                    yield prefix + name, pointer
            pending.extend((join(pointer, key), below) for key, below in value.items())
        elif isinstance(value, list):
            pending.extend((f"{pointer}/{index}", below) for index, below in enumerate(value))
