"""The program around the commands: what it is called, and how each run ends.

Whatever happens ends in an exit code of `compat.errors.Exit` and at most a few lines on standard
error. A traceback is for those who ask for it, with ISTHMUS_DEBUG=1, and for our mistakes alone.
"""

import gc
import os
import sys
from collections.abc import Sequence
from typing import Final, NoReturn

import click

from compat.cli.console import abandon_output, prepare_streams
from compat.cli.interrupts import end_at_interrupts, raise_interrupts
from compat.errors import CompatError, Exit
from compat.report.printable import printable

NAME: Final = "isthmus"
DEBUG: Final = "ISTHMUS_DEBUG"


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="isthmus", message="%(package)s %(version)s")
def root() -> None:
    """Old and new versions of a service, working together."""


class _Commands(click.Group):
    """Each is imported when it is asked for: one of them needs little of what the others do."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- named by click
        return [*_NAMES]

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 -- named by click
        cmd_name: str,
    ) -> click.Command | None:
        return _command(cmd_name) if cmd_name in _NAMES else None


_NAMES: Final = (
    *("check", "diff", "generate", "history", "matrix", "plan"),
    *("proxy", "rules", "staged", "suggest", "verify"),
)


def _command(name: str) -> click.Command:
    match name:
        case "check":
            from compat.cli.check import check as found
        case "diff":
            from compat.cli.diff import diff as found
        case "generate":
            from compat.cli.generate import generate as found
        case "history":
            from compat.cli.history import history as found
        case "matrix":
            from compat.cli.matrix import matrix as found
        case "plan":
            from compat.cli.plan import plan as found
        case "proxy":
            from compat.cli.proxy import proxy as found
        case "rules":
            from compat.cli.rules import rule_ids as found
        case "staged":
            from compat.cli.staged import staged as found
        case "suggest":
            from compat.cli.suggest import suggest as found
        case _:
            from compat.cli.verify import verify as found
    return found


@root.group(cls=_Commands)
def compat() -> None:
    """From two interface specs to a verified shim between them.

    \b
    The way of the work:
      isthmus compat diff v1.yaml v2.yaml
      isthmus compat check v1.yaml v2.yaml --fail-on breaking
      isthmus compat plan v1.yaml v2.yaml
      isthmus compat suggest v1.yaml v2.yaml --out intent.yaml
      isthmus compat generate v1.yaml v2.yaml --intent intent.yaml --out generated --package v1_v2
      isthmus compat verify generated/v1_v2
      isthmus compat proxy generated/v1_v2 --role old --upstream URL --listen 127.0.0.1:8080

    \b
    Who can talk to whom:
      isthmus compat matrix v1.yaml v2.yaml v3.yaml

    \b
    What each revision changed:
      isthmus compat history api.yaml

    \b
    Exit codes:
      0  done
      1  findings: open gaps, an acceptance that ran out, a stale package, hooks to write, promises
         that a package breaks, what --fail-on names
      2  bad input, and nothing was written
    """


def main(program: click.Group = root) -> NoReturn:
    """The console script of a program."""
    code = run(sys.argv[1:], program)
    end_at_interrupts()
    # Nothing that is still there has to be looked at once more, only to end.
    gc.freeze()
    sys.exit(code)


def run(arguments: Sequence[str], program: click.Group = root) -> int:
    """Run one command of a program to its end and give the exit code; nothing is raised."""
    prepare_streams()
    # A command ends before its garbage matters, and what it reads is no garbage.
    gc.set_threshold(500_000, 20, 100)
    if not __debug__:
        _complain("python -O is refused: this program checks itself with assertions")
        return Exit.BAD_INPUT
    try:
        raise_interrupts()
        code = _invoke(arguments, program)
        sys.stdout.flush()
    except BrokenPipeError:
        abandon_output()
        return Exit.OUTPUT_CLOSED
    except (KeyboardInterrupt, click.Abort):
        _complain("interrupted")
        return Exit.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return Exit.BAD_INPUT
    except CompatError as error:
        _complain(str(error))
        return error.exit_code
    except OSError as error:
        said = ": ".join(str(each) for each in (error.filename, error.strerror) if each)
        _complain(said or str(error))
        return Exit.BAD_INPUT
    except Exception as error:
        _confess(error)
        return Exit.BUG
    return code


def _invoke(arguments: Sequence[str], program: click.Group) -> int:
    try:
        with program.make_context(NAME, list(arguments)) as context:
            program.invoke(context)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    return Exit.OK


def _complain(text: str) -> None:
    click.echo(f"{NAME}: {printable(text)}", err=True)


def _confess(error: Exception) -> None:
    if os.environ.get(DEBUG):
        import traceback

        traceback.print_exception(error)
    _complain(
        f"this is a bug: {type(error).__name__}: {error}\n"
        f"  run it again with {DEBUG}=1 and report what it prints"
    )
