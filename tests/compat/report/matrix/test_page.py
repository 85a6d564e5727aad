"""The picture as a page: whole, reachable without eyes and colours, and safe from its texts."""

import re
from itertools import product
from xml.etree import ElementTree

import pytest

from compat.report.matrix.cell import Passage
from compat.report.matrix.page import SHADES, matrix_page
from compat.report.matrix.words import LEGEND
from compat.report.page import INK, PAPER
from tests.compat.report.matrix.rows import PLAIN, ROOMS, everything, lamps, picture
from tests.compat.report.page import CONTRAST_MIN, Element, contrast, read


@pytest.fixture(scope="module")
def text() -> str:
    return matrix_page(everything())


@pytest.fixture(scope="module")
def page(text: str) -> Element:
    return read(text)


def test_the_page_is_well_formed(text: str, page: Element) -> None:
    assert text.startswith("<!DOCTYPE html>\n")
    assert [each.name for each in page.children if isinstance(each, Element)] == ["html"]
    assert ElementTree.fromstring(text).tag == "html"


def test_rows_and_columns_have_headers_with_their_scope(page: Element) -> None:
    names = [version.name for version in everything().versions]
    rows = [*page.one("matrix").every("tr")]
    over, heads, *below = rows
    assert [(th.text, th.attributes["scope"]) for th in over.every("th")] == [
        ("Client", "col"),
        ("Server", "colgroup"),
    ]
    assert [(th.text, th.attributes["scope"]) for th in heads.every("th")] == [
        (name, "col") for name in names
    ]
    assert [(th.text, th.attributes["scope"]) for row in below for th in row.every("th")] == [
        (name, "row") for name in names
    ]
    assert [th for th in page.every("th") if "scope" not in th.attributes] == []


def test_each_cell_says_in_words_what_its_colour_says(page: Element) -> None:
    shown = [*page.one("matrix").every("td")]
    cells = [cell for row in everything().rows for cell in row]
    for element, cell in zip(shown, cells, strict=True):
        assert element.attributes["class"] == cell.passage.label
        assert element.text.startswith(cell.passage.words)
    assert {each.attributes["class"] for each in shown} == {each.label for each in Passage}


def test_the_legend_explains_every_word(page: Element) -> None:
    legend = page.one("legend").text
    assert [word for word in LEGEND.values() if word not in legend] == []


def test_every_link_leads_to_a_place_on_the_page(page: Element) -> None:
    places = [each.attributes["id"] for each in page.everything() if "id" in each.attributes]
    links = [each.attributes["href"] for each in page.every("a")]
    assert len(links) == 30
    assert len(places) == len(set(places))
    assert {link.removeprefix("#") for link in links} <= set(places)


def test_reasons_are_told_where_there_is_no_way() -> None:
    page = read(matrix_page(picture(lamps("{name!: string}", ROOMS), PLAIN)))
    assert page.one("why-0-1").text == "v1 client → v2 server: not at all, 1 gap"
    [reason] = page.every("li")
    assert reason.text.endswith("unbridgeable: GET /rooms is only in the old version")


def test_what_a_pair_loses_is_told_and_the_picture_leads_there() -> None:
    page = read(matrix_page(picture(PLAIN, lamps("{name!: string}", ROOMS))))
    assert page.one("why-1-0").text == "v2 client → v1 server: lossy, 1 loss"
    [loss] = page.every("li")
    assert loss.text.endswith("lossy: GET /rooms is only in the new version")
    links = [each.attributes["href"] for each in page.every("a")]
    assert links == ["#pair-0-1", "#why-1-0"]


def test_the_page_needs_nothing_from_elsewhere_and_no_scripts(text: str, page: Element) -> None:
    assert [*page.every("script", "link", "img", "iframe", "object", "base")] == []
    for element in page.everything():
        assert [name for name in element.attributes if name.startswith("on")] == []
        assert "src" not in element.attributes
    assert re.findall(r"url\(|@import|https?://", text) == []


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "</title><script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{ 7 * 7 }}",
        "{% raw %}",
        "&amp;",
        "]]>",
    ],
)
def test_texts_of_strangers_stay_texts(hostile: str) -> None:
    operation = f"GET /{hostile}"
    old, new = lamps("{name!: string}", operation, name=hostile), PLAIN
    text = matrix_page(picture(old, new, names=(hostile, "v2")))
    page = read(text)
    assert {each.name for each in page.everything()} == {each.name for each in whole()}
    assert [*page.one("matrix").every("th")][2].text == hostile
    assert hostile in page.one("why-0-1").text
    assert ElementTree.fromstring(text).tag == "html"


def whole() -> list[Element]:
    return [*read(matrix_page(picture(lamps("{name!: string}", ROOMS), PLAIN))).everything()]


def test_what_commands_terminals_or_turns_text_around_is_escaped() -> None:
    text = matrix_page(picture(PLAIN, lamps("{a: string}"), names=("\x00\x1b[2J", "v\u202e2")))
    assert re.findall("[\x00-\x08\x0b-\x1f\u202e]", text) == []
    assert r"\u0000\u001b[2J" in text


@pytest.mark.parametrize("at", [0, 1], ids=["light", "dark"])
def test_every_text_stands_out_from_its_ground(text: str, at: int) -> None:
    assert set(SHADES) == set(Passage)
    for ground in (PAPER[at], *(shade[at] for shade in SHADES.values())):
        assert contrast(INK[at], ground) >= CONTRAST_MIN, ground
        assert ground in text


def test_no_two_passages_share_a_colour() -> None:
    for at, (one, other) in product((0, 1), product(Passage, Passage)):
        assert one is other or SHADES[one][at] != SHADES[other][at]


def test_dark_colours_are_for_those_who_ask(text: str) -> None:
    light, _, dark = text.partition("@media (prefers-color-scheme: dark)")
    assert INK[0] in light
    assert INK[1] in dark
    assert INK[1] not in light
