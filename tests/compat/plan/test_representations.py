"""Media types beside the one that is led, their parameters and ranges, and the parts of forms."""

import pytest

from compat.intent.model import Then
from compat.lens.refusal import Refused
from compat.model.interface import Interface
from tests.compat.plan.making import NEW, OLD, Message
from tests.compat.plan.whole import crossed, put

PUT = "PUT /volumes"
JSON, OTHER = "application/json", "application/vnd.volume+json"
TEXT, NUMBER, LOWER = "{type: string}", "{type: integer}", "{type: string, enum: [up]}"


def asked(components: str = "{}", **contents: str) -> Interface:
    return put(
        f"{{requestBody: {{content: {_content(contents)}}}}}", f"{{components: {components}}}"
    )


def answered(status: str = "200", **contents: str) -> Interface:
    return put(f"{{responses: {{'{status}': {{description: '', content: {_content(contents)}}}}}}}")


NAMES = {
    "json": JSON,
    "other": OTHER,
    "any": "'*/*'",
    "some": "application/*",
    "utf8": "application/json; charset=UTF-8",
    "plain": "text/plain",
    "plain8": "'Text/Plain;charset=\"utf-8\"'",
    "plain1": "text/plain; charset=iso-8859-1",
    "records": "application/x-ndjson",
    "form": "multipart/form-data",
    "urlencoded": "application/x-www-form-urlencoded",
}


def _content(contents: dict[str, str]) -> str:
    return f"{{{', '.join(f'{NAMES[name]}: {{schema: {one}}}' for name, one in contents.items())}}}"


def typed(media_type: str, body: object) -> Message:
    return Message(headers=(("content-type", media_type),), body=body)  # type: ignore[arg-type]


# --- other JSON -----------------------------------------------------------------------------------


def test_a_schema_of_another_json_type_is_compared() -> None:
    made = crossed(asked(json=TEXT, other=TEXT), asked(json=TEXT, other=NUMBER))
    assert made.found[f"other-json-changed {PUT} body {OTHER}"][0] == "needs-intent"
    for media_type in (OTHER, f"{OTHER}; charset=utf-8"):
        with pytest.raises(Refused):
            made.sends(OLD, PUT, typed(media_type, "x"))
    assert made.sends(OLD, PUT, typed(JSON, "x")) == typed(JSON, "x")


def test_an_answer_of_another_json_type_is_refused() -> None:
    made = crossed(answered(json=TEXT, other=TEXT), answered(json=TEXT, other=NUMBER))
    found = made.found[f"other-json-changed {PUT} response 200 {OTHER}"]
    assert found == ("needs-intent", "needs-intent")
    for role in (OLD, NEW):
        with pytest.raises(Refused):
            made.gets(role, PUT, typed(OTHER, 1))
        assert made.gets(role, PUT, typed(JSON, "x")) == typed(JSON, "x")


def test_what_is_like_the_one_that_is_led_is_led_too() -> None:
    on, off = "{type: string, enum: [UP]}", LOWER
    one = asked(f"{{schemas: {{A: {on}}}}}", json=_A, other=_A)
    other = asked(f"{{schemas: {{A: {off}}}}}", json=_A, other=_A)
    made = crossed(one, other)
    assert list(made.found) == ["values-renamed A"]
    assert made.sends(OLD, PUT, typed(OTHER, "UP")) == typed(OTHER, "up")


_A = "{$ref: '#/components/schemas/A'}"


def test_what_is_unlike_it_would_be_led_astray() -> None:
    made = crossed(
        asked(json="{type: string, enum: [UP]}", other=TEXT), asked(json=LOWER, other=TEXT)
    )
    assert made.found[f"other-json-changed {PUT} body {OTHER}"] == ("unbridgeable", "unbridgeable")
    with pytest.raises(Refused):
        made.sends(OLD, PUT, typed(OTHER, "UP"))
    accepted = crossed(
        asked(json="{type: string, enum: [UP]}", other=TEXT),
        asked(json=LOWER, other=TEXT),
        other_json_changed=None,
    )
    assert accepted.sends(OLD, PUT, typed(OTHER, "x")) == typed(OTHER, "x")


