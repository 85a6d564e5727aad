"""A description that a plan is made from: YAML, JSON or TOML, held against its schema.

Whatever is wrong with it is told with file and line, and what to write instead.
"""

import math
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final, TypeAlias

import orjson
from jsonschema import Draft202012Validator, TypeChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from compat.load.document import parse
from compat.load.node import shown
from compat.load.pointer import join
from compat.load.problem import Problems, SpecError
from core.errors import CoreError
from core.site.toml_lines import line_of

Steps: TypeAlias = Sequence[str | int]

BYTES_MAX: Final = 16 << 20
_AT: Final = re.compile(r"\(at line (\d+), column (\d+)\)")


def _is_number(_: TypeChecker, value: object) -> bool:
    """TOML has some that are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


_Validator: Final = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("number", _is_number),
)


@dataclass(frozen=True, slots=True)
class Described:
    """What the file says; `where` tells the file and the line of a key or an entry by its steps."""

    value: Mapping[str, Any]
    where: Callable[[Steps], str]

    def refusal(self, steps: Steps, what: str, hint: str) -> CoreError:
        """What is wrong at a place, as it is to be raised."""
        return CoreError(f"{path_text(steps)}: {what}", where=self.where(steps), hint=hint)


def read_described(path: Path, schema_name: str) -> Described:
    """What is described in the file, as the schema of this name in `core.cli.schemas` wants it.

    Raises CoreError, which names file, line and remedy, for the first mistake in the file.
    """
    return checked(parsed(path), schema_name)


def parsed(path: Path) -> Described:
    """What the file says, whatever that is; raises CoreError where it is no description."""
    read = _toml if path.suffix.lower() == ".toml" else _yaml
    return read(path, _bytes(path))


def checked(found: Described, schema_name: str) -> Described:
    """It is as the schema wants it; raises CoreError for the first mistake where it is not."""
    _check(found, schema_name)
    return found


def lacking(found: Described, schema_name: str) -> Mapping[Steps, Mapping[str, str]]:
    """By where it is to be written, what is not there and what belongs there; a list that has too
    little in it lacks "". Nothing where something is wrong that no more writing mends."""
    told: dict[Steps, dict[str, str]] = {}
    for error in _validator(schema_name).iter_errors(found.value):
        node: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
        place = told.setdefault((*error.absolute_path,), {})
        match error.validator:
            case "required":
                place |= {
                    key: str(node["properties"][key]["description"])
                    for key in node["required"]
                    if key not in error.instance
                }
            case "minItems":
                place[""] = str(node["items"]["description"])
            case _:
                return {}
    return told


def path_text(steps: Steps) -> str:
    """`volumes[3].size`, or `the file` where there are no steps."""
    words = (f"[{each}]" if isinstance(each, int) else f".{each}" for each in steps)
    return "".join(words).removeprefix(".") or "the file"


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(BYTES_MAX + 1)
    except OSError as error:
        hint = "name a file that is there, and may be read"
        raise CoreError(f"cannot be read: {error.strerror}", where=str(path), hint=hint) from None
    if len(data) > BYTES_MAX:
        raise CoreError(
            f"a description of more than {BYTES_MAX >> 20} MiB is not read",
            where=str(path),
            hint="describe one site at a time",
        )
    return data


def _yaml(path: Path, data: bytes) -> Described:
    try:
        parsed = parse(str(path), data, Problems(strict=False))
    except SpecError as error:
        hint = "a description is YAML, JSON or TOML, in UTF-8"
        raise CoreError(error.what, where=error.where, hint=hint) from None

    def where(steps: Steps) -> str:
        pointer = ""
        for step in steps:
            pointer = join(pointer, str(step))
        return f"{path}:{parsed.place(pointer).line}"

    for problem in parsed.problems.found():
        place = f"{path}:{problem.place.line}"
        raise CoreError(problem.message, where=place, hint="take it out")
    return Described(_mapping(parsed.value, str(path)), where)


def _toml(path: Path, data: bytes) -> Described:
    try:
        text = data.decode()
        value = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise CoreError(f"this is no text: {error}", where=str(path), hint="UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        at = _AT.search(str(error))
        where = f"{path}:{at[1]}" if at else str(path)
        what = f"this is no TOML: {_AT.sub('', str(error)).strip()}"
        raise CoreError(what, where=where, hint="YAML is read from a file named .yaml") from None
    except (RecursionError, ValueError) as error:
        what = f"this cannot be read: {error}"
        hint = "write numbers and lists as the schema has them"
        raise CoreError(what, where=str(path), hint=hint) from None

    def place(steps: Steps) -> str:
        line = line_of(text, steps)
        return f"{path}:{line}" if line else str(path)

    return Described(_mapping(value, str(path)), place)


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise CoreError(
            "a description is a mapping of keys", where=f"{where}:1", hint="write `key: value`"
        )
    return value


def schema(name: str) -> Mapping[str, Any]:
    """The JSON Schema of a kind of description."""
    found: Mapping[str, Any] = orjson.loads(
        resources.files("core.cli").joinpath("schemas", f"{name}.schema.json").read_bytes()
    )
    return found


@cache
def _validator(name: str) -> Draft202012Validator:
    found: Draft202012Validator = _Validator(schema(name))
    return found


def _check(found: Described, schema_name: str) -> None:
    """Raises what stands first in the file, of all that is wrong."""
    mistakes = [
        mistake
        for error in _validator(schema_name).iter_errors(found.value)
        for mistake in _told(error)
    ]
    placed = [(_line(found.where(steps)), steps, what, hint) for steps, what, hint in mistakes]
    for _, steps, what, hint in sorted(placed, key=lambda each: each[0])[:1]:
        more = f" (and {len(placed) - 1} more)" if len(placed) > 1 else ""
        raise found.refusal(steps, f"{what}{more}", hint)


def _line(where: str) -> int:
    number = where.rpartition(":")[2]
    return int(number) if number.isdecimal() else 0


def _told(error: ValidationError) -> Iterator[tuple[Steps, str, str]]:
    """Where, what, and what to do; a subschema's description says what belongs there."""
    node: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    steps = (*error.absolute_path,)
    value: Any = error.instance
    match error.validator:
        case "additionalProperties":
            known = ", ".join(sorted(node["properties"]))
            for key in sorted(value.keys() - node["properties"].keys()):
                yield (*steps, key), "there is no such key", f"known here: {known}"
        case "required":
            for key in node["required"]:
                if key not in value:
                    wanted = node["properties"][key].get("description", "it has to be there")
                    yield steps, f"{key} is missing", wanted
        case _:
            hint = str(node.get("description", error.message))
            yield steps, f"{shown(value)} does not belong here", hint
