"""A bridge plan becomes the source of a package: relative paths and their content."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from compat.emit.effects import Named, named_effects
from compat.emit.exchanges import Way, exchange_function
from compat.emit.faces import init_source
from compat.emit.gaps import gaps_source
from compat.emit.homes import homes
from compat.emit.hooks import protocol_source
from compat.emit.lens import function
from compat.emit.lists import list_functions, listed
from compat.emit.manifest import MANIFEST, PROTOCOL, header, manifest
from compat.emit.modules import source, too_wide, written
from compat.emit.names import (
    hook_name,
    lens_function,
    module_name,
    package_name,
    prose,
    slug,
)
from compat.emit.recipe import Recipe
from compat.emit.routes import Table, is_plain, routes_source
from compat.emit.writer import ModuleWriter, PackageFacts
from compat.errors import CompatError
from compat.lens.ops import DifferenceId, Flow, invert
from compat.model.interface import Interface
from compat.model.role import Role
from compat.plan.bridge import BridgePlan, Difference, Exchange

_TEXT_MAXES: Final = (60, 24, 12)  # tried in turn, where lines are too wide to be formatted
_FLOWS: Final = {Role.OLD_CLIENT: Flow.UP, Role.NEW_CLIENT: Flow.DOWN}


def emit(
    plan: BridgePlan, package: str, *, allow_gaps: bool, recipe: Recipe | None = None
) -> Mapping[str, bytes]:
    """The files of the package, the same for the same plan byte for byte.

    `recipe` goes into the manifest, for the package to be made again from there.
    Raises CompatError for a name that cannot be one, and for gaps that nobody accepted unless they
    are allowed; then they refuse at run time.
    """
    if plan.open_gaps and not allow_gaps:
        raise _gap_error(plan.open_gaps)
    emission = _emission(plan, package)
    found = [*_lens_files(emission), *_exchange_files(emission)]
    texts = {file.path: file.text for file in found}
    refused = {difference for file in found for difference in file.refused}
    refused |= {each.gap or "" for each in _exchanges(plan) if not each.calls and not each.hook}
    by_id = {difference.id: difference for difference in plan.differences}
    texts["gaps.py"] = gaps_source(emission.head("Why messages are refused."), refused, by_id)
    for role in Role:
        texts[f"{role}.py"] = _role_file(role, emission, found)
    for folder in ("lenses", "exchanges"):
        texts[f"{folder}/__init__.py"] = source(
            emission.head(f"The {folder}, imported when they are needed."), {}, [], future=False
        )
    if plan.hooks:
        about = emission.head("What hooks.py has to offer; that file is never overwritten.")
        texts[PROTOCOL] = protocol_source(about, plan.hooks)
    texts["__init__.py"] = init_source(emission.head(_title(plan)))
    texts["py.typed"] = ""
    content = {path: text.encode() for path, text in texts.items()}
    content |= runtime_parts()
    content[MANIFEST] = manifest(plan, package, content, recipe)
    return {path: content[path] for path in sorted(content)}


@cache
def runtime_parts() -> Mapping[str, bytes]:
    """The files that every package carries, as they are."""
    folder = files("compat.emit.runtime")
    parts = {each.name: each for each in folder.iterdir() if each.name.endswith(".py")}
    return {name: parts[name].read_bytes() for name in sorted(parts) if name != "__init__.py"}


def _gap_error(gaps: Sequence[Difference]) -> CompatError:
    lines = ["1 difference is" if len(gaps) == 1 else f"{len(gaps)} differences are"]
    lines[0] += " not bridged:"
    for gap in gaps:
        judged = gap.judgements.values()
        why = sorted({each.treatment for each in judged if each.verdict.is_gap})
        where = f"{gap.new or gap.old}: " if gap.new or gap.old else ""
        lines.append(f"  {gap.id}  {where}{gap.told}; {'; '.join(why)}")
        lines += [f"      {line}" for line in gap.stub.splitlines()]
    hint = "say in the intent file how to bridge them, or accept them there; or allow gaps"
    return CompatError("\n".join(lines), hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Emission:
    """What all files of one package are made from."""

    plan: BridgePlan
    named: Named
    homes: Mapping[str, str]
    labels: Mapping[DifferenceId, str]
    listed: frozenset[tuple[str, Flow]]

    def head(self, title: str) -> list[str]:
        return [title, "", *header(self.plan)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """An emitted file, the differences it refuses, and the function of each exchange in it."""

    path: str
    text: str
    refused: frozenset[DifferenceId]
    functions: Mapping[str, str]


def _emission(plan: BridgePlan, package: str) -> _Emission:
    package_name(package)
    for need in plan.hooks:
        hook_name(need.name)
    lenses = {name: lens.up for name, lens in plan.lenses.items()}
    named = named_effects(lenses)
    places = homes(lenses)
    return _Emission(
        plan=plan,
        named=named,
        homes=places,
        listed=listed(lenses, named, places),
        labels={each.id: each.subject.rpartition(".")[2] for each in plan.differences},
    )


def _title(plan: BridgePlan) -> str:
    return prose(
        f"{plan.new.title or 'The interface'} between {plan.old_version} and {plan.new_version}.",
        limit=90,
    )


def _exchanges(plan: BridgePlan) -> Iterator[Exchange]:
    for role in Role:
        yield from plan.exchanges.get(role, ())


def _fitted(
    emission: _Emission,
    home: str,
    path: str,
    title: str,
    fill: Callable[[ModuleWriter], Mapping[str, str]],
) -> _File:
    """The file that `fill` writes, with as many texts in constants as its lines ask for."""
    attempts: list[_File] = []
    for text_max in _TEXT_MAXES:
        facts = PackageFacts(
            named=emission.named,
            homes=emission.homes,
            labels=emission.labels,
            listed=emission.listed,
            text_max=text_max,
        )
        writer = ModuleWriter(facts=facts, home=home)
        functions = fill(writer)
        text = written(writer, emission.head(title))
        attempts.append(
            _File(path=path, text=text, refused=frozenset(writer.refused), functions=functions)
        )
        if not too_wide(text):
            break
    return min(attempts, key=lambda file: too_wide(file.text))


def _lens_files(emission: _Emission) -> Iterator[_File]:
    plan = emission.plan
    for home in dict.fromkeys(emission.homes.values()):
        names = [name for name in plan.lenses if emission.homes[name] == home]

        def fill(writer: ModuleWriter, names: Sequence[str] = names) -> Mapping[str, str]:
            writer.taken |= {lens_function(name, flow) for name in names for flow in Flow}
            for name in names:
                _add_lens(name, plan, writer)
            return {}

        title = prose(f"{plan.lenses[names[0]].title or names[0]}.", limit=90)
        yield _fitted(emission, home, f"lenses/{home}.py", title, fill)


def _add_lens(name: str, plan: BridgePlan, writer: ModuleWriter) -> None:
    """The two functions of a named lens."""
    lens = plan.lenses[name]
    versions = {Flow.UP: (plan.old_version, plan.new_version)}
    versions[Flow.DOWN] = versions[Flow.UP][::-1]
    for flow, ops in ((Flow.UP, lens.up), (Flow.DOWN, invert(lens.up))):
        start, end = versions[flow]
        title = prose(f"{lens.title or name}, from {start} to {end}.", limit=90)
        if (name, flow) in writer.facts.listed:
            list_functions(name, ops, flow, title, writer)
        else:
            function(lens_function(name, flow), ops, flow, title, writer)


def _exchange_files(emission: _Emission) -> Iterator[_File]:
    """A file for each role and first segment of a path that has an exchange with code."""
    for role in Role:
        groups: dict[str, list[Exchange]] = {}
        for exchange in emission.plan.exchanges.get(role, ()):
            has_code = exchange.hook is not None or bool(exchange.calls)
            if has_code and not is_plain(exchange, _versions(role, emission.plan), emission.named):
                groups.setdefault(module_name(f"{_group(exchange)}_{role}"), []).append(exchange)
        for name, exchanges in groups.items():
            way = Way(callee=_versions(role, emission.plan)[1], flow=_FLOWS[role])

            def fill(
                writer: ModuleWriter,
                name: str = name,
                exchanges: Sequence[Exchange] = exchanges,
                way: Way = way,
            ) -> Mapping[str, str]:
                return {
                    each.name: f"{name}.{exchange_function(each, way, writer)}"
                    for each in exchanges
                }

            title = f"Exchanges of the {role.replace('_', ' ')}."
            yield _fitted(emission, "", f"exchanges/{name}.py", title, fill)


def _group(exchange: Exchange) -> str:
    first = exchange.operation.path.strip("/").partition("/")[0]
    return "any" if "{" in first or not first else slug(first, limit=40).rstrip("_")


def _versions(role: Role, plan: BridgePlan) -> tuple[Interface, Interface]:
    """The caller's and the callee's."""
    return (plan.old, plan.new) if role is Role.OLD_CLIENT else (plan.new, plan.old)


def _role_file(role: Role, emission: _Emission, found: Sequence[_File]) -> str:
    plan = emission.plan
    ending = f"_{role}.py"
    functions = [file.functions for file in found if file.path.endswith(ending)]
    table = Table(
        versions=_versions(role, plan),
        exchanges=plan.exchanges.get(role, ()),
        functions={name: place for each in functions for name, place in each.items()},
        has_hooks=bool(plan.hooks),
    )
    versions = (plan.old_version, plan.new_version)
    caller, callee = versions if role is Role.OLD_CLIENT else versions[::-1]
    title = prose(f"How a client of {caller} reaches a server of {callee}.", limit=90)
    return routes_source(emission.head(title), table, emission.named)