def test_the_order_of_media_types_makes_no_difference() -> None:
    assert crossed(asked(json=TEXT, other=NUMBER), asked(other=NUMBER, json=TEXT)).is_silent


def test_a_json_type_that_is_no_longer_taken_is_renamed_where_it_says_the_same() -> None:
    components = f"{{schemas: {{A: {TEXT}}}}}"
    both, one = asked(components, json=_A, other=_A), asked(components, json=_A)
    made = crossed(both, one)
    assert made.found == {f"media-type-renamed {PUT} body {OTHER}": ("lossless", "none")}
    assert made.sends(OLD, PUT, typed(OTHER, "x")) == typed(JSON, "x")
    assert made.sends(NEW, PUT, typed(JSON, "x")) == typed(JSON, "x")
    back = crossed(one, both)
    assert back.found == {f"media-type-renamed {PUT} body {OTHER}": ("none", "lossless")}
    assert back.sends(NEW, PUT, typed(OTHER, "x")) == typed(JSON, "x")


def test_one_that_says_something_else_is_refused() -> None:
    made = crossed(asked(json=TEXT, other=NUMBER), asked(json=TEXT))
    assert made.found == {f"other-json-removed {PUT} body {OTHER}": ("needs-intent", "none")}
    with pytest.raises(Refused):
        made.sends(OLD, PUT, typed(OTHER, 1))
    refusing = crossed(
        asked(json=TEXT), asked(json=TEXT, other=NUMBER), other_json_added=Then.REFUSE
    )
    with pytest.raises(Refused):
        refusing.sends(NEW, PUT, typed(OTHER, 1))


def test_json_beside_a_stream_of_records_is_compared() -> None:
    def streaming(schema: str) -> Interface:
        return answered(records=TEXT, json=schema)

    assert crossed(streaming(TEXT), streaming(TEXT)).is_silent
    found = crossed(streaming(TEXT), streaming(NUMBER)).found
    assert found == {
        f"other-json-changed {PUT} response 200 {JSON}": ("needs-intent", "needs-intent")
    }


# --- what clients ask for -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"other": TEXT}, f"answer-type-%s {PUT} response 200 {OTHER}"),
        ({"plain": TEXT}, f"media-type-changed {PUT} response 200"),
    ],
)
def test_a_type_that_can_no_longer_be_had_needs_a_word(more: dict[str, str], found: str) -> None:
    several, one = answered(json=TEXT, **more), answered(json=TEXT)
    removed, added = (found % each if "%" in found else found for each in ("removed", "added"))
    assert crossed(several, one).found == {removed: ("needs-intent", "none")}
    assert crossed(one, several).found == {added: ("none", "lossy")}
    accepted = crossed(several, one, answer_type_removed=None) if "%" in found else None
    assert accepted is None or accepted.found == {removed: ("lossy", "none")}


def test_nobody_asks_for_the_type_of_an_error() -> None:
    several, one = answered("404", json=TEXT, plain=TEXT), answered("404", json=TEXT)
    assert set(crossed(several, one).found.values()) == {("none", "none")}


# --- spellings, parameters, ranges ----------------------------------------------------------------


def test_spellings_of_one_media_type_are_one() -> None:
    assert crossed(asked(json=TEXT), asked(utf8=TEXT)).is_silent
    assert crossed(answered(json=TEXT), answered(utf8=TEXT)).is_silent


def test_a_charset_that_goes_unsaid_is_told_and_another_one_is_not_understood() -> None:
    made = crossed(asked(plain=TEXT), asked(plain8=TEXT))
    assert list(made.found.values()) == [("none", "none")]
    made = crossed(asked(plain1=TEXT), asked(plain8=TEXT))
    assert list(made.found.values()) == [("needs-intent", "lossy")]


