"""Every path that a document names is there."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.rules import EXAMPLE_PATHS
from tests.house.tree import ROOT, files, relative, unexcused

FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
INLINE_CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)|^\[[^\]]+\]:\s+(\S+)", re.MULTILINE)
COMMAND = re.compile(r"(?<![\w./*-])\./[\w./-]*\w")
PATH = re.compile(r"(?:\./|(?:\.\./)+)?[\w.*-]+(?:/[\w.*-]+)*/?")
SUFFIXES = (".py", ".md", ".toml", ".yaml")


def candidates(text: str) -> Iterator[str]:
    """The words of a document that may be paths: code, targets of links, commands."""
    prose = FENCE.sub("", text)
    yield from INLINE_CODE.findall(prose)
    for inline, reference in LINK.findall(INLINE_CODE.sub("", prose)):
        yield (inline or reference).partition("#")[0]
    yield from COMMAND.findall(text)


def looks_like_a_path(word: str, folders: frozenset[str]) -> bool:
    """Has it one of our suffixes, or does it begin where our tree begins?"""
    if PATH.fullmatch(word) is None:
        return False
    return (
        word.endswith(SUFFIXES)
        or word.startswith(("./", "../"))
        or ("/" in word and word.split("/")[0] in folders)
    )


def exists(word: str, document: str, paths: frozenset[str]) -> bool:
    """Is it there, seen from the root or from the document's folder, or as a bare name anywhere?

    Of a pattern with `*` the folder in front of it must be there.
    """
    fixed = word.partition("*")[0].rpartition("/")[0] if "*" in word else word.rstrip("/")
    if "/" not in word and "*" not in word:
        return any(path.rpartition("/")[2] == word for path in paths)
    here = Path(document).parent
    return any(
        normal(start, fixed) in paths
        for start in (Path(), here)
        if normal(start, fixed) is not None
    )


def normal(start: Path, word: str) -> str | None:
    """The path from the root, dots resolved; None where it leaves the tree."""
    parts: list[str] = []
    for part in (*start.parts, *Path(word).parts):
        if part != "..":
            parts.append(part)
        elif not parts:
            return None
        else:
            parts.pop()
    return "/".join(parts) or "."


def missing(document: str, text: str, paths: frozenset[str]) -> Iterator[str]:
    """The paths that a document names and that are not there; of `file.py::test` the file."""
    folders = frozenset(path.partition("/")[0] for path in paths if "/" in path)
    for word in dict.fromkeys(candidates(text)):
        path, _, _ = word.partition("::")
        is_ours = looks_like_a_path(path, folders) and path not in EXAMPLE_PATHS
        if is_ours and not exists(path, document, paths):
            yield f"{document}: names {path}, which is not there"


def tree_paths() -> frozenset[str]:
    """Every file and every folder of the checkout, from the root."""
    found = [Path(relative(path)) for path in files()]
    return frozenset(str(each) for path in found for each in (path, *path.parents))


def documents() -> list[Path]:
    return [path for path in files() if path.suffix == ".md"]


def test_every_path_that_a_document_names_is_there() -> None:
    paths = tree_paths()
    found = (
        text
        for path in documents()
        for text in missing(relative(path), path.read_text(encoding="utf-8"), paths)
    )
    assert unexcused("documents", found) == []


def test_an_example_path_is_not_one_of_ours() -> None:
    assert EXAMPLE_PATHS & tree_paths() == frozenset()


def test_the_root_has_its_documents() -> None:
    assert [name for name in ("README.md", "CHANGELOG.md") if not (ROOT / name).is_file()] == []


PLANTED = frozenset({"README.md", "docs", "docs/plan.md", "compat", "compat/load.py", "tools/test"})


def test_a_path_that_is_gone_is_found_in_code_links_and_commands() -> None:
    for text, gone in (
        ("see `compat/gone.py`", "compat/gone.py"),
        ("see `gone.toml`", "gone.toml"),
        ("see [there](docs/gone.md#part)", "docs/gone.md"),
        ("see [there](gone.md)", "gone.md"),
        ("[there]: compat/gone", "compat/gone"),
        ("in `compat/gone/`", "compat/gone/"),
        ("run `./tools/gone --fast`", "./tools/gone"),
        ("```\n./tools/gone tests\n```", "./tools/gone"),
        ("every `compat/gone/*.py`", "compat/gone/*.py"),
        ("[up](../../other)", "../../other"),
    ):
        assert list(missing("README.md", text, PLANTED)) == [
            f"README.md: names {gone}, which is not there"
        ]


def test_paths_that_are_there_pass() -> None:
    text = """`compat/load.py`, `load.py`, `docs/`, [plan](docs/plan.md#steps), `compat/*.py`
    ```sh
    ./tools/test --fast
    ```"""
    assert list(missing("README.md", text, PLANTED)) == []
    assert list(missing("docs/plan.md", "[up](../README.md) [plan](plan.md)", PLANTED)) == []


def test_what_is_no_path_is_left_alone() -> None:
    code = "`application/json` `/v1/volumes` `GET /x.md y` `a.b` `{old}/x` `old/new`"
    links = "<https://a.b/c.md> [site](https://example.com/page.md) [mail](mailto:a@example.com)"
    assert list(missing("README.md", f"{code} {links}", PLANTED)) == []
