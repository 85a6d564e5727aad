"""`isthmus --site URL copy remove`: protect a group without one of its copies."""

import click

from compat.cli.console import note, say_json
from core.cli.exits import exits
from core.cli.options import text_or_json
from core.cli.site.client import connected, named
from core.cli.site.copy_set import place_of
from core.cli.site.waiting import finished


@click.command("remove", epilog=exits())
@click.argument("group", metavar="GROUP")
@click.argument("other", metavar="SITE_URL")
@click.option("--dry-run", is_flag=True, help="Change nothing, and tell what it would come to.")
@text_or_json
def command(*, group: str, other: str, dry_run: bool, form: str) -> None:
    """Have GROUP protected without the copy at SITE_URL, which may be the name of that site.

    Nothing waits for it any more. What is there stays, with all its points: it is left over, says
    so, and can be opened; `group delete` of that site has it go. Hosts of GROUP connect again once.
    Where no copy is left, and history was kept by copies alone, it begins at this site.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 copy remove db other --dry-run
      isthmus --site http://127.0.0.1:7480 copy remove db other
    """
    with connected() as client:
        found = client.group(group)
        path = named("groups", found["id"], "copies", str(place_of(found, other)))
        begun = client.ask_away(path, epoch=found["epoch"], dry_run=dry_run)
        done = finished(client, begun, "leaving")["result"]
    if form == "json":
        say_json(done)
        return
    lacks = ""
    if done["end"] is not None and done["received"] is not None:
        lacks = f", which has come to write {done['received']} of {done['end']}"
    would = "would be" if dry_run else "is"
    note(f"{found['name']} {would} protected without the copy at {done['site']}{lacks}")
    if done["begins_anew"]:
        note("no copy is left that keeps its history: it begins at this site")
    if done["failure"]:
        note(f"its node does not know: {done['failure']}")
