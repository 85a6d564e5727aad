"""Which operation is which."""

import pytest

from compat.match.operations import Evidence, pair_operations
from tests.compat.plan.making import key
from tests.compat.plan.specs import interface


def paired(
    old: dict[str, str],
    new: dict[str, str],
    *stated: tuple[str, str],
    bases: tuple[str, str] = ("", ""),
) -> tuple[list[tuple[str, str, Evidence]], list[str], list[str]]:
    found = pair_operations(
        interface(old, base=bases[0]),
        interface(new, base=bases[1]),
        [(key(one), key(other)) for one, other in stated],
    )
    pairs = [(str(pair.old.key), str(pair.new.key), pair.evidence) for pair in found.pairs]
    return pairs, [str(one.key) for one in found.removed], [str(one.key) for one in found.added]


def test_the_same_method_and_path_whatever_the_operation_id() -> None:
    """Ids are renamed while the operation stays, or stand on two operations."""
    old = {"GET /a": "{id: x}", "GET /b": "{id: x}", "PUT /a": "{}"}
    new = {"GET /a": "{id: y}", "GET /b": "{}", "PUT /a": "{id: x}"}
    pairs, removed, added = paired(old, new)
    assert sorted(pairs) == [(one, one, Evidence.PATH) for one in sorted(old)]
    assert removed == added == []


def test_a_parameter_s_name_is_no_part_of_the_path() -> None:
    pairs, _, _ = paired({"GET /v/{id}": "{}"}, {"GET /v/{volume}": "{}"})
    assert pairs == [("GET /v/{id}", "GET /v/{volume}", Evidence.PATH)]


@pytest.mark.parametrize(
    ("old", "new", "bases", "evidence"),
    [
        ("GET /v", "GET /api/v2/v", ("/api/v2", ""), Evidence.FULL_PATH),
        ("GET /v", "GET /api/v2/v", ("/api/v1", ""), Evidence.VERSIONLESS),
        ("GET /v1/v", "GET /v2/v", ("", ""), Evidence.VERSIONLESS),
        ("GET /2019-10/v", "GET /2020-07/v", ("", ""), Evidence.VERSIONLESS),
        ("GET /v", "GET /v", ("/api/v1", "/api/v2"), Evidence.PATH),
    ],
)
def test_a_path_that_begins_another_way(
    old: str, new: str, bases: tuple[str, str], evidence: Evidence
) -> None:
    pairs, removed, added = paired({old: "{}"}, {new: "{}"}, bases=bases)
    assert pairs == [(old, new, evidence)]
    assert removed == added == []


def test_an_operation_id_leads_to_another_path() -> None:
    pairs, _, _ = paired({"GET /a": "{id: list}"}, {"GET /b": "{id: list}"})
    assert pairs == [("GET /a", "GET /b", Evidence.OPERATION_ID)]


def test_an_operation_id_on_two_operations_leads_nowhere() -> None:
    old = {"GET /a": "{id: list}", "GET /b": "{id: list}"}
    assert paired(old, {"GET /c": "{id: list}"}) == ([], ["GET /a", "GET /b"], ["GET /c"])


def test_no_operation_id_is_no_evidence() -> None:
    assert paired({"GET /a": "{}"}, {"GET /b": "{}"}) == ([], ["GET /a"], ["GET /b"])


def test_an_operation_id_with_another_method_is_no_evidence() -> None:
    pairs, removed, added = paired({"PUT /a": "{id: x}"}, {"PATCH /b": "{id: x}"})
    assert (pairs, removed, added) == ([], ["PUT /a"], ["PATCH /b"])


def test_a_person_s_word_goes_first() -> None:
    operations = {"GET /a": "{}", "GET /b": "{}"}
    pairs, removed, added = paired(operations, operations, ("GET /a", "GET /b"))
    assert pairs == [("GET /a", "GET /b", Evidence.INTENT)]
    assert removed == ["GET /b"]
    assert added == ["GET /a"]


def test_two_templates_of_one_shape_pair_nobody_by_path() -> None:
    old = {"GET /v/{id}": "{id: one}", "GET /v/{name}": "{id: two}"}
    pairs, _, _ = paired(old, {"GET /v/{key}": "{id: two}"})
    assert pairs == [("GET /v/{name}", "GET /v/{key}", Evidence.OPERATION_ID)]


def test_pairs_stand_in_the_old_version_s_order() -> None:
    pairs, _, _ = paired({"GET /b": "{}", "GET /a": "{}"}, {"GET /a": "{}", "GET /b": "{}"})
    assert [old for old, _, _ in pairs] == ["GET /b", "GET /a"]
