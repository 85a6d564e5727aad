"""How parameters are written: styles of objects and paths, documents in texts, empty values."""

import pytest

from compat.intent.model import Then, UseHook
from compat.lens.refusal import Refused
from compat.model.interface import Interface
from tests.compat.plan.making import NEW, OLD, Message, bridge, intent
from tests.compat.plan.whole import crossed, put, whole

PUT, GET = "PUT /volumes", "GET /volumes/{id}"
FIELDS = "{type: object, properties: {a: {type: string}, b: {type: string}}}"
TEXT = "{type: string}"
LIST = "{type: array, items: {type: string}}"


def query(text: str, components: str = "{}") -> Interface:
    """One query parameter, `p`."""
    parameter = f"{{name: p, in: query, {text}}}"
    return put(f"{{parameters: [{parameter}]}}", f"{{components: {components}}}")


def path(text: str) -> Interface:
    parameter = f"{{name: id, in: path, required: true, {text}}}"
    return whole(f"/volumes/{{id}}: {{get: {{parameters: [{parameter}]}}}}")


def header(text: str) -> Interface:
    return put(f"{{responses: {{'200': {{description: '', headers: {{X-A: {{{text}}}}}}}}}}}")


# --- styles ---------------------------------------------------------------------------------------

STYLES = {
    "form*": (f"schema: {FIELDS}", (("a", "1"), ("b", "2"))),
    "form": (f"explode: false, schema: {FIELDS}", (("p", "a,1,b,2"),)),
    "deepObject": (f"style: deepObject, schema: {FIELDS}", (("p[a]", "1"), ("p[b]", "2"))),
}


@pytest.mark.parametrize("new", STYLES)
@pytest.mark.parametrize("old", STYLES)
def test_an_object_in_another_style_is_refused_wherever_its_fields_are(old: str, new: str) -> None:
    made = crossed(query(STYLES[old][0]), query(STYLES[new][0]))
    sent = {OLD: Message(query=STYLES[old][1]), NEW: Message(query=STYLES[new][1])}
    if old == new:
        assert made.is_silent
        return
    assert made.found == {
        f"parameter-style-changed {PUT} query.p": ("unbridgeable", "unbridgeable")
    }
    for role, message in sent.items():
        with pytest.raises(Refused):
            made.sends(role, PUT, message)
        assert made.sends(role, PUT, Message(query=(("q", "1"),))).query == (("q", "1"),)


def test_a_person_may_let_it_pass() -> None:
    made = crossed(
        query(STYLES["form*"][0]), query(STYLES["form"][0]), parameter_style_changed=None
    )
    assert made.found == {f"parameter-style-changed {PUT} query.p": ("lossy", "lossy")}
    assert made.sends(OLD, PUT, Message(query=(("a", "1"),))).query == (("a", "1"),)


def test_a_hook_may_convert_what_stands_under_its_own_name() -> None:
    words = intent((f"{PUT} query.p", UseHook(name="turn")))
    made = bridge(
        query(STYLES["form"][0]),
        query(f"style: spaceDelimited, explode: false, schema: {FIELDS}"),
        words,
        turn_up=lambda _: ["a 1"],
        turn_down=lambda _: ["a,1"],
    )
    assert made.sends(OLD, PUT, Message(query=(("p", "a,1"),))).query == (("p", "a 1"),)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("schema: {type: string}", "style: label, schema: {type: string}"),
        ("schema: {type: string}", "style: matrix, schema: {type: string}"),
        (f"style: label, schema: {LIST}", f"style: label, explode: true, schema: {LIST}"),
        (f"schema: {FIELDS}", f"explode: true, schema: {FIELDS}"),
    ],
)
def test_a_path_parameter_in_another_style_is_refused(old: str, new: str) -> None:
    made = crossed(path(old), path(new))
    assert made.found == {
        f"parameter-style-changed {GET} path.id": ("unbridgeable", "unbridgeable")
    }
    for role in (OLD, NEW):
        with pytest.raises(Refused):
            made.sends(role, GET, Message(path={"id": "1"}))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("schema: {type: string}", "style: simple, explode: true, schema: {type: string}"),
        (f"style: label, schema: {TEXT}", f"style: label, explode: true, schema: {TEXT}"),
        (f"schema: {LIST}", f"style: simple, explode: true, schema: {LIST}"),
        (f"schema: {FIELDS}", f"style: simple, explode: false, schema: {FIELDS}"),
    ],
)  # fmt: skip
def test_spellings_of_one_style_are_one(old: str, new: str) -> None:
    assert crossed(path(old), path(new)).is_silent


def test_a_reference_makes_no_difference() -> None:
    referred = query("schema: {$ref: '#/components/schemas/A'}", f"{{schemas: {{A: {FIELDS}}}}}")
    assert crossed(query(f"schema: {FIELDS}"), referred).is_silent
    text = query("schema: {$ref: '#/components/schemas/A'}", "{schemas: {A: {type: string}}}")
    assert crossed(query("schema: {type: string}"), text).is_silent


