"""Pairs with a reviewed intent leave nothing open that nobody answered for."""

import pytest

from compat.plan.bridge import Verdict
from tests.published.shims import REVIEWED, reviewed_plan


@pytest.mark.parametrize("name", REVIEWED)
def test_no_gap_is_left_that_is_not_accepted_with_a_reason(name: str) -> None:
    plan = reviewed_plan(name)
    assert plan.open_gaps == ()
    accepted = [found for found in plan.differences if found.acceptance is not None]
    assert all(found.acceptance and found.acceptance.reason for found in accepted)
    assert any(found.verdict > Verdict.LOSSLESS for found in plan.differences)
