"""`isthmus operation cancel`: let an operation be."""

import click

from compat.cli.console import say_json
from core.cli.exits import exits
from core.cli.options import text_or_json
from core.cli.site.client import connected, named
from core.cli.site.operation.show import say_operation


@click.command("cancel", epilog=exits())
@click.argument("operation", metavar="OPERATION")
@text_or_json
def command(*, operation: str, form: str) -> None:
    """Let an operation be. What ended already stays as it is; a rewind that began goes on.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 operation cancel 019a2f5e3c7d4b8a9e0f1c2d
    """
    with connected() as client:
        found = client.post(named("operations", operation, "cancel"))
    if form == "json":
        say_json(found)
    else:
        say_operation(found)
