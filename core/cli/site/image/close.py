"""`isthmus --site URL image close`: close an image."""

import click

from core.cli.exits import exits
from core.cli.site.client import connected, named


@click.command("close", epilog=exits())
@click.argument("image", metavar="IMAGE")
def command(*, image: str) -> None:
    """Have the node close an image, by its id. What was written on it is forgotten.

    `isthmus --site URL image list` shows which are open.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 image close 019a2f5e3c7d4b8a9e0f1c2d
    """
    with connected() as client:
        path = named("images", image)
        client.delete(path, revision=client.get(path)["revision"])
