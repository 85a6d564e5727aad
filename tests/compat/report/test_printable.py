"""No text of a stranger commands the terminal it is shown on."""

import unicodedata
from xml.etree.ElementTree import Element, fromstring, tostring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.report.printable import on_one_line, printable


def test_escapes_are_shown_and_not_obeyed() -> None:
    assert printable("a\x1b[2Jb\x07\x9b1m\u202ec") == r"a\u001b[2Jb\u0007\u009b1m\u202ec"


def test_ordinary_texts_stay() -> None:
    text = "Größe → 容量\n\tэкран"
    assert printable(text) == text


@given(st.text())
def test_no_control_character_is_left(text: str) -> None:
    left = {each for each in printable(text) if unicodedata.category(each) == "Cc"}
    assert left <= {"\n", "\t"}


def test_a_text_stays_on_its_line_and_fits_xml() -> None:
    text = on_one_line("a\tb\nc\u2028d\ud800e\ufffef\x1bg")
    assert text == r"a\u0009b\u000ac\u2028d\ud800e\ufffef\u001bg"


@given(st.text(st.characters(exclude_categories=())))
def test_whatever_is_on_one_line_can_be_written_as_xml(text: str) -> None:
    element = Element("a", {"b": on_one_line(text)})
    assert fromstring(tostring(element)).get("b") == on_one_line(text)
    assert len(on_one_line(text).splitlines()) <= 1


@pytest.mark.parametrize("text", ["::error title=a::b", "a\n::error::b", "a ::error::b"])
def test_no_line_begins_with_a_command_of_a_workflow(text: str) -> None:
    shown = on_one_line(text)
    assert not any(word.startswith("::") for word in shown.split())
    assert on_one_line("std::string a :: b") == "std::string a :: b"
