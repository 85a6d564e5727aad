"""The changes as a page: whole without scripts, reachable without eyes, safe from its texts."""

import re
from itertools import combinations
from xml.etree import ElementTree

import pytest

from compat.differ.effect import Level
from compat.model.role import Role
from compat.report.changes.page import SHADES, branches, changes_page, figures, held
from compat.report.changes.words import MEANINGS, ROLES, WHOLE, sentence
from compat.report.page import INK, PAPER
from compat.report.printable import on_one_line
from tests.compat.report.changes.listings import HOSTILE, listed, unchanged
from tests.compat.report.page import CONTRAST_MIN, Element, contrast, read


@pytest.fixture(scope="module")
def text() -> str:
    return changes_page(listed())


@pytest.fixture(scope="module")
def page(text: str) -> Element:
    return read(text)


def rows(page: Element) -> list[Element]:
    """Those of changes."""
    return [row for row in page.every("tr") if row.attributes.get("class", "").startswith("of-")]


def test_the_page_is_well_formed(text: str, page: Element) -> None:
    assert text.startswith("<!DOCTYPE html>\n")
    assert [each.name for each in page.children if isinstance(each, Element)] == ["html"]
    assert ElementTree.fromstring(text).tag == "html"
    assert next(page.every("h1")).text == "Lamps: what changed"


def test_operations_are_a_tree_below_their_paths(page: Element) -> None:
    shown = [
        [next(branch.every("h3")).text, *(each.text for each in branch.every("h4"))]
        for branch in page.every("details")
        if [*branch.every("h3")]
    ]
    assert shown == [
        ["/rooms/{id}", "DELETE /rooms/{id}", "PUT /rooms/{id}"],
        ["/lamps", "POST /lamps", "GET /lamps"],
        ["the whole interface", "the whole interface"],
    ]
    for each in page.every("details"):
        first = next(child for child in each.children if isinstance(child, Element))
        assert first.name == "summary"


def test_what_breaks_is_open_from_the_start(page: Element) -> None:
    for each in page.every("details"):
        is_open = each.attributes.get("open") == "open"
        is_lone = next(each.every("h4")).text == WHOLE and not [*each.every("h3")]
        broken = any("of-ERR" in row.attributes.get("class", "") for row in each.every("tr"))
        assert is_open is (broken or is_lone)


@pytest.mark.parametrize("role", Role)
def test_each_change_shows_both_directions_side_by_side(role: Role) -> None:
    made = listed(role)
    page = read(changes_page(made))
    inside = [
        pair
        for branch in branches(made)
        for each in branch.sections
        for pair in zip(each.changes, each.levels, strict=True)
    ]
    for row, (change, level) in zip(rows(page), inside, strict=True):
        old_client, new_client, old, new = row.every("td")
        assert row.attributes["class"] == f"of-{level.name}"
        for cell, expected in (
            (old_client, change.level),
            (new_client, change.level_for_new_client),
        ):
            assert cell.attributes["class"] == expected.name
            assert cell.text == f"{expected.name} {MEANINGS[expected]}"
        assert old.text == (str(change.old) if change.old else "–")
        assert new.text == (str(change.new) if change.new else "–")
        assert sentence(change) in next(row.every("th")).text
    assert len(inside) == len(made.changes)


def test_tables_have_headers_with_their_scope(page: Element) -> None:
    assert [th for th in page.every("th") if "scope" not in th.attributes] == []
    for table in [*page.every("table")][1:]:
        heads = [th.text for head in table.every("thead") for th in head.every("th")]
        assert heads == [
            "What changed",
            *(f"For {words}" for words in ROLES.values()),
            "Old",
            "New",
        ]


def test_every_region_that_scrolls_has_a_name_and_can_be_reached(page: Element) -> None:
    wide = [each for each in page.every("div") if each.attributes.get("class") == "wide"]
    assert len(wide) == len([*page.every("table")])
    for each in wide:
        assert each.attributes["aria-label"]
        assert (each.attributes["role"], each.attributes["tabindex"]) == ("group", "0")


def test_levels_are_hidden_by_style_alone(text: str, page: Element) -> None:
    boxes = {each.attributes["id"]: each for each in page.every("input")}
    assert [*boxes] == ["show-ERR", "show-WARN", "show-INFO"]
    for box in boxes.values():
        assert (box.attributes["type"], box.attributes["checked"]) == ("checkbox", "checked")
    labels = [each.text for each in page.every("label")]
    assert labels[0] == "ERR: 2 errors (breaks the client)"
    for level in Level:
        rule = f"body:has(#show-{level.name}:not(:checked)) tr.of-{level.name} {{ display: none; }}"
        assert rule in text


def test_what_has_only_hidden_levels_is_hidden_with_them(text: str, page: Element) -> None:
    for size in (1, 2, 3):
        for levels in combinations(Level, size):
            assert f" .{held(levels)} {{ display: none; }}" in text
    for each in page.every("details"):
        found = {row.attributes["class"].removeprefix("of-") for row in rows(each)}
        assert {*each.attributes["class"].split("-")[1:]} == found


def test_the_page_needs_nothing_from_elsewhere_and_no_scripts(text: str, page: Element) -> None:
    assert [*page.every("script", "link", "img", "iframe", "object", "base", "form", "a")] == []
    for element in page.everything():
        assert [name for name in element.attributes if name.startswith("on")] == []
        assert {"src", "href", "style"} & element.attributes.keys() == set()
    assert re.findall(r"url\(|@import|https?://", text) == []
    (policy,) = (
        each.attributes["content"]
        for each in page.every("meta")
        if each.attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline';")


def test_names_are_unique(page: Element) -> None:
    names = [each.attributes["id"] for each in page.everything() if "id" in each.attributes]
    assert len(names) == len(set(names))


def test_texts_of_strangers_stay_texts(page: Element) -> None:
    text = changes_page(listed(hostile=True))
    strange = read(text)
    assert {each.name for each in strange.everything()} == {each.name for each in page.everything()}
    assert re.findall("[\x00-\x08\x0b-\x1f\u202e]", text) == []
    assert ElementTree.fromstring(text).tag == "html"
    whole = on_one_line(HOSTILE)
    assert next(strange.every("h1")).text == f"{whole}: what changed"
    assert next(strange.every("h4")).text == f"DELETE /{whole}"
    assert len(rows(strange)) == len(listed(hostile=True).changes)


def test_nothing_is_told_of_nothing() -> None:
    page = read(changes_page(unchanged()))
    assert [*page.every("details")] == []
    assert "Nothing changed that is listed here." in page.text


@pytest.mark.parametrize("at", [0, 1], ids=["light", "dark"])
def test_every_text_stands_out_from_its_ground(text: str, at: int) -> None:
    assert set(SHADES) == set(Level)
    for ground in (PAPER[at], *(shade[at] for shade in SHADES.values())):
        assert contrast(INK[at], ground) >= CONTRAST_MIN, ground
        assert ground in text


def test_dark_colours_are_for_those_who_ask(text: str) -> None:
    light, _, dark = text.partition("@media (prefers-color-scheme: dark)")
    assert INK[0] in light
    assert INK[1] in dark
    assert INK[1] not in light


def test_figures_name_what_there_is() -> None:
    assert figures((Level.ERR, Level.INFO, Level.INFO)) == "1 error, 2 notes"
