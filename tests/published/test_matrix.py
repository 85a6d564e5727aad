"""Published versions in a row: who can talk to whom."""

import pytest

from compat.intent.model import NO_INTENT
from compat.plan.fusing.spans import Route, spans
from compat.report.matrix.cell import Cell, Passage, cells
from compat.source import load_interface
from tests.published.shims import TODAY
from tests.shared import spec

HPE_CSP = ("1.0.0-2019-10", "1.0.0-2020-07", "1.1.0-2021-04")
MAYASTOR = ("v1.0.0", "v2.0.0", "v2.3.0")


def judged(project: str, versions: tuple[str, ...]) -> dict[tuple[str, str], Cell]:
    row = [
        load_interface(str(spec(f"{project}/{each}.yaml")), validate=False).interface
        for each in versions
    ]
    found = spans(row, [NO_INTENT] * (len(row) - 1), versions, today=TODAY)
    return {
        (versions[cell.client], versions[cell.server]): cell
        for span in found
        for cell in cells(span)
    }


def test_a_release_that_only_adds_serves_the_clients_before_it() -> None:
    found = judged("hpe-csp", HPE_CSP)
    added = found["1.0.0-2020-07", "1.1.0-2021-04"]
    assert (added.passage, added.operations.unchanged) == (Passage.AS_IS, 25)
    back = found["1.1.0-2021-04", "1.0.0-2020-07"]
    assert (back.passage, back.operations.refused) == (Passage.LOSSY, 1)


@pytest.mark.parametrize(("project", "versions"), [("hpe-csp", HPE_CSP), ("mayastor", MAYASTOR)])
def test_the_ends_are_led_through_the_middle_version(
    project: str, versions: tuple[str, str, str]
) -> None:
    found = judged(project, versions)
    assert len(found) == 6
    first, _, last = versions
    for pair in ((first, last), (last, first)):
        cell = found[pair]
        assert cell.route is Route.FUSED
        assert cell.differences > 0
        assert (cell.passage is Passage.NOT_AT_ALL) is bool(cell.gaps)


def test_what_was_taken_away_is_the_first_reason() -> None:
    cell = judged("mayastor", MAYASTOR)["v1.0.0", "v2.3.0"]
    assert cell.passage is Passage.NOT_AT_ALL
    assert cell.gaps[0].told == "GET /nodes/{node_id}/volumes is only in the old version"
