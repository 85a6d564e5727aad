"""`isthmus copy policy`: how far behind a copy may be, and what is done for that."""

import click

from compat.cli.console import note
from core.cli.copy.limits import POLICIES, bound_options, bounds_of
from core.cli.copy.serving import ask_serving, which_option
from core.cli.copy.text import policy_text
from core.cli.exits import exits
from core.cli.options import journal_argument


@click.command("policy", epilog=exits())
@journal_argument
@click.argument("policy", type=click.Choice(POLICIES))
@bound_options()
@which_option
def command(
    *,
    journal: str,
    place: str | None,
    policy: str,
    lag: str | None,
    lag_time: str | None,
    unapplied: str | None,
) -> None:
    """Have the process that serves the journal in DIR treat its copy by another policy, at once.

    \b
    regulate  hosts are slowed down, a write for a second at most, so that bounds hold
    mark      hosts are left alone; where a bound is exceeded for 5 s, what they write is marked,
              and copied once they write less; history of the copy begins anew then
    snapshot  hosts are left alone; where a bound is exceeded for 5 s, what was written meanwhile is
              shipped as one, what ends on top alone, and the copy goes from one such point to the
              next, until hosts write less than the copy could take
    block     as regulate, and where that is not enough for 5 s, writes wait for however long
    none      nothing is done; `isthmus journal list` tells how far behind it is

    Bounds that are named take the place of all that there were; without any, those stay. It is for
    the process that serves now: say it to `isthmus protect`, too. A copy that is not connected
    never slows hosts down, and reads never wait.

    \b
    Example:
      isthmus copy policy journal regulate --lag 256MiB --lag-time 10s
      isthmus copy policy journal none
    """
    bounds = bounds_of(lag, lag_time, unapplied)
    named = None if bounds is None else {key.value: value for key, value in bounds.items()}
    answer = ask_serving(
        journal, place, "copy policy", "--copy-policy", policy=policy, bounds=named
    )
    note(policy_text(answer))
