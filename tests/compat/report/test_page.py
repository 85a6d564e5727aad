"""All pages have one frame; the measure of contrast is the standard's."""

from pathlib import Path

import pytest

import compat.report
from tests.compat.report.page import contrast


def test_the_measure_of_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


def test_every_page_stands_in_the_one_frame() -> None:
    (folder,) = compat.report.__path__
    frame, *pages = sorted(Path(folder).rglob("*.jinja"), key=lambda each: len(each.parts))
    assert "<head>" in frame.read_text(encoding="utf-8")
    assert len(pages) == 3
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith('{% extends "page.html.jinja" %}')
        assert "<head>" not in text
