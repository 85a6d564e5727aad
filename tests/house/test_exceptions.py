"""An exception covers its complaint, and nothing else."""

import pytest

from tests.house import tree


def test_an_exception_covers_its_complaint_and_one_that_covers_none_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tree, "EXCEPTIONS", {"sizes": {"a is long": "a table", "b is long": ""}})
    assert tree.unexcused("sizes", ["a is long", "c is long"]) == [
        "c is long",
        "exception without a complaint: b is long",
    ]
    assert tree.unexcused("words", ["a is long"]) == ["a is long"]
