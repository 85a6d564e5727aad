"""What is left out because it is the same in both specs, and that nothing is lost by it."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import fields
from functools import cache
from itertools import pairwise
from typing import Any, Final

import pytest

from compat.cli.forms import Form, form_text
from compat.differ.change import Change
from compat.differ.documents import Document
from compat.differ.interface import changes
from compat.differ.lifecycle import Policy
from compat.differ.reading import Versions, read_changed
from compat.differ.unchanged import unchanged
from compat.load import SpecError
from compat.load.opened import Opened, opened
from compat.model.place import Place
from compat.report.changes.listing import listing
from compat.source import open_spec
from tests.compat.differ.edits import each_place_edited
from tests.compat.differ.judged import POLICY
from tests.compat.differ.linked import Spec, placed_2, placed_3, ref, schema, spec_2, spec_3
from tests.compat.differ.published import CASES, cases
from tests.shared import spec
from tools.edits import Corpus, pair

SEEDS: Final = 40
EDITS_UNREAD_MAX: Final = 2  # of all that are made: they leave no spec
SERIES: Final = (
    ("airflow", ("3.0.0-v2.yaml", "3.2.1-v2.yaml")),
    ("ctrlx-storage", ("v1.1.0.json", "v1.4.2.json", "v1.5.1.json", "v1.9.1.json")),
    ("firecracker", ("v0.20.0.yaml", "v0.23.0.yaml", "v0.25.0.yaml", "v1.0.0.yaml")),
    ("firecracker", ("v1.0.0.yaml", "v1.4.0.yaml", "v1.16.1.yaml")),
    ("hpe-csp", ("1.0.0-2019-10.yaml", "1.0.0-2020-07.yaml", "1.1.0-2021-04.yaml")),
    ("hpe-csp", ("1.1.0-2021-04.yaml", "1.1.0-2026-07.yaml")),
    ("mayastor", ("v1.0.0.yaml", "v2.0.0.yaml", "v2.3.0.yaml", "v2.7.1.yaml")),
    ("moby", ("v1.25.yaml", "v1.40.yaml", "v1.41.yaml", "v1.43.yaml", "v1.44.yaml")),
    ("moby", ("v1.44.yaml", "v1.47.yaml", "v1.51.yaml", "v1.52.yaml")),
)
PAIRS: Final = tuple(
    (f"{folder}/{old}", f"{folder}/{new}")
    for folder, names in SERIES
    for old, new in pairwise(names)
)
LARGE: Final = ("ghes/3.9.json", "ghes/3.19.json")
EDITABLE: Final = (
    "ctrlx-storage/v1.9.1.json",
    "firecracker/v0.25.0.yaml",
    "hpe-csp/1.1.0-2026-07.yaml",
    "mayastor/v1.0.0.yaml",
)


def of(text: str, name: str = "spec.json") -> Opened:
    return opened(name, lambda _: text.encode())


def whole(old: Opened, new: Opened) -> Versions:
    return Versions(old=old.read(validate=False), new=new.read(validate=False))


def found(versions: Versions, policy: Policy = POLICY) -> list[Change]:
    return [
        *changes(versions.old.interface, versions.new.interface, policy, versions.unchanged),
    ]


def told(versions: Versions) -> str:
    """All changes as the command tells them to programs, without what the specs get wrong."""
    old, new = versions.old.interface, versions.new.interface
    return form_text(listing((Document(old=old, new=new),), found(versions)), Form.JSON)


def facts(versions: Versions, policy: Policy = POLICY) -> list[str]:
    """The same without lines, which take long to find."""
    return [
        repr({key.name: _placed(getattr(each, key.name)) for key in fields(each)})
        for each in found(versions, policy)
    ]


def _placed(value: object) -> object:
    return value.id if isinstance(value, Place) else value


def assert_nothing_is_lost(
    old: Opened, new: Opened, policy: Policy = POLICY, about: str = ""
) -> None:
    """Of what can be read as a whole: it can be read without what is unchanged, too."""
    assert_same_changes(old, new, whole(old, new), policy, about)


def assert_nothing_is_lost_if_readable(old: Opened, new: Opened, about: str) -> bool:
    """Whether both can be read as a whole."""
    try:
        versions = whole(old, new)
    except SpecError:
        return False
    assert_same_changes(old, new, versions, POLICY, about)
    return True


def assert_same_changes(
    old: Opened, new: Opened, versions: Versions, policy: Policy, about: str
) -> None:
    assert facts(read_changed(old, new), policy) == facts(versions, policy), about


def opened_or_none(document: Any) -> Opened | None:
    """None for what is no spec."""
    try:
        return of(json.dumps(document))
    except SpecError:
        return None


def left_out(old: Any, new: Any) -> list[str]:
    """The operations, as the last two parts of their pointers."""
    found = unchanged(of(json.dumps(old)), of(json.dumps(new)))
    return sorted(" ".join(each.split("/")[2:]) for each in found.operations)


@pytest.mark.parametrize("pair", [*PAIRS, pytest.param(LARGE, marks=pytest.mark.slow)])
def test_published_specs_give_the_same_changes(pair: tuple[str, str]) -> None:
    old, new = (open_spec(str(spec(name))) for name in pair)
    assert told(read_changed(old, new)) == told(whole(old, new))
    assert_nothing_is_lost(new, old)
    assert facts(read_changed(new, new)) == []


def test_published_cases_give_the_same_changes() -> None:
    for case in cases():
        old, new = (open_spec(str(CASES / case.told[each])) for each in ("base", "revision"))
        for one, other in ((old, new), (new, old)):
            assert_nothing_is_lost(one, other, case.policy, case.name)


@pytest.mark.parametrize("make", [spec_2, spec_3, placed_2, placed_3])
def test_an_edit_anywhere_gives_the_same_changes(make: Callable[[], Spec]) -> None:
    before, unread = of(json.dumps(make())), 0
    for what, document in each_place_edited(make()):
        after = opened_or_none(document)
        if after is None or not assert_nothing_is_lost_if_readable(before, after, what):
            unread += 1
    assert unread <= EDITS_UNREAD_MAX


@cache
def document_of(name: str) -> Any:
    return open_spec(str(spec(name))).root.value


@pytest.mark.parametrize("make", [spec_2, spec_3, placed_2, placed_3])
def test_edits_drawn_by_chance_give_the_same_changes(make: Callable[[], Spec]) -> None:
    assert_edits_lose_nothing(make(), range(2 * SEEDS))


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("name", EDITABLE)
def test_edits_of_published_specs_give_the_same_changes(name: str) -> None:
    assert_edits_lose_nothing(document_of(name), range(SEEDS))


def assert_edits_lose_nothing(document: Any, seeds: range) -> None:
    corpus, read = Corpus([document]), 0
    for seed in seeds:
        old, new = (opened_or_none(each) for each in pair(corpus, seed))
        if old is not None and new is not None:
            read += assert_nothing_is_lost_if_readable(old, new, f"seed {seed}")
    assert read > len(seeds) / 4, read


def test_of_two_equal_specs_all_is_left_out_but_what_is_told_anyway() -> None:
    assert left_out(spec_3(), spec_3()) == [
        "born post",
        "gone post",
        "~1hosts get",
        "~1pets post",
        "~1pets~1{id} delete",
        "~1pets~1{id} get",
        "~1trees put",
    ]


def reached(target: str) -> set[str]:
    """The operations that are read because a target changed."""
    old, new = spec_3(), spec_3()
    del old["security"], new["security"]
    new["components"]["schemas"][target]["minProperties"] = 5
    return {*left_out(old, old)} - {*left_out(old, new)}


def test_a_change_spreads_along_references_and_no_further() -> None:
    pets = {"~1pets get", "~1pets post", "~1pets~1{id} get"}
    assert reached("Cat") == {*pets, "~1trees put", "born post"}
    assert reached("Farther") == {"gone post", "~1pets post", "~1trees put"}
    assert reached("Problem") == {"~1pets get", "~1pets post"}
    assert reached("Kind") == reached("Cat")
    assert reached("Unused") == set()


def test_what_a_discriminator_names_belongs_to_it() -> None:
    old = spec_3()
    base = old["components"]["schemas"]["Far"]
    base["discriminator"] = {"propertyName": "farther", "mapping": {"a": "Unused"}}
    new = deepcopy(old)
    new["components"]["schemas"]["Unused"]["minProperties"] = 5
    assert {*left_out(old, old)} - {*left_out(old, new)} >= {"gone post"}


def test_a_server_that_another_operation_names_too_has_not_gone() -> None:
    old = spec_3()
    for path in ("/hosts", "/trees"):
        old["paths"][path]["servers"] = [{"url": "https://b.example/v0"}]
    new = deepcopy(old)
    del new["paths"]["/trees"]["servers"]
    assert_nothing_is_lost(of(json.dumps(old)), of(json.dumps(new)))


@pytest.mark.parametrize("holder", ["operation", "path"])
@pytest.mark.parametrize(("key", "now"), [("basePath", "/v2"), ("host", "b.example")])
def test_schemes_of_its_own_keep_an_operation_where_the_whole_is(
    holder: str, key: str, now: str
) -> None:
    old = spec_2()
    item = old["paths"]["/files/{name}"]
    (item if holder == "path" else item["put"])["schemes"] = ["https"]
    before, after = (of(json.dumps(each)) for each in (old, {**old, key: now}))
    moved = [each.operation for each in found(read_changed(before, after)) if each.operation]
    assert moved == ["PUT /files/{name}"]
    assert_nothing_is_lost(before, after)
    assert_nothing_is_lost(after, before)


def test_an_address_that_is_none_is_not_that_of_the_whole() -> None:
    old = spec_3()
    old["paths"]["/trees"]["servers"] = [{"url": "https://[a"}]
    before, after = (of(json.dumps(each)) for each in (old, {**old, "servers": [{"url": "/v2"}]}))
    assert_nothing_is_lost(before, after)


def test_a_scheme_counts_for_the_callbacks_that_name_it() -> None:
    old = spec_3()
    paid = old["components"]["callbacks"]["paid"]["{$request.body#/url}"]["post"]
    paid["security"] = [{"key": []}]
    new = deepcopy(old)
    new["components"]["securitySchemes"]["key"]["name"] = "X-Other"
    assert_nothing_is_lost(of(json.dumps(old)), of(json.dumps(new)))


def test_texts_alone_are_no_change() -> None:
    new = spec_3()
    new["paths"]["/pets"]["get"]["summary"] = "Others."
    new["paths"]["/pets"]["post"]["externalDocs"] = {"url": "https://a/2"}
    new["components"]["schemas"]["Id"]["description"] = "Another."
    new["components"]["schemas"]["Kind"]["example"] = "dog"
    assert left_out(spec_3(), new) == left_out(spec_3(), spec_3())


def test_nothing_is_left_out_where_the_ground_differs() -> None:
    other = {**spec_3(), "openapi": "3.0.3"}
    assert left_out(spec_3(), other) == []
    assert left_out(spec_3(), {**spec_3(), "jsonSchemaDialect": "https://a"}) == []


def test_a_version_and_a_server_are_compared_by_themselves() -> None:
    moved = {**spec_3(), "servers": [{"url": "/v2"}], "info": {"title": "t", "version": "2"}}
    assert left_out(spec_3(), moved) == left_out(spec_3(), spec_3())
    before, after = (of(json.dumps(each)) for each in (spec_2(), {**spec_2(), "basePath": "/v2"}))
    assert unchanged(before, after).operations == unchanged(before, before).operations


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{type: string, enum: [1.10]}", "{type: string, enum: [1.1]}"),
        ("{type: string, default: 010}", "{type: string, default: 10}"),
        ("{type: [string, 'null'], const: ~}", "{type: [string, 'null'], const: NULL}"),
        ("{type: string, pattern: 1.0}", "{type: string, pattern: 1.00}"),
        ("{required: [1.0], type: object}", "{required: [1.00], type: object}"),
        ("{anyOf: [{type: string, enum: [1e1]}, {type: integer}]}", "{anyOf: [{type: string, "
         "enum: [10.0]}, {type: integer}]}"),
        ("{type: integer, minimum: 1.0}", "{type: integer, minimum: 1}"),
        ("{type: integer, default: 1}", "{type: integer, default: true}"),
    ],
)  # fmt: skip
def test_a_number_that_is_written_in_another_way_may_be_another_text(old: str, new: str) -> None:
    head = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {/a: {get: {responses: "
    before, after = (
        f"{head}{{'200': {{content: {{application/json: {{schema: {each}}}}}}}}}}}}}}}\n"
        for each in (old, new)
    )
    assert_nothing_is_lost(of(before, "a.yaml"), of(after, "b.yaml"))


def hostile() -> Iterator[dict[str, Any]]:
    """Schemas that lead astray."""
    yield {"A": schema("A")}
    yield {"A": schema("B"), "B": schema("A")}
    yield {"A": schema("B"), "B": schema("C"), "C": {"type": "string"}}
    yield {"A": {"$ref": "#/nowhere"}}
    yield {"A": {"$ref": 5}}
    yield {"A": {"$dynamicRef": "#x"}}
    yield {"A": {"$id": "https://a/a", "$defs": {"b": {"$anchor": "b"}}, "$ref": "#b"}}
    yield {"A": {"oneOf": [schema("B")], "discriminator": {"mapping": {"b": "B", "c": 5}}}}
    yield {"A": ref("components")}
    yield {"A": {"$ref": "#"}}


@pytest.mark.parametrize("schemas", [*hostile()])
def test_references_that_lead_astray_give_the_same_end(schemas: dict[str, Any]) -> None:
    document = spec_3()
    document["components"]["schemas"].update(schemas)
    document["paths"]["/a"] = {"get": {"responses": {"200": {"content": {"a/b": _held("A")}}}}}
    text = json.dumps(document)
    ends = []
    for read in (whole, read_changed):
        try:
            ends.append(facts(read(of(text), of(text))))
        except SpecError as error:
            ends.append([str(error)])
    assert ends[0] == ends[1]


def _held(name: str) -> dict[str, Any]:
    return {"schema": schema(name)}
