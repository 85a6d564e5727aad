"""`isthmus --site URL signature`: what a range of a volume of a group holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import click

from core.cli.exits import exits
from core.cli.options import text_or_json
from core.cli.points import METAVAR
from core.cli.signature.command import say_signature
from core.cli.signature.document import read_document, say_document, told_in
from core.cli.signature.verdict import Verdict
from core.cli.site.client import Client, connected
from core.cli.site.waiting import finished
from core.errors import CoreError, Exit
from core.structure.merkle import Tree, chunk_count, compare
from core.structure.signature import (
    ALGORITHM_DEFAULT,
    ALGORITHMS,
    GRANULARITY_DEFAULT,
    Scheme,
)
from core.units import parse_size

PART_CHUNKS: Final = 1 << 14
_TOLD_MAX: Final = 8


@dataclass(frozen=True, slots=True)
class Signed:
    """A volume of a group, at a point."""

    name: str
    volume: str
    sequence: int | None
    known: int = 0

    def __str__(self) -> str:
        return f"{self.volume} of {self.name} at sequence {self.sequence}"


@click.command("signature", epilog=exits({Exit.FINDINGS: "it differs from what --against names"}))
@click.argument("word", metavar="[GROUP/]VOLUME")
@click.option("--at", metavar=METAVAR, default="latest", help="Which point; else the latest.")
@click.option("--offset", metavar="SIZE", default="0", help="Where the range begins; else at 0.")
@click.option("--length", metavar="SIZE", default="", help="Of the range; else up to the end.")
@click.option("--granularity", metavar="SIZE", default="", help="Of a chunk; else 64KiB.")
@click.option("--algorithm", type=click.Choice([*ALGORITHMS]), help=f"Else {ALGORITHM_DEFAULT}.")
@click.option(
    "--against",
    metavar="FILE",
    default="",
    help="What another run printed as JSON, - for standard input: tell what differs.",
)
@click.option("--chunks", is_flag=True, help="Tell the signature of each chunk, too.")
@click.option("--anew", is_flag=True, help="Read everything, also what was signed before.")
@text_or_json
def command(
    *,
    word: str,
    at: str,
    offset: str,
    length: str,
    granularity: str,
    algorithm: str | None,
    against: str,
    chunks: bool,
    anew: bool,
    form: str,
) -> None:
    """Sign what a range of VOLUME holds, on the node, and tell where it differs from another.

    The group may be left out where no other has a volume of that name. What is printed is what
    `isthmus signature` prints on a machine, and may be given to it with --against.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 signature db/data --offset 1GiB --length 1GiB
      isthmus --site http://127.0.0.1:7480 signature db/data --format json > there.json
    """
    told = read_document(against) if against else None
    scheme = Scheme(
        algorithm=algorithm or (told.algorithm if told else ALGORITHM_DEFAULT),
        granularity=parse_size(granularity)
        if granularity
        else (told.granularity if told else GRANULARITY_DEFAULT),
    )
    other = told.tree(scheme) if told else None
    begin = parse_size(offset)
    with connected() as client:
        group, volume = _volume(client, word)
        count = parse_size(length) if length else volume["size"] - begin
        if count < 0:
            raise CoreError(f"{word} has {volume['size']} bytes, and the range begins at {begin}")
        chunk_count(scheme, count)
        found = Signed(group["name"], volume["name"], None)
        signatures = bytearray()
        for part in _parts(client, group, volume, (at, begin, count), scheme, anew=anew):
            signatures += told_in(part, word).chunks
            known = found.known + part.get("known", 0)
            found = Signed(group["name"], volume["name"], part["point"], known)
    tree = Tree.over(scheme, count, signatures)
    verdict = None
    if told and other:
        verdict = Verdict(told=told, offset=begin, length=count, comparison=compare(tree, other))
    if form == "json":
        say_document(found, begin, tree, verdict.document() if verdict else None)
    else:
        say_signature(found, begin, tree, chunks=chunks)
        if verdict:
            verdict.say()
    if verdict and not verdict.is_equal:
        click.get_current_context().exit(Exit.FINDINGS)


def _volume(client: Client, word: str) -> tuple[Any, Any]:
    """The group and the volume that a word means."""
    named, _, name = word.rpartition("/")
    groups = [client.group(named)] if named else [*client.all("/v1/groups", "groups")]
    found = [(each, one) for each in groups for one in each["volumes"] if one["name"] == name]
    if len(found) != 1:
        what = "no volume is" if not found else f"{len(found)} volumes are"
        there = [f"{each['name']}/{one['name']}" for each in groups for one in each["volumes"]]
        hint = f"write it as GROUP/VOLUME; there are {', '.join(there[:_TOLD_MAX]) or 'none'}"
        raise CoreError(f"{what} called {name!r}", hint=hint)
    return found[0]


def _parts(
    client: Client,
    group: Any,
    volume: Any,
    wanted: tuple[str, int, int],
    scheme: Scheme,
    *,
    anew: bool,
) -> Iterator[Any]:
    """What the node tells of each part of a range, all of them at one point."""
    at, begin, count = wanted
    step = PART_CHUNKS * scheme.granularity
    path = f"/v1/groups/{group['id']}/volumes/{volume['name']}/signature"
    for offset in range(begin, begin + max(1, count), step):
        body = {
            "at": at,
            "offset": offset,
            "length": min(step, begin + count - offset),
            "granularity": scheme.granularity,
            "algorithm": scheme.algorithm,
            **({"anew": True} if anew else {}),
        }
        done = finished(client, client.post(path, body), "signing")
        part = client.get(f"/v1/operations/{done['id']}/signatures")
        at = f"sequence:{part['point']}"
        yield part
