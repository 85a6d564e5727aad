"""`isthmus --site URL failover`: make a copy production at its site."""

import click

from compat.cli.console import note, say_json
from core.cli.exits import exits
from core.cli.options import text_or_json
from core.cli.site.client import connected
from core.cli.site.waiting import finished


@click.command("failover", epilog=exits())
@click.argument("group", metavar="GROUP")
@click.option("--dry-run", is_flag=True, help="Change nothing, and tell what it would come to.")
@text_or_json
def command(*, group: str, dry_run: bool, form: str) -> None:
    """Make the copy of GROUP at this site production, where production is gone.

    What has come is put into its images up to the last point; hosts use these then. All
    points that the copy had stay. Production is not asked: where it still runs, what hosts write
    there is nowhere else.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 failover db --dry-run
      isthmus --site http://127.0.0.1:7480 failover db
    """
    with connected() as client:
        found = client.group(group)
        begun = client.post(f"/v1/groups/{found['id']}/failover", {"dry_run": dry_run})
        done = finished(client, begun, "applying")["result"]
        uris = [uri for each in client.group(found["id"])["volumes"] for uri in each["uris"]]
    if form == "json":
        say_json(done)
        return
    lost = done.get("lost")
    known = "what it lacks is not known" if lost is None else f"it lacks {lost} writes"
    if dry_run:
        note(
            f"{found['name']} would be production at write {done['point']}, in epoch "
            f"{done['epoch']}; {done['to_apply']} writes are to be applied; {known}"
        )
        return
    note(f"{found['name']} is production here, in epoch {done['epoch']}; {known}")
    for uri in uris:
        note(uri)
