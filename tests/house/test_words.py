"""The repository speaks of the product alone, and of finished work."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.rules import CATCH_ALL_MODULES, FORBIDDEN
from tests.house.tree import files, module, modules, relative, unexcused


def forbidden(path: str, text: str) -> Iterator[str]:
    """What a text says that it must not, by line."""
    for number, line in enumerate(text.splitlines(), start=1):
        for what, pattern in FORBIDDEN.items():
            if found := pattern.search(line):
                yield f"{path}:{number}: {what}: {found.group()}"


def catch_alls(name: str) -> Iterator[str]:
    """A module whose name says nothing gathers what belongs elsewhere."""
    for part in name.split("."):
        if part in CATCH_ALL_MODULES:
            yield f"{name}: {part!r} is no name; move each part to the noun it serves"


def text_of(path: Path) -> str:
    """The text of a file; of a binary one, nothing."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_no_text_says_what_it_must_not() -> None:
    ours = [path for path in files() if not relative(path).startswith("generated/")]
    found = (text for path in ours for text in forbidden(relative(path), text_of(path)))
    assert unexcused("words", found) == []


def test_no_module_is_a_catch_all() -> None:
    everything = modules("compat", "core", "tests", "tools")
    assert unexcused("names", (text for each in everything for text in catch_alls(each.name))) == []


@pytest.mark.parametrize(
    ("what", "planted"),
    [
        ("unfinished work", "# TO" + "DO: later"),
        ("unfinished work", "FIX" + "ME"),
        ("unfinished work", "# XX" + "X odd"),
        ("a path of one machine", "see /wo" + "rk/main"),
        ("a path of one machine", 'Path("/ho' + 'me/ada/specs")'),
        ("a path of one machine", "(/ro" + "ot/.cache)"),
        ("the host of a package registry", "https://py" + "pi.org/simple"),
        ("the host of a package registry", "image: ghcr" + ".io/x/y"),
        ("a number of an issue", "as issue " + "#12 says"),
        ("talk of how it was written", "written by Cla" + "ude"),
    ],
)
def test_a_forbidden_word_is_found(what: str, planted: str) -> None:
    (complaint,) = forbidden("notes.md", f"fine\n{planted}\n")
    assert complaint.startswith(f"notes.md:2: {what}: ")


def test_innocent_words_pass() -> None:
    text = "4XX or 5XX; {base}/home; src/work/x; `GET /v1/homes`; ./work; mastodon; PR; issue"
    assert list(forbidden("notes.md", text)) == []


def test_every_forbidden_kind_has_a_planted_case() -> None:
    (mark,) = (
        mark
        for mark in test_a_forbidden_word_is_found.pytestmark  # type: ignore[attr-defined]
        if mark.name == "parametrize"
    )
    assert {what for what, _ in mark.args[1]} == set(FORBIDDEN)


def test_a_catch_all_module_is_found() -> None:
    assert list(catch_alls(module("compat/lens/utils.py", "").name)) == [
        "compat.lens.utils: 'utils' is no name; move each part to the noun it serves"
    ]
    assert list(catch_alls("compat.lens.utility")) == []
