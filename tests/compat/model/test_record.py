"""Records: what they share with frozen dataclasses."""

from dataclasses import replace

import pytest

from compat.model.record import record


@record()
class Lamp:
    name: str
    watts: int = 5


@record(kw_only=True, eq=False)
class Switch:
    name: str


def test_records_that_say_the_same_are_one_key() -> None:
    assert {Lamp("hall"): 1}[replace(Lamp("hall", 40), watts=5)] == 1


def test_a_record_without_eq_is_equal_to_itself_alone() -> None:
    switch = Switch(name="hall")
    assert switch == switch
    assert switch != Switch(name="hall")


def test_the_type_checker_lets_nobody_write_to_a_record() -> None:
    """Claim: mypy refuses this line, or it would tell that the comment ignores nothing."""
    lamp = Lamp("hall")
    lamp.watts = 40  # type: ignore[misc]
    assert lamp.watts == 40


def test_a_record_has_no_room_for_what_it_does_not_name() -> None:
    with pytest.raises(AttributeError):
        setattr(Lamp("hall"), "colour", "red")  # noqa: B010 -- mypy refuses to write it out
