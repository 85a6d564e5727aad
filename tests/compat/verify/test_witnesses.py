"""For each difference that breaks something there is a message that it breaks."""

from collections import Counter
from pathlib import Path

import pytest

from compat.intent.model import Supply
from compat.model.role import Role
from compat.plan.bridge import Verdict
from compat.plan.spot import Side
from compat.verify.bench import Bench
from compat.verify.checks.witnesses import witnesses
from compat.verify.evidence import Unwitnessed, Witness
from tests.compat.plan.making import intent
from tests.compat.plan.specs import interface
from tests.compat.verify.making import NEW, OLD, Made, appliance, racks, small


def found(bench: Bench) -> dict[tuple[str, Role], Witness | Unwitnessed]:
    """By kind and subject of the difference, and the role."""
    by_id = {each.id: f"{each.kind} {each.subject}" for each in bench.plan.differences}
    return {(by_id[each.difference], Role(each.role)): each for each in witnesses(bench)}


def becomes(made: Made) -> dict[tuple[str, Role], str]:
    """What each witness becomes; the reason where there is none."""
    with made.bench() as bench:
        return {
            key: each.becomes if isinstance(each, Witness) else each.reason
            for key, each in found(bench).items()
        }


def test_every_difference_that_asks_for_something_has_its_witness(tmp_path: Path) -> None:
    made = appliance(tmp_path)
    asked = {
        (f"{each.kind} {each.subject}", role)
        for each in made.plan.differences
        for role in Role
        if each.judgements[role].verdict > Verdict.NONE
    }
    assert becomes(made).keys() == asked


def test_what_the_shim_makes_of_them(tmp_path: Path) -> None:
    outcomes = becomes(appliance(tmp_path))
    assert Counter(outcomes.values()) == {"valid": 41, "refused": 3, "passes": 1, "meaning": 1}
    assert outcomes["field-added VolumeSpec.compression", NEW] == "refused"
    assert outcomes["field-removed Health.fan_rpm", OLD] == "passes"
    assert outcomes["values-renamed Volume.state", OLD] == "valid"


def test_a_witness_shows_where_it_breaks_and_what_it_becomes(tmp_path: Path) -> None:
    with appliance(tmp_path).bench() as bench:
        shown = found(bench)["field-renamed Error.message", OLD]
    assert isinstance(shown, Witness)
    assert shown.side is Side.RESPONSE
    assert isinstance(shown.message, dict)
    assert isinstance(shown.after, dict)
    body, after = shown.message["body"], shown.after["body"]
    assert isinstance(body, dict)
    assert after == {"code": body["code"], "message": body["detail"]}
    assert shown.shows == "/body/message: 'message' is a required property"


@pytest.mark.parametrize(
    ("file", "before", "after", "difference", "role"),
    [
        (
            "lenses/error.py",
            'value["message"] = value.pop("detail")',
            "pass",
            "field-renamed Error.message",
            OLD,
        ),
        (
            "lenses/volume_spec.py",
            'value["thin"] = False',
            "pass",
            "field-added VolumeSpec.thin",
            OLD,
        ),
        (
            "exchanges/volumes_new_client.py",
            "protocol[index] = ITEM_DOWN[item]",
            "pass",
            "values-renamed PUT /volumes/{id}/publish query.protocol",
            NEW,
        ),
    ],
    ids=["answer", "request", "parameter"],
)
def test_what_a_broken_package_does_not_mend_passes(
    tmp_path: Path, file: str, before: str, after: str, difference: str, role: Role
) -> None:
    assert becomes(appliance(tmp_path))[difference, role] == "valid"
    broken = appliance(tmp_path / "broken").broken(file, before, after)
    assert becomes(broken)[difference, role] == "passes"


def test_what_is_not_refused_although_it_should_be_passes(tmp_path: Path) -> None:
    node = "parameter-added GET /volumes query.node"
    assert becomes(appliance(tmp_path))[node, NEW] == "refused"
    broken = appliance(tmp_path / "broken").broken(
        "exchanges/volumes_new_client.py", 'if "node" in query:', 'if "mode" in query:'
    )
    assert becomes(broken)[node, NEW] == "passes"


def test_what_both_specs_allow_is_told_apart_by_what_the_shim_does(tmp_path: Path) -> None:
    """A trace is free to be in a header or in a query; only one of them is read."""
    trace = "parameter-relocated GET /racks header.x-trace"
    assert becomes(racks(tmp_path))[trace, OLD] == "meaning"
    broken = racks(tmp_path / "broken").broken(
        "exchanges/racks_old_client.py", 'if "x-trace" in header:', 'if "trace" in header:'
    )
    assert becomes(broken)[trace, OLD].startswith("both specs allow each of ")


def test_a_message_that_meets_another_difference_first_is_told_of(tmp_path: Path) -> None:
    """No text of the request goes where the only way is refused."""
    broken = appliance(tmp_path).broken(
        "lenses/volume_spec.py", 'if "compression" in value:', 'if "compress" in value:'
    )
    assert becomes(broken)["field-added VolumeSpec.compression", NEW] == "refused otherwise"


def test_why_there_is_no_witness_is_told(tmp_path: Path) -> None:
    """No answer of a new server holds what only old answers have, and none has to."""
    old = interface({"PUT /jobs": "{200: {a: integer, b: integer}}"})
    new = interface({"PUT /jobs": "{200: {a: integer}}"})
    assert becomes(small(tmp_path, old, new)) == {
        ("field-removed PUT /jobs response 200.b", OLD): (
            "the sender declares nothing of the kind, and none of 6 messages shows it"
        )
    }


@pytest.mark.parametrize("status", ["200", "404", "4XX", "default"])
def test_what_answers_lack_is_shown_by_an_answer_of_their_status(
    tmp_path: Path, status: str
) -> None:
    """The sender has no word for it, so that nothing but its status leads there."""
    others = "" if status == "200" else "200: {x: string}, "
    old, new = (
        interface({"GET /a": f"{{{others}{status}: E}}"}, components)
        for components in ("{E: {kind!: string}}", "{E: {kind!: string, message!: string}}")
    )
    defaults = intent(("E", Supply(values={"message": ""})))
    made = small(tmp_path, old, new, defaults)
    with made.bench() as bench:
        shown = found(bench)["field-added E.message", NEW]
    assert isinstance(shown, Witness), shown.reason
    assert shown.becomes == "valid"
    assert shown.shows == "/body/message: 'message' is a required property"
    assert isinstance(shown.message, dict)
    assert isinstance(shown.message["body"], dict)
    assert shown.message["body"].keys() == {"kind"}


def test_an_operation_that_is_gone_is_its_own_witness(tmp_path: Path) -> None:
    old = interface({"PUT /jobs": "{200: null}", "GET /jobs": "{200: null}"})
    new = interface({"GET /jobs": "{200: null}"})
    with small(tmp_path, old, new).bench() as bench:
        shown = found(bench)["operation-removed PUT /jobs", OLD]
    assert isinstance(shown, Witness)
    assert (shown.becomes, shown.shows) == ("refused", "the other version has no PUT /jobs")
    assert shown.message == {"method": "PUT", "path": "/jobs"}
