"""`isthmus --site URL failover`: make a copy production at its site."""

import click

from compat.cli.console import note, say_json
from core.cli.exits import exits
from core.cli.options import text_or_json
from core.cli.site.client import connected
from core.cli.site.waiting import finished


@click.command("failover", epilog=exits())
@click.argument("group", metavar="GROUP")
@click.option(
    "--planned",
    is_flag=True,
    help="Production is there: have it end, and be the copy of this site, without any loss.",
)
@click.option(
    "--withdraw",
    is_flag=True,
    help="Asked of the site that stands by: serve hosts again there, the switch is off.",
)
@click.option(
    "--force", is_flag=True, help="With --withdraw: the other site is not asked, and is no more."
)
@click.option("--dry-run", is_flag=True, help="Change nothing, and tell what it would come to.")
@text_or_json
def command(
    *, group: str, planned: bool, withdraw: bool, force: bool, dry_run: bool, form: str
) -> None:
    """Make the copy of GROUP at this site production, where production is gone.

    Hosts use it at its last point at once; what has come and is not in its images is put there
    meanwhile, and the group is protected after that. All points that it had stay. Production is
    not asked: where it still runs, what hosts write there is nowhere else.

    With --planned it is asked: hosts are let go of there, all that they wrote comes here, and it is
    the copy of this site afterwards, with nothing to copy. Where that cannot be, it goes on as it
    was; until it knows that it may, it serves nobody.

    \b
    Example:
      isthmus --site http://127.0.0.1:7480 failover db --dry-run
      isthmus --site http://127.0.0.1:7480 failover db
      isthmus --site http://127.0.0.1:7480 failover db --planned
    """
    if withdraw and (planned or dry_run):
        raise click.UsageError("--withdraw takes a switch back, and begins none")
    if force and not withdraw:
        raise click.UsageError("--force is for --withdraw")
    with connected() as client:
        found = client.group(group)
        if withdraw:
            client.withdraw(f"/v1/groups/{found['id']}/standby", force="true" if force else "false")
            note(f"hosts of {found['name']} are served here")
            return
        asked = {"dry_run": dry_run, "planned": planned, "epoch": found["epoch"]}
        begun = client.post(f"/v1/groups/{found['id']}/failover", asked)
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
            f"{done['epoch']}; its images lack {done['to_apply']} of them; {known}"
        )
        return
    note(f"{found['name']} is production here, in epoch {done['epoch']}; {known}")
    for uri in uris:
        note(uri)
