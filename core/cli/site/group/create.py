"""`isthmus group create`: protect volumes as a group."""

from collections.abc import Mapping
from typing import Any

import click

from compat.cli.console import say_json
from core.cli.exits import exits
from core.cli.options import text_or_json
from core.cli.site.client import connected
from core.cli.site.group.show import say_group
from core.errors import CoreError
from core.machine.link.mode import Mode
from core.units import parse_size


@click.command("create", epilog=exits())
@click.argument("name", metavar="NAME")
@click.option(
    "--volume",
    "volumes",
    metavar="NAME=IMAGE[:SIZE]",
    multiple=True,
    required=True,
    help="A volume, and the path of its image on the node; with SIZE one that is made.",
)
@click.option(
    "--copy",
    "copies",
    metavar="SITE_URL[:sync|semi-sync|async]",
    multiple=True,
    help="A site that keeps a copy, with all history; async unless it is said. Up to four.",
)
@click.option("--journal-size", metavar="SIZE", help="How much room history takes; else 20GiB.")
@click.option("--window", metavar="DURATION", help="How far back history goes; else 24h.")
@click.option("--ladder", metavar="AGE:STEP...", help="How dense points are as they age.")
@text_or_json
def command(
    *,
    name: str,
    volumes: tuple[str, ...],
    copies: tuple[str, ...],
    journal_size: str | None,
    window: str | None,
    ladder: str | None,
    form: str,
) -> None:
    """Have the node protect volumes as the group NAME, and serve them.

    With --copy the node asks that of another site, which its configuration has to name, to keep a
    copy. The copy is filled while the volumes are used: `isthmus status` tells how far it is.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 group create db --volume data=/srv/images/data.img:10GiB
      isthmus --site http://127.0.0.1:7480 group create db --volume data=/srv/images/data.img \\
        --copy https://right.example:7480:sync
    """
    retention = {
        "journal_size": None if journal_size is None else parse_size(journal_size),
        "window": window,
        "ladder": ladder,
    }
    body = {
        "name": name,
        "volumes": [_volume(word) for word in volumes],
        "copies": [_copy(word) for word in copies],
        "retention": {key: value for key, value in retention.items() if value is not None},
    }
    with connected() as client:
        made = client.post("/v1/groups", body)
    if form == "json":
        say_json(made)
    else:
        say_group(made)


def _copy(word: str) -> Mapping[str, str]:
    url, _, mode = word.rpartition(":")
    return {"site": url, "mode": mode} if mode in [*Mode] else {"site": word}


def _volume(word: str) -> Mapping[str, Any]:
    name, separator, rest = word.partition("=")
    if not separator or not rest:
        raise CoreError(
            f"--volume {word}: not NAME=IMAGE",
            hint="write --volume data=/srv/images/data.img:10GiB",
        )
    image, separator, size = rest.rpartition(":")
    if not separator or "/" in size:
        return {"name": name, "image": rest}
    return {"name": name, "image": image, "size": parse_size(size)}
