"""`isthmus verify`: whether the copy at another site is what production is."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import click

from compat.cli.console import note, say_json
from core.cli.columns import say_line, say_table
from core.cli.copy.serving import which, which_option
from core.cli.exits import exits
from core.cli.opening import opened
from core.cli.options import journal_argument, text_or_json
from core.cli.progress import progress
from core.driver.control import Conversation
from core.errors import CoreError, Exit
from core.units import NANOSECONDS_PER_SECOND, count_text, duration_text, parse_size, size_text

_POLL_S: Final = 0.2
_WAITS_S: Final = 30.0
_FINDINGS: Final = "the copy differs, or something could not be compared"


@click.command("verify", epilog=exits({Exit.FINDINGS: _FINDINGS}))
@journal_argument
@click.option("--rate", metavar="SIZE", help="Compare so much a second at most.")
@click.option("--anew", is_flag=True, help="Begin at the beginning, whatever was compared before.")
@click.option(
    "--repair",
    is_flag=True,
    help="Write what differs once more, as production has it, and compare that again.",
)
@which_option
@text_or_json
def command(
    *, journal: str, place: str | None, rate: str | None, anew: bool, repair: bool, form: str
) -> None:
    """Compare all that the process that serves the journal in DIR has with its copy elsewhere.

    Both sides sign what they hold, at one point for each region, while hosts write: signatures
    travel, and no data. Each range that differs is named, with the time at which it was last found
    alike. Neither side is kept from its work: few signatures are asked for at once. One that is
    interrupted goes on where it was.

    Which side is right is not known. With --repair it is production: what that holds there goes to
    the copy as a write of hosts does, and is a point like any other.

    \b
    Example:
      isthmus verify journal
      isthmus verify journal --rate 50MiB --repair
    """
    wanted = 0 if rate is None else _parsed(rate)
    with opened(journal) as found:
        if found.writer is None:
            raise CoreError(
                "nobody serves this group",
                where=journal,
                hint="start it with `isthmus protect --copy`, and the copy with `isthmus receive`",
            )
        path = found.path
    with Conversation(path) as conversation:
        begun = conversation.ask("compare", copy=which(place), rate=wanted, anew=anew)
        if begun["resumed"]:
            note(f"it goes on where it was, since {_time_text(begun['begun_ns'])}")
        ended = _followed(conversation, int(begun["total"]))
        before = ended["differences"]
        if repair and before:
            while conversation.ask("mend")["left"]:
                pass
            ended = _followed(conversation, int(begun["total"]))
    left = [each[:3] for each in ended["differences"]]
    mended = [each for each in before if each[:3] not in left]
    if form == "json":
        say_json(_document(begun, ended, mended))
    else:
        _say(begun, ended, mended)
    if ended["differences"] or ended["unsettled"]:
        click.get_current_context().exit(Exit.FINDINGS)


def _parsed(rate: str) -> int:
    size = parse_size(rate)
    if not size:
        raise CoreError(
            "--rate 0: nothing would ever be compared", hint="leave it out for no limit"
        )
    return size


def _followed(conversation: Conversation, total: int) -> dict[str, Any]:
    """What it has found, once it is over."""
    found: list[Any] = []
    done, waited_s = 0, time.monotonic()
    with progress("comparing", total) as told:
        while True:
            answer = conversation.ask("comparing", first=len(found))
            found += answer["differences"]
            if answer["over"] and len(found) >= answer["differing"]:
                return {**answer, "differences": found}
            told(max(0, answer["done"] - done))
            if answer["done"] > done or not answer["waits"]:
                done, waited_s = max(done, answer["done"]), time.monotonic()
            elif time.monotonic() - waited_s > _WAITS_S:
                raise CoreError(
                    f"nothing can be compared: {answer['waits']}",
                    hint="ask again once the copy is there: it goes on where it was",
                )
            if len(found) >= answer["differing"]:
                time.sleep(_POLL_S)


def _document(begun: Mapping[str, Any], ended: Mapping[str, Any], mended: list[Any]) -> Any:
    return {
        "verify": 1,
        "copy": begun["copy"],
        "compared": ended["done"],
        "differences": [_range(begun, *each) for each in ended["differences"]],
        "repaired": [_range(begun, *each) for each in mended],
        "unsettled": [
            {"volume": begun["volumes"][number], "offset": offset}
            for number, offset in ended["unsettled"]
        ],
    }


def _range(
    begun: Mapping[str, Any], number: int, offset: int, length: int, last_ns: int, found_ns: int
) -> dict[str, Any]:
    return {
        "volume": begun["volumes"][number],
        "offset": offset,
        "length": length,
        "alike_ns": last_ns or None,
        "found_ns": found_ns,
    }


def _say(begun: Mapping[str, Any], ended: Mapping[str, Any], mended: list[Any]) -> None:
    rows = [
        (
            *(begun["volumes"][number], offset, length, begun["copy"], what),
            _time_text(last_ns) if last_ns else "never",
        )
        for what, found in (("differs", ended["differences"]), ("repaired", mended))
        for number, offset, length, last_ns, _ in found
    ]
    if rows:
        headings = ("volume", "offset", "length", "copy", "", "last alike")
        say_table(headings, rows, right=("offset", "length"))
    for number, offset in ended["unsettled"]:
        volume = begun["volumes"][number]
        say_line(
            f"{volume} at {offset}: not compared, hosts write there all the time, "
            "or it cannot be read here"
        )
    note(
        f"{size_text(ended['done'])} compared, "
        f"{count_text(len(ended['differences']), 'range')} differ"
    )


def _time_text(time_ns: int) -> str:
    ago_ns = max(0, time.time_ns() - time_ns) // NANOSECONDS_PER_SECOND * NANOSECONDS_PER_SECOND
    when = datetime.fromtimestamp(time_ns // NANOSECONDS_PER_SECOND, UTC)
    return f"{when:%Y-%m-%dT%H:%M:%SZ}, {duration_text(ago_ns)} ago"
