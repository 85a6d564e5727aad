"""Plans made by hand, and emitted packages imported straight from memory."""

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from itertools import count
from types import CodeType, ModuleType
from typing import Any, Final

from compat.emit.package import emit
from compat.lens.ops import DifferenceId, FieldPath, Flow, Focus, Lens, Rename
from compat.model.interface import Interface, OperationKey
from compat.model.place import Place, Source
from compat.model.role import Role
from compat.plan.bridge import (
    AnswerBridge,
    BridgePlan,
    Call,
    Difference,
    Exchange,
    HookKind,
    HookNeed,
    Judgement,
    NamedLens,
    Paging,
    Slicing,
    Verdict,
)

NOWHERE: Final = Place(Source("spec.yaml", lambda _: (1, 1)), "")
_NUMBERS: Final = count()


def interface(title: str, *, base: str = "") -> Interface:
    return Interface(
        place=NOWHERE,
        title=title,
        version=title,
        dialect="3.0",
        digest=f"{title}-digest",
        base_path=base,
        operations=(),
        schemas={},
        components={},
        document={},
    )


def plan_of(
    lenses: Mapping[str, Lens] | None = None,
    exchanges: Mapping[Role, Sequence[Exchange]] | None = None,
    *,
    differences: Sequence[Difference] = (),
    hooks: Sequence[HookNeed] = (),
    bases: tuple[str, str] = ("/v1", "/v2"),
) -> BridgePlan:
    """A plan between version 1 and version 2."""
    named = {
        name: NamedLens(name=name, title=name, up=up, old_schema="", new_schema="")
        for name, up in (lenses or {}).items()
    }
    return BridgePlan(
        old=interface("1", base=bases[0]),
        new=interface("2", base=bases[1]),
        old_version="1",
        new_version="2",
        intent_digest="",
        differences=tuple(differences),
        lenses=named,
        exchanges={role: tuple((exchanges or {}).get(role, ())) for role in Role},
        hooks=tuple(hooks),
    )


def difference(
    identifier: DifferenceId,
    subject: str = "Volume.size",
    *,
    verdict: Verdict = Verdict.LOSSLESS,
    message: str = "it differs",
    stub: str = "",
) -> Difference:
    return Difference(
        id=identifier,
        kind="field-changed",
        subject=subject,
        message=message,
        old=None,
        new=NOWHERE,
        judgements={role: Judgement(verdict=verdict, treatment="is treated") for role in Role},
        stub=stub,
    )


def key(text: str) -> OperationKey:
    method, _, path = text.partition(" ")
    return OperationKey(method, path)


def call(
    operation: str,
    request: Lens = (),
    answers: Mapping[str, Lens | AnswerBridge] | None = None,
    *,
    when: tuple[FieldPath, ...] = (),
    into: FieldPath | None = None,
    paging: Paging | None = None,
    slicing: Slicing | None = None,
) -> Call:
    """A call of "GET /path"; answers map a status to a lens that keeps it, or to a bridge."""
    bridges = tuple(
        each
        if isinstance(each, AnswerBridge)
        else AnswerBridge(status=status, becomes=None, lens=each)
        for status, each in (answers or {}).items()
    )
    return Call(
        operation=key(operation),
        request=request,
        answers=bridges,
        when=when,
        into=into,
        paging=paging,
        slicing=slicing,
    )


def exchange(
    operation: str,
    *calls: Call,
    name: str = "ask",
    gap: DifferenceId | None = None,
    hook: str | None = None,
) -> Exchange:
    return Exchange(operation=key(operation), name=name, calls=calls, gap=gap, hook=hook)


def value_hooks(*names: str) -> tuple[HookNeed, ...]:
    return tuple(
        HookNeed(name=f"{name}_{flow}", kind=HookKind.VALUE, difference="d0", purpose=f"{name} it")
        for name in names
        for flow in Flow
    )


class _Memory(MetaPathFinder, InspectLoader):
    """Finds the modules of one package in a mapping of its files."""

    def __init__(self, package: str, files: Mapping[str, bytes]) -> None:
        self._package, self._files = package, files

    def _path(self, fullname: str) -> tuple[str, bool] | None:
        if fullname != self._package and not fullname.startswith(f"{self._package}."):
            return None
        stem = fullname[len(self._package) + 1 :].replace(".", "/")
        for path, is_package in ((f"{stem}.py", False), (f"{stem}/__init__.py".lstrip("/"), True)):
            if path in self._files:
                return path, is_package
        return None

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        found = self._path(fullname)
        if found is None:
            return None
        return ModuleSpec(fullname, self, origin=found[0], is_package=found[1])

    def get_source(self, fullname: str) -> str | None:
        found = self._path(fullname)
        return None if found is None else self._files[found[0]].decode()

    def get_code(self, fullname: str) -> CodeType | None:
        source = self.get_source(fullname)
        return None if source is None else _compiled(source)


@cache
def _compiled(source: str) -> CodeType:
    return compile(source, "<emitted>", "exec", dont_inherit=True)


@contextmanager
def imported(files: Mapping[str, bytes]) -> Iterator[Callable[[str], ModuleType]]:
    """A function that imports a module of the emitted package, "" for the package itself."""
    package = f"emitted_{next(_NUMBERS)}"
    finder = _Memory(package, files)
    sys.meta_path.append(finder)
    try:
        yield lambda name: importlib.import_module(f"{package}.{name}" if name else package)
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if name.split(".")[0] == package]:
            del sys.modules[name]


@contextmanager
def running(plan: BridgePlan, *, hooks: str = "") -> Iterator[Callable[[str], ModuleType]]:
    """The package emitted for a plan, with this text in its hooks file."""
    files = dict(emit(plan, "shim", allow_gaps=True))
    if hooks:
        files["hooks.py"] = hooks.encode()
    with imported(files) as module:
        yield module


def drive(flow: Any, *answers: Any) -> tuple[list[Any], Any]:
    """The requests that an exchange sends when it is given these answers, and what it returns."""
    requests = []
    remaining = list(answers)
    try:
        requests.append(next(flow))
        while True:
            requests.append(flow.send(remaining.pop(0)))
    except StopIteration as stop:
        assert not remaining, f"answers left over: {remaining}"
        return requests, stop.value


SIZE: Lens = (Rename(old="size", new="bytes", difference="d1"),)


def body(lens: Lens) -> Lens:
    return (Focus(path=("body",), lens=lens),)


def ask(
    *exchanges: Exchange,
    request: dict[str, Any],
    answers: tuple[dict[str, Any], ...] = (),
    role: Role = Role.OLD_CLIENT,
    lenses: dict[str, Lens] | None = None,
) -> tuple[list[Any], Any]:
    """What the exchange for a request sends and returns; each answer has a status or 200."""
    with running(plan_of(lenses, {role: exchanges})) as module:
        message = module("message")
        responses = [message.Response(**{"status": 200, **answer}) for answer in answers]
        return drive(module(role).exchange(message.Request(**request)), *responses)
