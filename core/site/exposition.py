"""Figures as Prometheus reads them (text format 0.0.4)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Family(NamedTuple):
    """Figures of one name: pairs of labels and a value."""

    name: str
    kind: str
    help: str
    samples: Iterable[tuple[Mapping[str, str], float]]


def exposition(families: Iterable[Family]) -> str:
    """All of them."""
    return "".join(f"{line}\n" for each in families for line in _lines(each))


def _lines(family: Family) -> Iterator[str]:
    yield f"# HELP {family.name} {family.help}"
    yield f"# TYPE {family.name} {family.kind}"
    for labels, value in family.samples:
        yield f"{family.name}{_labels(labels)} {value:.15g}"


def _labels(labels: Mapping[str, str]) -> str:
    pairs = (f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return "{" + ",".join(pairs) + "}" if labels else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
