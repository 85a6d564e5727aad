"""What the proxy counts, as Prometheus reads it (text format 0.0.4)."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from compat.emit.runtime.asgi import App

_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridged:
    """Where the counts of one package come from: (difference, flow) -> how often.

    `peer` is the version of those whose calls it bridges; `named` has the kind and the subject of
    each difference.
    """

    package: str
    peer: str
    totals: Callable[[], Mapping[tuple[str, str], int]]
    named: Mapping[str, tuple[str, str]]


@dataclass(slots=True, kw_only=True)
class Metrics:
    """Counts of one proxy."""

    bridged: Sequence[Bridged] = ()
    answers: Counter[int] = field(default_factory=Counter)  # by status, 499 for callers who left
    broken: int = 0  # answers that could not be completed
    in_flight: int = 0

    def text(self) -> str:
        """The exposition of everything."""
        return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        totals = [(source, source.totals()) for source in self.bridged]
        yield from _family("isthmus_bridged_total", "counter", "Values changed on their way.")
        for source, counts in totals:
            for (difference, flow), count in counts.items():
                labels = _labels(
                    package=source.package, peer=source.peer, difference=difference, flow=flow
                )
                yield f"isthmus_bridged_total{labels} {count}"
        yield from _family("isthmus_difference_info", "gauge", "What each difference is.")
        for source, counts in totals:
            for difference in sorted({each for each, _ in counts} & source.named.keys()):
                kind, subject = source.named[difference]
                labels = _labels(
                    package=source.package, difference=difference, kind=kind, subject=subject
                )
                yield f"isthmus_difference_info{labels} 1"
        yield from _family("isthmus_proxy_answers_total", "counter", "Answers by their status.")
        for status, count in sorted(self.answers.items()):
            yield f"isthmus_proxy_answers_total{_labels(status=str(status))} {count}"
        yield from _family("isthmus_proxy_broken_total", "counter", "Answers cut off midway.")
        yield f"isthmus_proxy_broken_total {self.broken}"
        yield from _family("isthmus_proxy_in_flight", "gauge", "Calls under way.")
        yield f"isthmus_proxy_in_flight {self.in_flight}"


def metrics_app(metrics: Metrics) -> App:
    """An app that shows them at `/metrics`, and says so at `/`."""

    async def tell(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("the metrics of this proxy are at /metrics\n")

    async def show(_request: Request) -> PlainTextResponse:
        return PlainTextResponse(metrics.text(), media_type=_TYPE)

    return Starlette(routes=[Route("/", tell), Route("/metrics", show)])


def _family(name: str, kind: str, help_text: str) -> tuple[str, str]:
    return f"# HELP {name} {help_text}", f"# TYPE {name} {kind}"


def _labels(**labels: str) -> str:
    pairs = (f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return "{" + ",".join(pairs) + "}"


def _escaped(value: str) -> str:
    value = value.encode(errors="backslashreplace").decode()  # half surrogate pairs
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
