"""Differences in sections: by operation or schema, the worst first, likes together."""

import pytest

from compat.plan.bridge import Acceptance, Verdict
from compat.report.grouping import WHOLE_OPERATIONS, local_name, owner, sections
from tests.compat.report.planned import appliance, difference

REFUSED = (Verdict.UNBRIDGEABLE, "is refused")
ASKED = (Verdict.NEEDS_INTENT, "say which")
LOST = (Verdict.LOSSY, "is dropped")
FINE = Acceptance(reason="nobody reads it", owner="storage team")


@pytest.mark.parametrize(
    ("subject", "expected", "rest"),
    [
        ("Volume.size", "Volume", "size"),
        ("Volume.tags[].name", "Volume", "tags[].name"),
        ("Limits{}.cpu", "Limits", "{}.cpu"),
        ("Volume.state=rebuilding", "Volume", "state=rebuilding"),
        ("Config to ImageConfig.Tty", "Config to ImageConfig", "Tty"),
        ("Volume", "Volume", ""),
        ("GET /volumes query.node", "GET /volumes", "query.node"),
        (
            "PUT /nodes/{id}/label/{key}={value} body.a",
            "PUT /nodes/{id}/label/{key}={value}",
            "body.a",
        ),
        ("POST /tokens response 200 to Token", "POST /tokens", "response 200 to Token"),
        ("GET /a/{b} to GET /a path.b", "GET /a/{b} to GET /a", "path.b"),
        ("GET /volumes", "GET /volumes", "GET /volumes"),
        ("/v1", "/v1", ""),
    ],
)
def test_a_subject_begins_with_its_owner(subject: str, expected: str, rest: str) -> None:
    assert (owner(subject), local_name(subject)) == (expected, rest)


def test_the_worst_comes_first_between_sections_and_within() -> None:
    found = sections(
        [
            difference("A.lost", old_client=LOST),
            difference("B.asked", old_client=ASKED),
            difference("B.refused", new_client=REFUSED),
            difference("C.nothing"),
        ]
    )
    assert [section.owner for section in found] == ["B", "A", "C"]
    assert [each.subject for each in found[0].differences] == ["B.refused", "B.asked"]


def test_a_gap_that_was_accepted_comes_after_an_open_one() -> None:
    found = sections(
        [
            difference("A.refused", old_client=REFUSED, acceptance=FINE),
            difference("B.asked", old_client=ASKED),
        ]
    )
    assert [section.owner for section in found] == ["B", "A"]


def test_what_differs_only_in_its_name_is_one_entry() -> None:
    (section,) = sections(
        difference(f"Volume.{name}", message=f"field {name} is only in the old version")
        for name in ("a", "b", "c")
    )
    (entry,) = section.entries
    assert [each.subject for each in entry.differences] == ["Volume.a", "Volume.b", "Volume.c"]
    assert entry.message == "field … is only in the old version"


def test_the_message_of_a_single_difference_stays_as_it_is() -> None:
    (section,) = sections([difference("Volume.a", message="field a is only in the old version")])
    assert section.entries[0].message == "field a is only in the old version"


@pytest.mark.parametrize(
    "other",
    [
        difference("Volume.b", "values-renamed", message="same"),
        difference("Volume.b", message="another"),
        difference("Volume.b", message="same", old_client=LOST),
        difference("Volume.b", message="same", acceptance=FINE),
    ],
)
def test_what_differs_in_more_than_its_name_is_an_entry_of_its_own(other: object) -> None:
    assert not isinstance(other, str)
    (section,) = sections([difference("Volume.a", message="same"), other])  # type: ignore[list-item]
    assert len(section.entries) == 2


def test_operations_that_differ_as_a_whole_share_a_section() -> None:
    (section,) = sections(
        difference(name, "operation-removed", message=f"{name} is only in the old version")
        for name in ("GET /nodes", "GET /nodes/{id}")
    )
    assert section.owner == WHOLE_OPERATIONS
    (entry,) = section.entries
    assert entry.message == "… is only in the old version"


def test_a_section_knows_the_operations_that_meet_it() -> None:
    (section,) = sections(
        [
            difference("Volume.a", operations=("GET /volumes", "POST /volumes")),
            difference("Volume.b", operations=("GET /volumes",)),
        ]
    )
    assert section.operations == ("GET /volumes", "POST /volumes")


def test_every_difference_of_a_plan_is_in_one_section() -> None:
    plan = appliance(with_intent=False)
    found = [each.id for section in sections(plan.differences) for each in section.differences]
    assert sorted(found) == sorted(each.id for each in plan.differences)
