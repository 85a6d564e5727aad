"""`isthmus signature`: what a range holds, in 32 bytes for each chunk."""

import click

from core.cli.columns import say_line, say_table
from core.cli.exits import exits
from core.cli.options import image_option, text_or_json
from core.cli.points import METAVAR
from core.cli.progress import progress
from core.cli.signature.document import Told, read_document, say_document
from core.cli.signature.key import read_key
from core.cli.signature.target import Target, Wanted, target
from core.cli.signature.verdict import Verdict
from core.errors import CoreError, Exit
from core.structure.kept import NOTHING_KNOWN
from core.structure.merkle import Tree, chunk_count, compare
from core.structure.signature import (
    ALGORITHM_DEFAULT,
    ALGORITHMS,
    GRANULARITY_DEFAULT,
    GRANULARITY_MAX,
    GRANULARITY_MIN,
    Scheme,
)
from core.structure.signing import sign
from core.units import parse_size, size_text


@click.command("signature", epilog=exits({Exit.FINDINGS: "it differs from what --against names"}))
@click.argument("word", metavar="TARGET")
@click.argument("volume", metavar="[VOLUME]", default="")
@click.option("--at", metavar=METAVAR, default="", help="Of a journal, which point; else latest.")
@click.option("--offset", metavar="SIZE", default="0", help="Where the range begins; else at 0.")
@click.option("--length", metavar="SIZE", default="", help="Of the range; else up to the end.")
@click.option(
    "--granularity",
    metavar="SIZE",
    default="",
    help="Of a chunk: a power of two from "
    f"{size_text(GRANULARITY_MIN)} to {size_text(GRANULARITY_MAX)}; else as --against has it, or "
    f"{size_text(GRANULARITY_DEFAULT)}.",
)
@click.option(
    "--algorithm",
    type=click.Choice([*ALGORITHMS]),
    help=f"Else as --against has it, or {ALGORITHM_DEFAULT}.",
)
@click.option(
    "--key-file",
    "key_file",
    metavar="FILE",
    default="",
    help="Sign with the key in it, of 16 to 64 bytes, which only its owner may read.",
)
@click.option(
    "--against",
    metavar="FILE",
    default="",
    help="What another run printed as JSON, - for standard input: tell what differs.",
)
@click.option("--chunks", is_flag=True, help="Tell the signature of each chunk, too.")
@click.option(
    "--anew",
    is_flag=True,
    help="Read everything, also what the process that serves the journal has signed already.",
)
@image_option
@text_or_json
def command(
    *,
    word: str,
    volume: str,
    at: str,
    offset: str,
    length: str,
    granularity: str,
    algorithm: str | None,
    key_file: str,
    against: str,
    chunks: bool,
    anew: bool,
    image: tuple[str, ...],
    form: str,
) -> None:
    """Sign what a range of TARGET holds, and tell where it differs from what was signed elsewhere.

    TARGET is an image, a device, the URI of an NBD export, or the folder of a journal; then VOLUME
    is one of its volumes, where it has several. So a copy is verified without its data being moved:
    by the signatures of the other side, from which --against makes each range that differs known.

    Chunks begin at --offset, and what is signed has no place: a range may be compared with one that
    lies elsewhere. Of an image that is written meanwhile each chunk is of the moment when it was
    read; a point of a journal stands still. Of the latest point of a journal that is served only
    those chunks are read whose signatures the process that serves it has not kept; what somebody
    has done to the image under it is not seen there without --anew.

    \b
    Example:
      isthmus signature disk.img
      isthmus signature journal --at -1h --format json > then.json
      isthmus signature copy.img --against then.json
      ssh there isthmus signature disk.img --format json | isthmus signature disk.img --against -
    """
    told = read_document(against) if against else None
    scheme = _scheme(told, algorithm, granularity, read_key(key_file) if key_file else b"")
    other = told.tree(scheme) if told else None  # before anything is read
    wanted = Wanted(scheme, parse_size(offset), parse_size(length) if length else None, anew=anew)
    with target(word, volume, at, image, wanted) as found:
        begin, count = _range(found, wanted)
        chunk_count(scheme, count)
        known = found.kept.known if found.kept else NOTHING_KNOWN
        with progress("signing", count) as done:

            def advance(size: int) -> None:
                done(size)
                if found.kept:
                    found.kept.stay()

            tree = sign(found.medium, scheme, offset=begin, length=count, done=advance, known=known)
        if found.kept:
            found.kept.keep(tree)
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


def _scheme(told: Told | None, algorithm: str | None, granularity: str, key: bytes) -> Scheme:
    """As it was asked for; otherwise as the other side had it."""
    grain = told.granularity if told else GRANULARITY_DEFAULT
    return Scheme(
        algorithm=algorithm or (told.algorithm if told else ALGORITHM_DEFAULT),
        granularity=parse_size(granularity) if granularity else grain,
        key=key,
    )


def _range(found: Target, wanted: Wanted) -> tuple[int, int]:
    """Where it begins, and how long it is; raises CoreError where the target does not reach."""
    offset = wanted.offset
    end = found.size if wanted.length is None else offset + wanted.length
    if not offset <= end <= found.size:
        raise CoreError(
            f"this has {found.size} bytes, and the range goes from {offset} to {max(offset, end)}",
            where=str(found),
        )
    return offset, end - offset


def say_signature(found: object, begin: int, tree: Tree, *, chunks: bool) -> None:
    """Print it for people."""
    scheme = tree.scheme
    keyed = ", with a key" if scheme.key else ""
    say_line(f"{tree.root.hex()}  {found}")
    say_line(
        f"{size_text(tree.length)} from {begin} on, {scheme.algorithm} of "
        f"{size_text(scheme.granularity)} each{keyed}"
    )
    if chunks:
        say_table(
            ("offset", "length", "signature"),
            [[begin + each.offset, each.length, each.signature.hex()] for each in tree.chunks()],
            right=("offset", "length"),
        )
