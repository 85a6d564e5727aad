"""The interface's spec as what holds requests and answers against it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, NamedTuple

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from core.site.access import Role
from core.site.mistake import mistake
from core.site.problem import Problem

METHODS: Final = ("get", "put", "post", "delete", "patch")
JSON: Final = "application/json"
PROBLEM_JSON: Final = "application/problem+json"

_BASE: Final = "urn:isthmus:spec"
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
_TRUTH: Final = {"true": True, "false": False}
_ERRORS_MAX: Final = 8
_MESSAGE_MAX: Final = 200


def _pattern(
    _validator: Validator, pattern: str, instance: object, _schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """As ECMA 262 has it, where the end is not before a last line break."""
    if isinstance(instance, str):
        anchored = f"{pattern[:-1]}\\Z" if pattern.endswith("$") else pattern
        if not re.search(anchored, instance):
            yield ValidationError(f"{instance!r:.80} does not match {pattern!r}")


def _is_whole(_checker: object, instance: object) -> bool:
    return isinstance(instance, int) and not isinstance(instance, bool)


# A whole number is one that is written as such: nobody has 4096.0 bytes.
_STRICT: Final[Any] = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {"pattern": _pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_whole),
)


class _Wrong(NamedTuple):
    """A place of a request, what is wrong there, and what belongs there."""

    place: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of an operation; `default` is None where it has none."""

    name: str
    place: str
    is_required: bool
    type: str | None
    default: Any
    validator: Validator

    def read(self, text: str) -> Any:
        """The value that a text means, not looked at yet."""
        if self.type == "boolean":
            return _TRUTH.get(text, text)
        return int(text) if self.type == "integer" and _WHOLE.fullmatch(text) else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What a method of a path does; `role` is None where nobody has to show a token."""

    id: str
    method: str
    path: str
    role: Role | None
    parameters: tuple[Parameter, ...]
    body: Validator | None
    answers: Mapping[str, Mapping[str, Validator]]

    def parameters_of(
        self,
        path: Mapping[str, str],
        query: Sequence[tuple[str, str]],
        headers: Mapping[str, str],
    ) -> dict[str, Any]:
        """All that have a value, by their names; raises Problem. Headers have lower-case names."""
        errors = [_Wrong(*each) for each in self._strange(query)]
        values: dict[str, Any] = {}
        places = {"path": path, "query": dict(query), "header": headers}
        for each in self.parameters:
            name = each.name.lower() if each.place == "header" else each.name
            text = places[each.place].get(name)
            if text is None:
                if each.is_required:
                    errors.append(_Wrong(f"{each.place}/{each.name}", "it is needed"))
                elif each.default is not None:
                    values[each.name] = each.default
                continue
            values[each.name] = each.read(text)
            errors += _wrong(each.validator, values[each.name], f"{each.place}/{each.name}")
        _refuse(errors)
        return values

    def _strange(self, query: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        known = {each.name for each in self.parameters if each.place == "query"}
        seen: set[str] = set()
        for name, _ in query:
            if name not in known:
                yield f"query/{name:.40}", "there is no such parameter"
            elif name in seen:
                yield f"query/{name}", "it is there twice"
            seen.add(name)

    def check_body(self, body: Any) -> None:
        """Raises Problem for one that the spec does not have."""
        if self.body is not None:
            _refuse(_wrong(self.body, body, "body"))

    def complaints(self, status: int, media_type: str | None, document: Any) -> list[str]:
        """What the spec does not have of an answer, whose document is a text if it is no JSON."""
        contents = self.answers.get(str(status), self.answers.get("default"))
        if contents is None:
            return [f"{self.id}: no answer has the status {status}"]
        if media_type is None:
            return [f"{self.id}: {status} needs a body"] if contents else []
        if media_type not in contents:
            return [f"{self.id}: {status} has no {media_type}"]
        found = _raw(contents[media_type], document, "answer")
        return [f"{self.id}: {status}: {place}: {message}" for place, message in found]


class Contract:
    """A spec in OpenAPI 3.1, whose security has the role that is needed."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        resource = DRAFT202012.create_resource(document)
        self._registry: Registry[Any] = Registry().with_resource(_BASE, resource)
        self.operations = tuple(
            self._operation(path, item, method)
            for path, item in document["paths"].items()
            for method in METHODS
            if method in item
        )

    def validator(self, *names: str) -> Validator:
        """Of the schema at that place of the document."""
        pointer = "".join(f"/{each.replace('~', '~0').replace('/', '~1')}" for each in names)
        found: Validator = _STRICT({"$ref": f"{_BASE}#{pointer}"}, registry=self._registry)
        return found

    def _operation(self, path: str, item: Mapping[str, Any], method: str) -> Operation:
        said = item[method]
        at = ("paths", path, method)
        body = None
        if "requestBody" in said:
            body = self.validator(*at, "requestBody", "content", JSON, "schema")
        return Operation(
            id=said["operationId"],
            method=method.upper(),
            path=path,
            role=_role(said.get("security", self._document["security"])),
            parameters=(
                *self._parameters(item, ("paths", path)),
                *self._parameters(said, at),
            ),
            body=body,
            answers={
                status: self._contents(answer, (*at, "responses", status))
                for status, answer in said["responses"].items()
            },
        )

    def _parameters(self, said: Mapping[str, Any], at: Sequence[str]) -> Iterator[Parameter]:
        for nth, each in enumerate(said.get("parameters", ())):
            found, place = self._resolved(each, (*at, "parameters", str(nth)))
            schema, _ = self._resolved(found["schema"], ())
            yield Parameter(
                name=found["name"],
                place=found["in"],
                is_required=found.get("required", False),
                type=schema.get("type"),
                default=schema.get("default"),
                validator=self.validator(*place, "schema"),
            )

    def _contents(self, answer: Mapping[str, Any], at: Sequence[str]) -> Mapping[str, Validator]:
        found, place = self._resolved(answer, at)
        return {
            media_type: self.validator(*place, "content", media_type, "schema")
            for media_type in found.get("content", {})
        }

    def _resolved(
        self, said: Mapping[str, Any], at: Sequence[str]
    ) -> tuple[Mapping[str, Any], Sequence[str]]:
        """What is meant, and where it stands."""
        if "$ref" not in said:
            return said, at
        names = said["$ref"].removeprefix("#/").split("/")
        found = self._document
        for name in names:
            found = found[name]
        return self._resolved(found, names)


def _role(security: Sequence[Mapping[str, Sequence[str]]]) -> Role | None:
    if not security:
        return None
    (needed,) = security
    (roles,) = needed.values()
    (role,) = roles
    return Role[role.upper()]


def _raw(validator: Validator, value: Any, place: str) -> list[tuple[str, str]]:
    """As the validator tells it, for who has written the node."""
    found = []
    for error in validator.iter_errors(value):
        at = "/".join((place, *map(str, error.absolute_path)))
        found.append((at, error.message[:_MESSAGE_MAX]))
        if len(found) == _ERRORS_MAX:
            break
    return found


def _wrong(validator: Validator, value: Any, place: str) -> Iterator[_Wrong]:
    """What a request has that the spec has not."""
    for error in islice(validator.iter_errors(value), _ERRORS_MAX):
        steps, what, hint = mistake(error)
        yield _Wrong("/".join((place, *map(str, steps))), what[:_MESSAGE_MAX], hint)


def _refuse(errors: Iterable[_Wrong]) -> None:
    if found := tuple(islice(errors, _ERRORS_MAX)):
        first = found[0]
        raise Problem(
            "invalid",
            f"{first.place}: {first.message}",
            hint=first.hint,
            errors=[(each.place, each.message) for each in found],
        )
