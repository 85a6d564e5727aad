"""No text of a stranger commands the terminal it is shown on."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from compat.report.printable import printable


def test_escapes_are_shown_and_not_obeyed() -> None:
    assert printable("a\x1b[2Jb\x07\x9b1m\u202ec") == r"a\u001b[2Jb\u0007\u009b1m\u202ec"


def test_ordinary_texts_stay() -> None:
    text = "Größe → 容量\n\tэкран"
    assert printable(text) == text


@given(st.text())
def test_no_control_character_is_left(text: str) -> None:
    left = {each for each in printable(text) if unicodedata.category(each) == "Cc"}
    assert left <= {"\n", "\t"}
