"""A state as a file that a person goes on with: what is lacking stands there as a comment."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from core.cli.plan.document import Steps

SECTIONS: Final = ("appliances", "links", "pools", "groups")
_LINES_MAX: Final = 40

Lacking = Mapping[Steps, Mapping[str, str]]


def draft(state: Mapping[str, Any], lacks: Lacking) -> Iterator[str]:
    """The lines of it."""
    yield f"state: {state['state']}"
    for section in SECTIONS:
        entries = state[section]
        yield f"{section}:" if entries else f"{section}: []"
        for what in lacks.get((section,), {}).values():
            yield f"  # {what}"
        for nth, entry in enumerate(entries):
            yield f"  - name: {_flow(entry['name'])}"
            yield from (
                f"    {key}: {_flow(value)}" for key, value in entry.items() if key != "name"
            )
            for key, what in lacks.get((section, nth), {}).items():
                yield f"    # {key}: {what}"


def lacking_text(state: Mapping[str, Any], lacks: Lacking) -> str:
    """What is lacking and nothing else, as it is to be written; of much of it the first."""
    of_these: dict[str, Any] = {"state": 1}
    places: dict[Steps, Mapping[str, str]] = {}
    for section in SECTIONS:
        entries = state.get(section, [])
        some = [nth for nth in range(len(entries)) if (section, nth) in lacks]
        of_these[section] = [{"name": entries[nth]["name"]} for nth in some]
        places |= {(section, at): lacks[section, nth] for at, nth in enumerate(some)}
        places[section,] = lacks.get((section,), {})
    lines = [
        line
        for line in draft(of_these, places)
        if not line.endswith(": []") or places[line.removesuffix(": []"),]
    ]
    more = [f"# and {len(lines) - _LINES_MAX} lines more"] if len(lines) > _LINES_MAX else []
    return "\n".join(f"    {line}" for line in (*lines[:_LINES_MAX], *more))


def _flow(value: Any) -> str:
    return orjson.dumps(value).decode()
