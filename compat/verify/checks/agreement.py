"""A package does what the interpreter does, and counts what it does."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from compat.lens.ops import Flow, invert
from compat.lens.refusal import Refused
from compat.lens.value import is_json, own, same
from compat.model.schema import ABSENT, Json
from compat.verify.bench import Bench, Finding, Run
from compat.verify.driving import unlike
from compat.verify.probes import probes
from compat.verify.raised import RAISED, told


def agreement(_bench: Bench, run: Run) -> Iterator[Finding]:
    """The exchange goes as the plan says: the same requests, the same answer or refusal."""
    if run.outcome.failure:
        yield Finding(message=f"it fails: {run.outcome.failure}")
    if run.expected is None or run.expected.failure == run.outcome.failure != "":
        return
    found = list(unlike(run.outcome, run.expected))
    yield from (Finding(message=f"{each} as the interpreter has it") for each in found)
    if not found and run.outcome.refused is None:
        yield from _miscounts(run.counted, run.expected_counts)


def _miscounts(
    counted: Counter[tuple[str, str]], expected: Counter[tuple[str, str]]
) -> Iterator[Finding]:
    for key in sorted({*counted, *expected}):
        if counted[key] != expected[key]:
            difference, flow = key
            yield Finding(
                message=f"it is counted {counted[key]} times ({flow}), not {expected[key]}",
                differences=(difference,),
            )


def lens_agreement(bench: Bench, name: str, flow: Flow) -> Iterator[tuple[Json, Finding]]:
    """The function of a named lens gives what the lens does, for values that it bites on."""
    function = bench.package.lens(name, flow)
    if function is None:
        return
    lens = bench.plan.lenses[name].up
    for value in probes(lens if flow is Flow.UP else invert(lens), bench.context):
        bench.oracle.counts.clear()
        wanted = _attempt(lambda value=value: bench.oracle.lens(name, flow, value), Refused)
        before = Counter(bench.package.counted())
        found = _attempt(lambda value=value: function(own(value)), bench.kinds[2])
        if isinstance(found, bench.package.part("values").Absent):
            found = ABSENT
        if not (same(found, wanted) if is_json(found) and is_json(wanted) else found == wanted):
            yield value, Finding(message=f"{found!r}, not {wanted!r} as the interpreter has it")
            continue
        counted = Counter(bench.package.counted())
        counted.subtract(before)
        if not isinstance(found, _Raised):
            yield from ((value, each) for each in _miscounts(+counted, bench.oracle.counts))


class _Raised(str):
    """How an attempt ended that gave nothing."""


def _attempt(do: Any, gap: type[Exception]) -> Any:
    try:
        return do()
    except gap as refused:
        return _Raised(f"refused for {refused.difference}")  # type: ignore[attr-defined]
    except RAISED as error:
        return _Raised(told(error))
