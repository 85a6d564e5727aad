"""`isthmus node run`: serve the interface of an appliance."""

import logging
from pathlib import Path

import click

from core.cli.exits import SERVING, exits
from core.cli.serving import say_ready
from core.driver.node.config import read_config
from core.driver.node.node import run
from core.driver.node.site import Site


@click.command("run", epilog=exits(SERVING))
@click.option("--config", metavar="FILE", required=True, help="What the node is told, in TOML.")
def command(*, config: str) -> None:
    """Keep the groups of an appliance served, and serve its interface (`specs/appliance/v1.yaml`).

    Every group has a process of its own, which is begun again when it ends. A node that is killed
    leaves them to the next one: hosts that use a volume do not notice. It listens on loopback; or
    anywhere, with a certificate and with tokens. What FILE may hold is in
    `core/driver/node/config.schema.json`; paths in it are seen from its folder.

    One line of JSON on standard output says that clients may come. SIGTERM and SIGINT end it, and
    all that it serves, in good order.

    \b
    Example:
      isthmus node run --config node.toml
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    for name in ("uvicorn", "httpx"):
        logging.getLogger(name).setLevel(logging.WARNING)
    run(read_config(Path(config)), _say)


def _say(url: str, site: Site) -> None:
    say_ready(
        {"url": url, "id": site.id, "name": site.config.name, "state": str(site.config.state)}
    )
