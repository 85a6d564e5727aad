"""Objects that extend another by allOf are led by the text that tells them."""

from typing import Any

import pytest

from compat.intent.model import RenameFields, Then
from compat.lens.refusal import Refused
from tests.compat.plan.making import NEW, OLD, Bridge, Message, bridge, intent
from tests.compat.plan.specs import loaded

PUT = "PUT /disk"
NAMED = {"name": {"type": "string"}}


def disks(dialect: str = "3.0.3", mapping: dict[str, str] | None = None, **added: Any) -> Any:
    """Disks are told by their kind; `added` are the fields that each kind has besides."""
    home = "#/definitions/" if dialect == "2.0" else "#/components/schemas/"
    told: Any = "kind" if dialect == "2.0" else {"propertyName": "kind"}
    if mapping:
        told["mapping"] = {tag: home + name for tag, name in mapping.items()}
    disk = {"type": "object", "required": ["kind"], "discriminator": told}
    schemas: dict[str, Any] = {"Disk": {**disk, "properties": {"kind": {"type": "string"}}}}
    for name, fields in added.items():
        own = {"type": "object", "properties": fields}
        schemas[name] = {"allOf": [{"$ref": f"{home}Disk"}, own]}
    schema = {"$ref": f"{home}Disk"}
    head = {"info": {"title": "t", "version": "1"}}
    if dialect == "2.0":
        body = {"name": "disk", "in": "body", "required": True, "schema": schema}
        put: Any = {"parameters": [body], "responses": {"200": {"description": ""}}}
        media = {"consumes": ["application/json"], "produces": ["application/json"]}
        paths = {"/disk": {"put": put}}
        return {"swagger": "2.0", **head, **media, "paths": paths, "definitions": schemas}
    content = {"content": {"application/json": {"schema": schema}}}
    put = {"requestBody": {"required": True, **content}, "responses": {"200": {"description": ""}}}
    paths = {"/disk": {"put": put}}
    return {"openapi": dialect, **head, "paths": paths, "components": {"schemas": schemas}}


def between(old: Any, new: Any) -> Bridge:
    return bridge(loaded(old), loaded(new))


SHORT, LONG = {"gib": {"type": "integer"}}, {"gib": {"type": "string"}}


@pytest.mark.parametrize("dialect", ["2.0", "3.0.3", "3.1.0"])
def test_what_a_kind_adds_is_compared(dialect: str) -> None:
    made = between(disks(dialect, Fast=SHORT), disks(dialect, Fast=LONG))
    assert made.found == {"type-changed Fast.gib": ("unbridgeable", "unbridgeable")}


def test_a_kind_is_led_by_its_text_and_no_other_is() -> None:
    renamed = intent(("Fast", RenameFields(names={"name": "label"})))
    made = bridge(
        loaded(disks(Fast=NAMED, Slow=NAMED)),
        loaded(disks(Fast={"label": {"type": "string"}}, Slow=NAMED)),
        renamed,
    )
    for kind, name in (("Fast", "label"), ("Slow", "name")):
        sent = made.sends(OLD, PUT, Message(body={"kind": kind, "name": "a"})).body
        assert sent == {"kind": kind, name: "a"}
        assert made.sends(NEW, PUT, Message(body=sent)).body == {"kind": kind, "name": "a"}


def test_a_mapping_says_which_text_it_is() -> None:
    specs = [disks(mapping={"f": "Fast"}, Fast=added) for added in (SHORT, LONG)]
    made = between(*specs)
    assert made.found == {"type-changed Fast.gib": ("unbridgeable", "unbridgeable")}
    with pytest.raises(Refused):
        made.sends(OLD, PUT, Message(body={"kind": "f", "gib": 1}))
    assert made.sends(OLD, PUT, Message(body={"kind": "Fast", "gib": 1})).body == {
        "kind": "Fast",
        "gib": 1,
    }


def test_a_kind_that_is_gone_is_refused_until_somebody_accepts_it() -> None:
    specs = disks(Fast=SHORT, Slow=SHORT), disks(Fast=SHORT)
    made = between(*specs)
    assert made.found == {"variant-removed Disk|Slow": ("needs-intent", "none")}
    with pytest.raises(Refused):
        made.sends(OLD, PUT, Message(body={"kind": "Slow"}))
    accepted = intent(accept={"variant-removed Disk|Slow": Then.PASS})
    made = bridge(loaded(specs[0]), loaded(specs[1]), accepted)
    assert made.sends(OLD, PUT, Message(body={"kind": "Slow"})).body == {"kind": "Slow"}


def test_kinds_in_another_order_are_no_change() -> None:
    assert between(disks(Fast=SHORT, Slow=LONG), disks(Slow=LONG, Fast=SHORT)).is_silent
