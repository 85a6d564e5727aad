"""The changes as a comment, rendered as a reader of GitHub's Markdown renders it."""

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from compat.differ.documents import Document
from compat.differ.effect import Level
from compat.model.place import Place, Source
from compat.model.role import Role
from compat.report.changes.listing import Listing, Section
from compat.report.changes.markdown import COMMENT_CHARACTERS_MAX, changes_markdown, code
from compat.report.printable import on_one_line
from tests.compat.report.changes.listings import HOSTILE, listed, pair, unchanged
from tests.compat.report.page import Element, read


def rendered(text: str) -> Element:
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    return read(f"<body>{html}</body>")


def rows(page: Element) -> list[list[str]]:
    """The cells of each change."""
    found = ([cell.text for cell in row.every("td")] for row in page.every("tr"))
    return [row for row in found if row]


def test_the_summary_comes_first_and_the_specs_next() -> None:
    lines = changes_markdown(listed()).splitlines()
    assert lines[:3] == [
        "**9 changes for an old client with a new server: 2 errors, 3 warnings, 4 notes**",
        "",
        "`v1.yaml` `Lamps 1` → `v2.yaml` `Lamps 2`",
    ]


def test_an_operation_has_a_table_of_its_errors_and_warnings() -> None:
    text = changes_markdown(listed())
    assert (
        "#### `POST /lamps`\n"
        "\n"
        "| Level | Rule | Change | Place |\n"
        "| --- | --- | --- | --- |\n"
        "| ERR | `new-required-request-property` | `request body application/json room` "
        "| new `v2.yaml:49:9` |\n"
        "| WARN | `request-property-removed` | `request body application/json shade` "
        "| old `v1.yaml:48:9` |\n"
        "\n"
    ) in text


@pytest.mark.parametrize("role", Role)
def test_notes_are_folded_and_all_else_is_not(role: Role) -> None:
    loud, fold, quiet = changes_markdown(listed(role)).partition("<details>\n")
    assert fold
    assert quiet.startswith(f"<summary>{listed(role).counts[Level.INFO]} notes</summary>\n\n")
    assert quiet.endswith("\n\n</details>\n")
    levels = [row[0] for row in rows(rendered(loud))]
    folded = [row[0] for row in rows(rendered(f"<details>\n{quiet}"))]
    assert {*levels} == {
        level.name for level, number in listed(role).counts.items() if number and level > Level.INFO
    }
    assert {*folded} == {"INFO"}
    assert len(levels) + len(folded) == len(listed(role).changes)


def test_without_notes_nothing_is_folded() -> None:
    assert "<details>" not in changes_markdown(listed(least=Level.WARN))
    assert changes_markdown(unchanged()) == (
        "**no changes for an old client with a new server**\n"
        "\n"
        "`v1.yaml` `Lamps 1` → `v1.yaml` `Lamps 1`\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        HOSTILE,
        "a|b",
        "a`b",
        "``",
        "a\\|b",
        "<script>",
        "&lt;",
        "a\nb",
        "[a](b)",
        "@octo",
        "**bold** _a_",
        "**bold** _a_ | `",
        "www.example.org | octo`",
        " a ",
        "-->",
        "http://example.org",
        "é→容",
    ],
)
def test_code_is_text_in_one_cell_whatever_it_holds(text: str) -> None:
    page = rendered(f"| a |\n| --- |\n| {code(text)} |\n")
    (cell,) = page.every("td")
    assert [each.name for each in cell.everything()] == ["code"]
    assert cell.text == re.sub(r"\s+", " ", on_one_line(text)).strip()


def test_hostile_texts_leave_every_table_as_it_is() -> None:
    tame, wild = (rendered(changes_markdown(listed(hostile=each))) for each in (False, True))
    assert names(wild) == names(tame)
    assert {len(row) for row in rows(wild)} == {4}
    assert len(rows(wild)) == len(listed(hostile=True).changes)


def names(page: Element) -> set[str]:
    return {each.name for each in page.everything()}


def many(number: int, least: Level = Level.INFO) -> Listing:
    """A listing of one operation, over and over."""
    made = listed(least=least)
    sections = tuple(
        Section(operation=f"GET /{at}", changes=each.changes, levels=each.levels)
        for at in range(number)
        for each in made.sections
    )
    old, new = pair()
    return Listing(documents=(Document(old=old, new=new),), role=made.role, sections=sections)


@pytest.mark.parametrize("least", [Level.INFO, Level.ERR])
def test_what_does_not_fit_a_comment_is_counted(least: Level) -> None:
    made = many(400, least)
    text = changes_markdown(made)
    assert COMMENT_CHARACTERS_MAX * 0.9 < len(text) <= COMMENT_CHARACTERS_MAX
    found = rows(rendered(text))
    left = [int(line.split()[1]) for line in text.splitlines() if line.startswith("And ")]
    assert len(found) + sum(left) == len(made.changes)
    assert {len(row) for row in found} == {4}


def test_long_names_of_specs_leave_room() -> None:
    old, new = (
        replace(each, title=HOSTILE * 1000, place=Place(Source("|" * 4000, lambda _: (1, 1)), ""))
        for each in pair()
    )
    made = many(400)
    text = changes_markdown(replace(made, documents=(Document(old=old, new=new),)))
    assert len(text) <= COMMENT_CHARACTERS_MAX
    assert rows(rendered(text))
