"""Small YAML documents with things done to them, from a seed."""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Final

PIECES: Final = (
    " ", "  ", "    ", "\n", "\n\n", "  \n", ":", ": ", " :", "-", "- ", "- - ", "-\n", "\n-", "#",
    " #", " # c", "'", '"', "''", '""', "\\", "\\\n", "\\n", '\\"', "\\x41", "\\ud800",
    ': "', ": '",
    "{", "}", "[", "]", ",", ", ", "[a, b]", "{a: b}", "{}", "? ", "!", "!t ", "&", "&a ", "*",
    "*a",
    "<<", "<<: ", "%", "---", "---\n", "...", "...\n", "@", "`", "\t", "\r", "\r\n", "\x85",
    "\u2028",
    "\u2029", "\ufeff", "\xa0", "\u200b", "\xe9", "\u4e2d", "\U0001f600", "\x01", "\x7f", "=", "|",
    ">", ": |\n", ": >\n", "|-", "|+", ">+", ">-\n", "|2\n", "|1\n", "~", "null", "true", "5", "-5",
    "1.50", "0x1F", "key: value\n", "- item\n", "x:\n", "a",
)  # fmt: skip
SEEDS: Final = (
    "a: 1\nb: 2\n",
    "a:\n  b: c\n  d:\n  - e\n  - f: g\n    h: i\n",
    "- a\n- b: c\n  d: e\n-\n  - x\n",
    "a: >\n  x\n  y\n\n   z\n\n  w\n\nb: |+\n  t\n\n",
    "a: 'it''s\n  two\n\n  three'\nb: \"q \\\n   r\\n\n\n  s\"\n",
    "a: plain text\n  goes on\n\n  and on\nb:\n  own line\n  more\nc:\n- x\n  y\n- z\n",
    'a: [b, \'c\', "d", 1]\nb: {c: d, "e": [f]}\nc: {\n  d: [\n    1,\n    2\n  ]\n}\n',
    "---\n# c\na: # d\n  b: 1 # e\n\n  c: ''\n",
    "a:\nb:\n\nc: ~\nd: null\n",
    "a: |\n\n  x\n   y\n  \n\nb: |-\n  # no comment\n  x: y\nc: >-\n\n  a\n  b\n    c\n  d\n",
)
_LINES_MAX: Final = 16


def mutated(seed: int, count: int, texts: Sequence[str]) -> Iterator[str]:
    """`count` documents, from `SEEDS` and pieces of `texts`."""
    chance = random.Random(seed)
    split = [text.split("\n") for text in texts]
    for _ in range(count):
        seeded = not split or chance.random() < 0.25
        text = chance.choice(SEEDS) if seeded else _excerpt(chance, chance.choice(split))
        for _ in range(chance.choice((0, 1, 1, 1, 2, 2, 3, 4))):
            text = chance.choice(_EDITS)(chance, text)
        yield text


def _excerpt(chance: random.Random, lines: Sequence[str]) -> str:
    """Some lines that follow each other, none further to the left than the first that says
    something, moved to the left."""
    start = chance.randrange(len(lines))
    found: list[str] = []
    margin: int | None = None
    for line in lines[start : start + chance.randrange(1, _LINES_MAX)]:
        if line.strip():
            width = len(line) - len(line.lstrip(" "))
            margin = width if margin is None else margin
            if width < margin:
                break
        found.append(line)
    return "\n".join(line[margin or 0 :] for line in found) + chance.choice(("\n", "\n", ""))


def _put_in(chance: random.Random, text: str) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(PIECES) + text[at:]


def _take_out(chance: random.Random, text: str) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + text[at + chance.choice((1, 1, 2, 3, 8)) :]


def _write_over(chance: random.Random, text: str) -> str:
    at, piece = chance.randrange(len(text) + 1), chance.choice(PIECES)
    return text[:at] + piece + text[at + len(piece) :]


def _repeat(chance: random.Random, text: str) -> str:
    start, end = sorted(chance.randrange(len(text) + 1) for _ in range(2))
    return text[:end] + text[start:]


def _end_lines_otherwise(_: random.Random, text: str) -> str:
    return text.replace("\n", "\r\n")


def _change_a_line(chance: random.Random, text: str) -> str:
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    lines[at : at + 1] = chance.choice(
        (
            [" " * chance.randrange(1, 4) + lines[at]],
            [lines[at][chance.randrange(1, 3) :]],
            [lines[at] + chance.choice(PIECES)],
            [chance.choice(lines), lines[at]],
            [" " * chance.randrange(8) + chance.choice(PIECES), lines[at]],
            [],
        )
    )
    return "\n".join(lines)


_EDITS: Final[tuple[Callable[[random.Random, str], str], ...]] = (
    *[_put_in] * 9,
    *[_take_out] * 3,
    *[_write_over] * 2,
    *[_change_a_line] * 4,
    *[_repeat] * 1,
    *[_end_lines_otherwise] * 1,
)
