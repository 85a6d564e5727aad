"""Of two specs that hardly differ on the wire, hardly anything is told."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from compat.differ.effect import Level
from compat.report.changes.document import change_document
from tests.published.lists import reports, told

_DATA: Final = Path(__file__).parents[1] / "data" / "controls.yaml"
CONTROLS: Final = yaml.safe_load(_DATA.read_text(encoding="utf-8"))


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control["project"])
def test_nothing_is_told_aloud_but_what_the_specs_say(control: Mapping[str, Any]) -> None:
    found = told(control["project"], control["old"], control["new"])
    loud = [change for change in found if change.level > Level.INFO]
    expected = list(reports(control["loud"]))
    beyond = [each for each in loud if not any(one.is_told_by(each) for one in expected)]
    assert [change_document(each, each.level) for each in beyond] == []
    assert [one for one in expected if not any(map(one.is_told_by, loud))] == []
