"""A literal path that catches what a template of the other version meant."""

import pytest

from compat.intent.model import Then
from compat.lens.refusal import Refused
from compat.model.interface import Interface
from tests.compat.plan.making import NEW, OLD, Message
from tests.compat.plan.whole import crossed, whole

GET = "GET /volumes/{id}"
LITERAL = "/volumes/all: {get: {}}"


def volumes(*more: str, schema: str = "{type: string}", name: str = "id") -> Interface:
    parameter = f"{{name: {name}, in: path, required: true, schema: {schema}}}"
    first = f"/volumes/{{{name}}}: {{get: {{parameters: [{parameter}]}}}}"
    return whole("\n".join((first, *more)))


def test_an_old_clients_id_became_a_path_of_its_own() -> None:
    made = crossed(volumes(), volumes(LITERAL))
    assert made.found == {
        "operation-added GET /volumes/all": ("none", "lossy"),
        f"path-shadowed {GET} path.id=all": ("needs-intent", "none"),
    }
    with pytest.raises(Refused):
        made.sends(OLD, GET, Message(path={"id": "all"}))
    assert made.sends(OLD, GET, Message(path={"id": "a"})) == Message(path={"id": "a"})
    assert made.sends(NEW, GET, Message(path={"id": "all"})) == Message(path={"id": "all"})


def test_a_new_clients_id_was_a_path_of_its_own() -> None:
    made = crossed(volumes(LITERAL), volumes())
    assert made.found[f"path-shadowed {GET} path.id=all"] == ("none", "lossy")
    with pytest.raises(Refused):
        made.sends(NEW, GET, Message(path={"id": "all"}))
    assert made.sends(OLD, GET, Message(path={"id": "all"})) == Message(path={"id": "all"})


@pytest.mark.parametrize(
    "schema",
    [
        "{type: integer}",
        "{type: string, enum: [a, b]}",
        "{type: string, pattern: '^[0-9]+$'}",
        "{type: string, format: uuid}",
        "{type: string, minLength: 4}",
        "{type: string, maxLength: 2}",
        "{oneOf: [{type: integer}, {type: boolean}]}",
    ],
)
def test_what_the_parameter_cannot_be_is_no_matter(schema: str) -> None:
    made = crossed(volumes(schema=schema), volumes(LITERAL, schema=schema))
    assert list(made.found) == ["operation-added GET /volumes/all"]


@pytest.mark.parametrize(
    "schema", ["{}", "{type: string, enum: [all]}", "{type: [string, integer]}"]
)
def test_what_it_may_be_is(schema: str) -> None:
    made = crossed(volumes(schema=schema), volumes(LITERAL, schema=schema))
    assert f"path-shadowed {GET} path.id=all" in made.found


def test_a_path_of_both_versions_catches_the_same_in_both() -> None:
    assert crossed(volumes(LITERAL), volumes(LITERAL, name="name")).found == {}


def test_another_method_or_another_length_catches_nothing() -> None:
    more = ("/volumes/all: {put: {}}", "/volumes/all/used: {get: {}}")
    assert not any("shadowed" in each for each in crossed(volumes(), volumes(*more)).found)


def test_the_parameters_may_have_other_names() -> None:
    made = crossed(volumes(name="id"), volumes(LITERAL, name="name"))
    with pytest.raises(Refused):
        made.sends(OLD, GET, Message(path={"id": "all"}))
    back = crossed(volumes(LITERAL, name="id"), volumes(name="name"))
    with pytest.raises(Refused):
        back.sends(NEW, "GET /volumes/{name}", Message(path={"name": "all"}))


def test_a_segment_that_holds_more_than_a_parameter_catches_too() -> None:
    json = "/volumes/{name}.json: {get: {}}"
    made = crossed(volumes(), volumes(json))
    assert made.found[f"path-shadowed {GET} path.id={{}}.json"] == ("needs-intent", "none")
    with pytest.raises(Refused):
        made.sends(OLD, GET, Message(path={"id": "a.json"}))
    for name in ("a", ".json", "a.json5", "ajson"):
        assert made.sends(OLD, GET, Message(path={"id": name})) == Message(path={"id": name})
    assert made.sends(NEW, GET, Message(path={"id": "a.json"})) == Message(path={"id": "a.json"})
    back = crossed(volumes(json), volumes())
    assert back.found[f"path-shadowed {GET} path.id={{}}.json"] == ("none", "lossy")
    with pytest.raises(Refused):
        back.sends(NEW, GET, Message(path={"id": "a.json"}))


def test_what_a_person_accepts_of_such_a_segment_passes() -> None:
    made = crossed(volumes(), volumes("/volumes/{name}.json: {get: {}}"), path_shadowed=Then.PASS)
    assert made.sends(OLD, GET, Message(path={"id": "a.json"})) == Message(path={"id": "a.json"})


def test_of_a_segment_with_more_and_a_literal_one_both_must_fit() -> None:
    pair = "/a/{x}/{y}: {get: {}}"
    made = crossed(whole(pair), whole(f"{pair}\n/a/all/{{name}}.json: {{get: {{}}}}"))
    key = "GET /a/{x}/{y}"
    with pytest.raises(Refused):
        made.sends(OLD, key, Message(path={"x": "all", "y": "a.json"}))
    for one in ({"x": "all", "y": "b"}, {"x": "a", "y": "a.json"}):
        assert made.sends(OLD, key, Message(path=one)) == Message(path=one)


def test_a_number_is_no_such_text() -> None:
    number = "{type: integer}"
    made = crossed(
        volumes(schema=number), volumes("/volumes/{name}.json: {get: {}}", schema=number)
    )
    assert not any("shadowed" in each for each in made.found)


def test_of_several_parameters_all_must_have_the_values() -> None:
    pair = "/a/{x}/{y}: {get: {}}"
    made = crossed(whole(pair), whole(f"{pair}\n/a/all/used: {{get: {{}}}}"))
    key = "GET /a/{x}/{y}"
    assert made.found[f"path-shadowed {key} path.x=all, y=used"] == ("needs-intent", "none")
    with pytest.raises(Refused):
        made.sends(OLD, key, Message(path={"x": "all", "y": "used"}))
    for one in ({"x": "all", "y": "b"}, {"x": "a", "y": "used"}):
        assert made.sends(OLD, key, Message(path=one)) == Message(path=one)


def test_the_path_that_is_literal_earlier_catches_what_both_fit() -> None:
    late, early = "/a/{x}/b: {get: {}}", "/a/all/{y}: {get: {}}"
    assert (
        "path-shadowed GET /a/{x}/b path.x=all"
        in crossed(whole(late), whole(f"{late}\n{early}")).found
    )
    assert not any(
        "shadowed" in each for each in crossed(whole(early), whole(f"{late}\n{early}")).found
    )


def test_a_person_may_say_that_it_passes_or_is_refused() -> None:
    passing = crossed(volumes(), volumes(LITERAL), path_shadowed=Then.PASS)
    assert passing.found[f"path-shadowed {GET} path.id=all"] == ("lossy", "none")
    assert passing.sends(OLD, GET, Message(path={"id": "all"})) == Message(path={"id": "all"})
    refusing = crossed(volumes(), volumes(LITERAL), path_shadowed=Then.REFUSE)
    with pytest.raises(Refused):
        refusing.sends(OLD, GET, Message(path={"id": "all"}))
