"""The picture on a terminal and in a file."""

import pytest
from rich.console import Console

from compat.plan.fusing.spans import Route
from compat.report.matrix.cell import Passage
from compat.report.matrix.grid import Matrix
from compat.report.matrix.text import matrix_text
from compat.report.matrix.words import LEGEND, ROUTES, SHOWN_MAX
from tests.compat.report.matrix.rows import PLAIN, ROOMS, everything, lamps, picture


def shown(matrix: Matrix, *, width: int = 100) -> list[str]:
    console = Console(width=width, no_color=True)
    with console.capture() as captured:
        console.print(matrix_text(matrix), crop=False)
    return [line.rstrip() for line in captured.get().splitlines()]


def test_rows_are_clients_and_columns_are_servers() -> None:
    lines = shown(picture(PLAIN, lamps("{name!: string}", ROOMS)))
    head = lines.index("client ↓ server →  v1      v2")
    assert lines[head + 1 : head + 4] == [
        "v1                 same    as is",
        "v2                 lossy   same",
        "                   1 loss",
    ]
    assert lines[-1] == "2 pairs: 1 as is, 1 lossy"


def test_every_word_is_explained() -> None:
    text = "\n".join(shown(everything(), width=140))
    for passage in Passage:
        assert f"{passage.words}  " in text
        assert LEGEND[passage] in text
    assert set(LEGEND) == set(Passage)
    assert set(ROUTES) == set(Route)


def test_the_figures_stand_behind_each_pair() -> None:
    lines = shown(picture(PLAIN, lamps("{name!: string}", ROOMS)))
    rows = [line.split() for line in lines if line.startswith(("v1 ", "v2 ")) if "→" not in line]
    assert rows[-2:] == [
        ["v1", "v2", "as", "is", "1", "0", "1", "0", "0", "0", "direct"],
        ["v2", "v1", "lossy", "2", "1", "1", "0", "1", "0", "direct"],
    ]


def test_the_first_reasons_are_told_with_their_places() -> None:
    taken = [f"DELETE /rooms/{number}" for number in range(SHOWN_MAX + 2)]
    lines = shown(picture(lamps("{name!: string}", *taken), PLAIN))
    at = lines.index("v1 client → v2 server: not at all, 5 gaps")
    told = lines[at + 1 : at + 1 + SHOWN_MAX]
    for number, line in enumerate(told):
        assert line.startswith("  spec.yaml:")
        assert line.endswith(f": DELETE /rooms/{number} is only in the old version")
    assert lines[at + 1 + SHOWN_MAX] == "  and 2 more"


def test_the_first_of_what_is_lost_is_told_of_every_pair() -> None:
    more = [f"PUT /rooms/{number}" for number in range(SHOWN_MAX + 1)]
    lines = shown(picture(lamps("{name!: string}", ROOMS), lamps("{name!: string}", *more)))
    at = lines.index("v2 client → v1 server: lossy, 4 losses")
    for line in lines[at + 1 : at + 1 + SHOWN_MAX]:
        assert line.startswith("  spec.yaml:")
        assert ": lossy: PUT /rooms/" in line
    assert lines[at + 1 + SHOWN_MAX] == "  and 1 more"
    (shut,) = (line for line in lines if line.startswith("v1 client → v2 server: "))
    assert shut == "v1 client → v2 server: not at all, 1 gap"


def test_what_is_lost_beside_the_gaps_is_told_behind_them() -> None:
    accepted = "accept: [{difference: operation-removed GET /rooms, reason: r, owner: o}]"
    old = lamps("{name!: string}", ROOMS, "DELETE /rooms")
    lines = shown(picture(old, PLAIN, intents=[accepted]))
    at = lines.index("v1 client → v2 server: not at all, 1 gap")
    assert lines[at + 1].endswith("DELETE /rooms is only in the old version")
    assert lines[at + 3] == "v1 client → v2 server: besides, 1 loss"
    assert lines[at + 4].endswith("GET /rooms is only in the old version")


@pytest.mark.parametrize("width", [40, 80, 100, 200])
def test_a_wide_picture_is_parted_and_no_line_of_it_is_too_wide(width: int) -> None:
    matrix = picture(*[PLAIN] * 9)
    lines = shown(matrix, width=width)
    heads = [line for line in lines if line.startswith("client ↓")]
    assert [name for line in heads for name in line.split() if name[0] == "v"] == [
        version.name for version in matrix.versions
    ]
    assert max(map(len, lines)) <= width
    assert (len(heads) > 1) is (width < 200)


def test_a_name_that_commands_the_terminal_is_escaped() -> None:
    text = "\n".join(shown(picture(PLAIN, lamps("{a: string}"), names=("\x1b[2J", "v2"))))
    assert "\x1b" not in text
    assert r"\u001b[2J client → v2 server" in text
