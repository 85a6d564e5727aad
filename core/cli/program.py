"""The program `isthmus`: the commands of the toolkit and of the replication core.

How a run ends is the toolkit's (`compat/cli/program.py`). A new command is one line of `COMMANDS`.
"""

import resource
from collections.abc import Mapping
from contextlib import suppress
from errno import EMFILE, ENFILE
from typing import Any, Final, NoReturn

import click

from compat.cli.program import main as run_to_its_end
from compat.cli.program import run as run_program
from compat.errors import CompatError
from core.cli.lazy import Entry, LazyGroup
from core.errors import CoreError

COMMANDS: Final[Mapping[str, Entry]] = {
    "bookmark": Entry(
        "core.cli.bookmark.group", "Names for points in time.", site="core.cli.bookmark.group"
    ),
    "compat": Entry("compat.cli.program", "From two interface specs to a verified shim."),
    "copy": Entry(
        "core.cli.copy.group", "The copy of a group at another site.", site="core.cli.copy.group"
    ),
    "demote": Entry(
        "core.cli.demote", "Make production of before a copy of the site that has taken over."
    ),
    "failover": Entry(
        "core.cli.failover",
        "Take over a copy whose production is gone.",
        site="core.cli.site.failover",
    ),
    "group": Entry(
        "core.cli.site.group.group", "The groups of a site.", site="core.cli.site.group.group"
    ),
    "image": Entry(
        "core.cli.image.group",
        "A point as volumes that can be read and written.",
        site="core.cli.image.group",
    ),
    "journal": Entry("core.cli.journal.group", "What a journal holds, and every point of it."),
    "node": Entry("core.cli.node.group", "The process of one appliance."),
    "operation": Entry(
        "core.cli.site.operation.group",
        "What a site does that takes long.",
        site="core.cli.site.operation.group",
    ),
    "plan": Entry(
        "core.cli.plan.group", "Plans that are computed, and checked.", site="core.cli.plan.group"
    ),
    "protect": Entry("core.cli.protect", "Serve volumes, and keep every point of them."),
    "receive": Entry("core.cli.receive", "Keep a copy of a group that is protected elsewhere."),
    "rewind": Entry(
        "core.cli.rewind",
        "Take the volumes back to a point, in place.",
        site="core.cli.site.rewind",
    ),
    "signature": Entry(
        "core.cli.signature.command",
        "What a copy holds, and where it differs.",
        site="core.cli.site.signature",
    ),
    "simulate": Entry("core.cli.simulate", "The core on virtual disks that fail, and checks."),
    "status": Entry(
        "core.cli.site.status",
        "Whether the groups of a site are protected.",
        "core.cli.site.status",
    ),
    "verify": Entry(
        "core.cli.verify",
        "Whether the copy at another site is what production is.",
        site="core.cli.site.verify",
    ),
    "volume": Entry(
        "core.cli.volume.group", "The volumes of a group: their sizes.", "core.cli.volume.group"
    ),
    "timeline": Entry("core.cli.timeline.command", "A picture of a journal's history."),
}


_MORE_FILES: Final = "allow more with `ulimit -n`; `ulimit -Hn` says how many may be allowed"


class _Program(LazyGroup):
    """What the core raises for a caller to read is told as the toolkit tells its own."""

    def invoke(self, ctx: click.Context) -> Any:
        _allow_many_files()
        try:
            return super().invoke(ctx)
        except click.NoSuchOption as error:
            from core.cli.misplaced import belongs

            more = belongs(error.option_name, ctx, error.ctx)
            raise click.NoSuchOption(
                error.option_name, f"{error.message}{more}", error.possibilities, error.ctx
            ) from None
        except OSError as error:
            if not _is_for_want_of_files(error):
                raise
            where = str(error.filename or "")
            raise CompatError(f"{error.strerror}", where=where, hint=_MORE_FILES) from error
        except CoreError as error:
            advice = _MORE_FILES if _is_for_want_of_files(error.__cause__) else ""
            told = CompatError(error.what, where=error.where, hint=error.hint or advice)
            told.exit_code = error.exit_code
            raise told from error


@click.group(
    cls=_Program,
    entries=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="isthmus", message="%(package)s %(version)s")
@click.option(
    "--site",
    metavar="URL",
    help="Ask the node there, as http://127.0.0.1:7480: what is named is a group of it.",
)
@click.option(
    "--token-file",
    metavar="FILE",
    help="Has the token for --site, for its owner alone; else ISTHMUS_TOKEN has it.",
)
@click.option("--site-ca", metavar="FILE", help="Certificates, in PEM, that --site is checked by.")
@click.option(
    "--site-certificate",
    metavar="FILE",
    help="A certificate with its key, in PEM, that is shown to --site.",
)
def root(**_of_site: str | None) -> None:
    """Old and new versions of a service, working together; volumes, and all that they were.

    \b
    Examples:
      isthmus compat diff v1.yaml v2.yaml
      isthmus protect disk.img --create 1GiB --journal journal --listen unix:disk.sock
      isthmus journal list journal
      isthmus journal restore journal --at -90s --output disk.img
      isthmus --site http://127.0.0.1:7480 status

    \b
    Exit codes:
      0  done; of what serves, told to end and ended in good order
      1  findings
      2  bad input, or it could not be done: the message tells why, and what to do
    """


def _is_for_want_of_files(error: BaseException | None) -> bool:
    return isinstance(error, OSError) and error.errno in (EMFILE, ENFILE)


def _allow_many_files() -> None:
    """Clients and segments may be more than a shell allows a process files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def run(arguments: list[str]) -> int:
    """Run one command to its end and give the exit code; nothing is raised."""
    return run_program(arguments, root)


def main() -> NoReturn:
    """The console script."""
    run_to_its_end(root)
