"""`isthmus node token`: make a token that the interface is used with."""

import secrets
from typing import Final

import click

from compat.cli.console import note, say_json, say_text
from core.cli.exits import exits
from core.cli.options import text_or_json
from core.site.access import Role, digest_of

_BYTES: Final = 32


@click.command("token", epilog=exits())
@click.argument("name", metavar="NAME")
@click.option(
    "--role",
    type=click.Choice([each.name.lower() for each in Role]),
    default="viewer",
    show_default=True,
    help="What whoever has it may do.",
)
@text_or_json
def command(*, name: str, role: str, form: str) -> None:
    """Make a token for NAME, and tell it: it is kept nowhere, and cannot be told again.

    On standard output stands the token alone, for a file that only its owner may read. On standard
    error stands what the configuration of the node gets, which has a digest of it.

    \b
    Example:
      isthmus node token ada --role operator > ada.token
    """
    token = secrets.token_urlsafe(_BYTES)
    digest = digest_of(token).hex()
    if form == "json":
        say_json({"name": name, "role": role, "token": token, "sha256": digest})
        return
    say_text(f"{token}\n")
    for line in ("[[tokens]]", f'name = "{name}"', f'role = "{role}"', f'sha256 = "{digest}"'):
        note(line)
