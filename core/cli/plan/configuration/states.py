"""The state that a plan is made from, of files and of nodes that are asked for theirs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import reduce
from pathlib import Path
from typing import Any, Final

from core.cli.plan.configuration.asked import Site, refuse_other
from core.cli.plan.configuration.draft import lacking_text
from core.cli.plan.configuration.layers import laid_over
from core.cli.plan.document import Described, checked, lacking, parsed, read_described
from core.cli.site.client import connected
from core.errors import CoreError

STATE: Final = "plan-state"
_SCHEMES: Final = ("http://", "https://")


def is_asked(word: str) -> bool:
    """Is it the URL of a node, and no file?"""
    return word.startswith(_SCHEMES)


def described(site: Site, state: Mapping[str, Any]) -> Described:
    """What a node has told, which has no lines."""
    return Described(state, lambda _: site.url)


def read_state(words: Sequence[str], tell: Callable[[str], object]) -> Described:
    """What all of these tell together, each laid over those before it.

    Raises CoreError for the first mistake, and for all that is lacking where nodes are asked.
    """
    asked = [each for each in words if is_asked(each)]
    if not asked and len(words) == 1:
        return read_described(Path(words[0]), STATE)
    with ExitStack() as stack:
        sites = {url: Site(stack.enter_context(connected(url))) for url in asked}
        refuse_other([*sites.values()])
        layers = _layers(words, sites, tell)
        found = reduce(laid_over, layers)
    lacks = lacking(found, STATE) if asked else {}
    if lacks:
        raise CoreError(
            "nodes do not know all that a plan is made from",
            where=", ".join(asked),
            hint=f"write what is lacking into a file, and lay it over by one more --state:\n"
            f"{lacking_text(found.value, lacks)}",
        )
    return checked(found, STATE)


def _layers(
    words: Sequence[str], sites: Mapping[str, Site], tell: Callable[[str], object]
) -> Iterator[Described]:
    for word in words:
        if word in sites:
            tell(word)
            yield described(sites[word], sites[word].state())
        else:
            yield parsed(Path(word))