def test_lists_of_2_0_in_a_path() -> None:
    def piped(style: str) -> Interface:
        parameter = (
            f"{{name: id, in: path, required: true, type: array, items: {{type: string}}{style}}}"
        )
        return whole(f"/volumes/{{id}}: {{get: {{parameters: [{parameter}]}}}}", dialect="2.0")

    assert crossed(piped(""), path(f"schema: {LIST}")).is_silent
    assert crossed(piped(", collectionFormat: pipes"), piped("")).found == {
        f"parameter-style-changed {GET} path.id": ("unbridgeable", "unbridgeable")
    }


def test_an_object_in_a_header_of_an_answer() -> None:
    made = crossed(header(f"schema: {FIELDS}"), header(f"explode: true, schema: {FIELDS}"))
    assert made.found == {
        f"parameter-style-changed {PUT} response 200 header.x-a": ("unbridgeable", "unbridgeable")
    }
    with pytest.raises(Refused):
        made.gets(OLD, PUT, Message(headers=(("X-A", "a=1"),)))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("{a: {type: string}, b: {type: string}, c: {type: string}}", ("none", "lossy")),
        ("{a: {type: string}}", ("needs-intent", "none")),
        ("{a: {type: string}, b: {type: string, enum: [x]}}", ("needs-intent", "none")),
    ],
)
def test_fields_of_an_object_are_compared(style: str, new: str, expected: tuple[str, str]) -> None:
    text, pairs = STYLES[style]
    other = text.replace(FIELDS, f"{{type: object, properties: {new}}}")
    made = crossed(query(text), query(other))
    assert made.found == {f"parameter-content-changed {PUT} query.p": expected}
    sent = Message(query=pairs)
    if expected[0] == "none":
        assert made.sends(OLD, PUT, sent) == sent
    else:
        with pytest.raises(Refused):
            made.sends(OLD, PUT, sent)


# --- documents in texts ---------------------------------------------------------------------------


def holding(schema: str, media: str = "application/json", components: str = "{}") -> Interface:
    return query(f"content: {{{media}: {{schema: {schema}}}}}", components)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{type: string}", "{type: integer}", ("needs-intent", "lossy")),
        ("{type: string, enum: [a]}", "{type: string, enum: [a, b]}", ("none", "lossy")),
        ("{type: string, enum: [a, b]}", "{type: string, enum: [a]}", ("needs-intent", "none")),
    ],
)
def test_what_the_text_holds_is_compared(old: str, new: str, expected: tuple[str, str]) -> None:
    made = crossed(holding(old), holding(new))
    assert made.found == {f"parameter-content-changed {PUT} query.p": expected}
    sent = Message(query=(("p", '"a"'),))
    if expected[0] == "needs-intent":
        with pytest.raises(Refused):
            made.sends(OLD, PUT, sent)
    else:
        assert made.sends(OLD, PUT, sent) == sent
    assert made.sends(NEW, PUT, sent) == sent


def test_a_reference_in_the_text_makes_no_difference() -> None:
    components = f"{{schemas: {{A: {FIELDS}}}}}"
    referred = holding("{$ref: '#/components/schemas/A'}", components=components)
    assert crossed(holding(FIELDS), referred).is_silent


@pytest.mark.parametrize(
    "new", [query("schema: {type: string}"), holding("{type: string}", "application/xml")]
)
def test_another_sort_of_text_is_refused_both_ways(new: Interface) -> None:
    made = crossed(holding("{type: string}"), new)
    assert made.found == {
        f"parameter-content-changed {PUT} query.p": ("unbridgeable", "unbridgeable")
    }
    for role in (OLD, NEW):
        with pytest.raises(Refused):
            made.sends(role, PUT, Message(query=(("p", "a"),)))


def test_documents_that_are_not_json_are_compared_as_a_whole() -> None:
    old, same, new = (
        holding(each, "application/xml") for each in (FIELDS, FIELDS, "{type: string}")
    )
    assert crossed(old, same).is_silent
    assert crossed(old, new).found == {
        f"parameter-content-changed {PUT} query.p": ("needs-intent", "lossy")
    }


# --- what else is said of texts -------------------------------------------------------------------


def test_an_empty_value_that_is_no_longer_allowed_is_refused() -> None:
    may, may_not = query("allowEmptyValue: true, schema: {}"), query("schema: {}")
    made = crossed(may, may_not)
    assert made.found == {f"empty-value-forbidden {PUT} query.p": ("needs-intent", "none")}
    with pytest.raises(Refused):
        made.sends(OLD, PUT, Message(query=(("p", ""),)))
    assert made.sends(OLD, PUT, Message(query=(("p", "x"),))).query == (("p", "x"),)
    made = crossed(may_not, may)
    assert made.found == {f"empty-value-allowed {PUT} query.p": ("none", "lossy")}
    refusing = crossed(may, may_not, empty_value_forbidden=Then.REFUSE)
    with pytest.raises(Refused):
        refusing.sends(OLD, PUT, Message(query=(("p", ""),)))


def test_reserved_characters_are_told() -> None:
    made = crossed(query("schema: {}"), query("allowReserved: true, schema: {}"))
    assert made.found == {f"reserved-characters-changed {PUT} query.p": ("none", "none")}
