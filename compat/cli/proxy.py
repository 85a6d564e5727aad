"""`isthmus compat proxy`: a shim for programs in any language."""

from typing import TYPE_CHECKING

import click

from compat.cli.console import note

if TYPE_CHECKING:
    from compat.serve.server import Listening


@click.command()
@click.argument("packages", metavar="PACKAGE...", nargs=-1, required=True)
@click.option(
    "--role",
    type=click.Choice(["old", "new"]),
    required=True,
    help="Which version the callers speak; the upstream speaks the other.",
)
@click.option("--upstream", metavar="URL", required=True, help="http(s)://HOST[:PORT], unix:PATH.")
@click.option("--listen", metavar="ADDR", required=True, help="HOST:PORT (0: any), unix:PATH.")
@click.option("--metrics", metavar="ADDR", default="", help="Where to show what was bridged.")
@click.option("--by-path", is_flag=True, help="The path tells the caller's version: /v1/volumes.")
@click.option("--base", metavar="PATH", default="", help="What the path begins with before that.")
@click.option("--by-header", metavar="NAME", default="", help="A header tells the version.")
@click.option(
    "--default", metavar="V", default="", help="The version of callers who tell none: else theirs."
)
@click.option("--own-host", is_flag=True, help="Call the upstream by its own name.")
@click.option("--access-log", is_flag=True, help="A line for each call.")
def proxy(
    *,
    packages: tuple[str, ...],
    role: str,
    upstream: str,
    listen: str,
    metrics: str,
    by_path: bool,
    base: str,
    by_header: str,
    default: str,
    own_host: bool,
    access_log: bool,
) -> None:
    """Serve callers of one version from an upstream of the other.

    PACKAGE is the folder or the import name of a generated package. Several that follow one another
    are chained; then the path or a header has to tell which version a caller speaks. SIGINT and
    SIGTERM end it once the calls under way are answered, within 10 seconds; the exit code is 0.

    \b
    Example:
      isthmus compat proxy generated/v1_v2 --role old \\
          --upstream http://127.0.0.1:8000 --listen 127.0.0.1:8080 --metrics 127.0.0.1:9100
    """
    if by_path and by_header:
        raise click.UsageError("either the path or a header tells the version, not both")
    import logging

    from compat.model.role import Role
    from compat.serve.package import VersionSource
    from compat.serve.server import serve

    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    logging.getLogger("isthmus.proxy").setLevel(logging.INFO)
    serve(
        packages,
        Role.OLD_CLIENT if role == "old" else Role.NEW_CLIENT,
        upstream=upstream,
        listen=listen,
        metrics=metrics,
        versions=VersionSource(by_path=by_path, base=base, header=by_header, default=default),
        own_host=own_host,
        access_log=access_log,
        ready=lambda at: _announce(at, upstream),
    )


def _announce(at: "Listening", upstream: str) -> None:
    note(f"listening on {at.callers}, upstream {upstream}")
    if at.metrics is not None:
        note(f"metrics on {at.metrics}/metrics")