def test_what_both_have_is_compared_where_one_has_more() -> None:
    made = crossed(asked(plain=TEXT, form="{type: object}"), asked(plain=NUMBER))
    assert f"untranslated-body-changed {PUT} body text/plain" in made.found


@pytest.mark.parametrize("wide", ["any", "some"])
def test_a_range_takes_json_and_more(wide: str) -> None:
    name = NAMES[wide].strip("'")
    made = crossed(asked(**{wide: TEXT}), asked(json=TEXT))
    assert made.found == {f"media-range-narrowed {PUT} body {name}": ("needs-intent", "none")}
    made = crossed(asked(json=TEXT), asked(**{wide: TEXT}))
    assert made.found == {f"media-range-widened {PUT} body {name}": ("none", "lossy")}
    made = crossed(answered(**{wide: TEXT}), answered(json=TEXT))
    assert set(made.found.values()) == {("none", "none")}
    assert crossed(asked(**{wide: TEXT}), asked(**{wide: TEXT})).is_silent


def test_a_type_within_a_range_is_not_gone() -> None:
    made = crossed(answered(json=TEXT, other=TEXT), answered(json=TEXT, some=TEXT))
    assert not any("answer-type" in each for each in made.found)


# --- parts of forms -------------------------------------------------------------------------------

FORM = "{type: object, properties: {a: {type: array, items: {type: string}}, b: {type: string}}}"


def form(name: str, encoding: str, dialect: str = "3.1") -> Interface:
    content = f"{{{NAMES[name]}: {{schema: {FORM}, encoding: {encoding}}}}}"
    return put(f"{{requestBody: {{content: {content}}}}}", dialect=dialect)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("form", "{b: {contentType: application/json}}"),
        ("form", "{b: {headers: {X-A: {schema: {type: string}}}}}"),
        ("urlencoded", "{a: {explode: false}}"),
        ("urlencoded", "{a: {style: pipeDelimited}}"),
        ("form", "{a: {explode: false}}"),
    ],
)
def test_a_part_in_another_encoding_is_refused(name: str, encoding: str) -> None:
    made = crossed(form(name, "{}"), form(name, encoding))
    assert list(made.found.values()) == [("unbridgeable", "unbridgeable")]
    (key,) = made.found
    assert key == f"part-encoding-changed {PUT} body {NAMES[name]} {encoding[1]}"
    with pytest.raises(Refused):
        made.sends(OLD, PUT, typed(f"{NAMES[name]}; boundary=x", b"raw"))
    accepted = crossed(form(name, "{}"), form(name, encoding), part_encoding_changed=None)
    assert accepted.found == {key: ("lossy", "lossy")}


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("urlencoded", "{a: {style: form, explode: true}}"),
        ("urlencoded", "{c: {explode: false}}"),
    ],
)
def test_what_is_written_as_usual_is_no_difference(name: str, encoding: str) -> None:
    assert crossed(form(name, "{}"), form(name, encoding)).is_silent


def test_a_style_counts_in_multipart_forms_since_3_1() -> None:
    assert crossed(
        form("form", "{}", "3.0"), form("form", "{a: {explode: false}}", "3.0")
    ).is_silent


@pytest.mark.parametrize(
    ("collection", "encoding"), [("multi", "{}"), ("csv", "{a: {explode: false}}")]
)
def test_lists_in_forms_of_2_0(collection: str, encoding: str) -> None:
    fields = (
        "{name: a, in: formData, type: array, items: {type: string}, "
        f"collectionFormat: {collection}}}, {{name: b, in: formData, type: string}}"
    )
    old = put(f"{{consumes: [{NAMES['urlencoded']}], parameters: [{fields}]}}", dialect="2.0")
    assert not any("encoding" in each for each in crossed(old, form("urlencoded", encoding)).found)
    other = "{a: {explode: false}}" if encoding == "{}" else "{}"
    assert any("encoding" in each for each in crossed(old, form("urlencoded", other)).found)
