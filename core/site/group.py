"""A group as the site keeps it, and the words its worker is begun with."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from core.machine.journal.ladder import parse_ladder
from core.site.copying import chosen, words_of
from core.site.problem import Problem
from core.site.store import Document
from core.stream.copies import COPIES_MAX

KIND: Final = "group"
PRODUCTION: Final = "production"
COPY: Final = "copy"
SYNC: Final = "sync"
ASYNC: Final = "async"
NAME: Final = "name"  # the kind of what says which group has a name
_LEFT_OVER: Final = "left_over"
_FED: Final = "fed"  # what is chosen of how a copy is fed, which goes on when that takes over
_OF_COPY: Final = frozenset({"production", "mode", "port", _LEFT_OVER})
_AWAITED: Final = "awaited"  # production of before, which stands by to be the copy
_BEGAN_ANEW: Final = "began_anew"
_OF_PRODUCTION: Final = frozenset({"taken_over", "taken_at", "standing_by", _AWAITED, _BEGAN_ANEW})
RETENTION: Final[Mapping[str, Any]] = {"journal_size": 20 << 30, "window": "24h", "ladder": ""}


def check_new(asked: Mapping[str, Any]) -> None:
    """Raises CoreError where a new group cannot be: each volume is its own, and each site."""
    copies = asked.get("copies", ())
    _refuse_many(len(copies))
    sites = Counter(each["site"].rstrip("/") for each in copies)
    if twice := [site for site, count in sites.items() if count > 1]:
        raise Problem("invalid", f"two copies are at {twice[0]}", hint="name each site once")
    if copies:
        _refuse_ladder(asked)
    parse_ladder(asked.get("retention", {}).get("ladder", ""))
    for what in ("name", "image"):
        counts = Counter(each[what] for each in asked["volumes"])
        if twice := [value for value, count in counts.items() if count > 1]:
            raise Problem("invalid", f"two volumes have the {what} {twice[0]}")


def refuse_more_copies(group: Document, copy: Document) -> None:
    """Raises Problem where a group cannot have that copy besides those that it has."""
    _refuse_many(len(copies_of(group)) + 1)
    if copy["node"] in [each["node"] for each in copies_of(group)]:
        raise Problem(
            "conflict",
            f"{copy['site']} keeps a copy of {group['name']} already",
            hint="choose another site, or remove that copy before",
        )


def _refuse_many(count: int) -> None:
    if count > COPIES_MAX:
        raise Problem(
            "refused",
            f"{count} copies: a group has {COPIES_MAX} at most",
            hint="leave one out, or remove one before",
        )


def new_group(
    asked: Mapping[str, Any],
    *,
    number: str,
    created: str,
    sizes: Sequence[int],
    copies: Sequence[Document] = (),
) -> Document:
    """What is kept of a group that was asked for, whose images have or get those sizes."""
    return {
        "id": number,
        "name": asked["name"],
        "created": created,
        "volumes": [
            {"name": each["name"], "image": each["image"], "size": size}
            for each, size in zip(asked["volumes"], sizes, strict=True)
        ],
        "retention": {**RETENTION, **asked.get("retention", {})},
        "role": PRODUCTION,
        "epoch": 1,
        "copies": [*copies],
    }


def check_copy(asked: Mapping[str, Any]) -> None:
    """Raises Problem where a copy cannot be as it is asked for."""
    _refuse_ladder(asked)
    counts = Counter(each["name"] for each in asked["volumes"])
    if max(counts.values()) > 1:
        raise Problem("invalid", "two volumes have the same name")


def _refuse_ladder(asked: Mapping[str, Any]) -> None:
    if asked.get("retention", {}).get("ladder"):
        raise Problem(
            "refused",
            "the points of a copy are not thinned out yet",
            hint="leave the ladder out",
        )


def new_copy(
    asked: Mapping[str, Any], *, number: str, created: str, images: Sequence[str]
) -> Document:
    """What is kept of a copy that another node asked for; there is an image for each volume."""
    volumes = [
        {**each, "image": image} for each, image in zip(asked["volumes"], images, strict=True)
    ]
    made = new_group(
        {**asked, "volumes": volumes},
        number=number,
        created=created,
        sizes=[each["size"] for each in volumes],
    )
    return {
        **made,
        "role": COPY,
        **_as_asked(asked),
        "production": asked["production"],
    }


def _as_asked(asked: Mapping[str, Any]) -> Document:
    """How production says that it feeds the copy, and in which epoch."""
    return {**{name: asked[name] for name in ("epoch", "mode")}, _FED: asked.get(_FED, {})}


def asked_copy(group: Document, copy: Document, *, node: str, site: str) -> Document:
    """What the node of another site is asked for, by the node where production is."""
    return {
        "name": group["name"],
        "epoch": epoch_of(group),
        "mode": copy["mode"],
        "production": {"node": node, "site": site},
        "volumes": [{"name": each["name"], "size": each["size"]} for each in group["volumes"]],
        "retention": {**group["retention"]},
        **({_FED: fed} if (fed := chosen(copy)) else {}),
    }


def at_port(copy: Document, port: int) -> Document:
    """The copy, which waits for production on that port of its node."""
    return {**copy, "port": port}


def refuse_other(group: Document, asked: Mapping[str, Any]) -> None:
    """Raises Problem where a group that is there is not the copy that another node asks for."""
    if role_of(group) != COPY or group["production"]["node"] != asked["production"]["node"]:
        raise Problem("conflict", f"{group['name']} is no copy of that production")
    _refuse_other_volumes(group, asked)
    if asked["epoch"] < epoch_of(group):
        raise Problem(
            "conflict",
            f"the copy {group['name']} has seen epoch {epoch_of(group)}",
            hint="another site has taken over since: make this one a copy of that",
        )


def follows_later(group: Document, asked: Mapping[str, Any]) -> bool:
    """Is a copy to be that of another production, which has taken over since from its own?

    Raises Problem where that has other volumes.
    """
    if role_of(group) != COPY or group["production"]["node"] == asked["production"]["node"]:
        return False
    _refuse_other_volumes(group, asked)
    return bool(asked["epoch"] > epoch_of(group))


def followed(group: Document, asked: Mapping[str, Any]) -> Document:
    """The copy as that of the production that asks."""
    return {**_kept(group), **_as_asked(asked), "production": asked["production"]}


def _refuse_other_volumes(group: Document, asked: Mapping[str, Any]) -> None:
    if [each["name"] for each in group["volumes"]] != [each["name"] for each in asked["volumes"]]:
        raise Problem("conflict", f"the copy {group['name']} has other volumes")


def role_of(group: Document) -> str:
    """Production, unless something else is known."""
    return str(group.get("role", PRODUCTION))


def epoch_of(group: Document) -> int:
    """That of the role."""
    return int(group.get("epoch", 1))


def copies_of(group: Document) -> Sequence[Document]:
    """Its copies at other sites."""
    found: Sequence[Document] = group.get("copies", ())
    return found


def linked(group: Document, site: str, link: str) -> Document:
    """The group, whose copy at that site is reached by a link."""
    copies = [{**each, "link": link} if each["url"] == site else each for each in copies_of(group)]
    return {**group, "copies": copies}


def copy_of(group: Document, word: str) -> Document:
    """The copy at the site that is called so, or at that place of the list; raises Problem."""
    copies = copies_of(group)
    found = [each for each in copies if each["site"] == word]
    if not found and word.isdecimal() and int(word) < len(copies):
        found = [copies[int(word)]]
    if len(found) != 1:
        what = f"no site {word} keeps" if not found else f"{len(found)} sites {word} keep"
        raise Problem("not-found", f"{what} a copy of {group['name']}")
    return found[0]


def with_changed(group: Document, copy: Document) -> Document:
    """The group, in which the copy at that URL is so."""
    copies = [copy if each["url"] == copy["url"] else each for each in copies_of(group)]
    return {**group, "copies": copies}


def learned(group: Document, asked: Mapping[str, Any]) -> Document:
    """The copy in the mode that production says, and in the epoch: it may be production again."""
    return {**_kept(group), **_as_asked(asked)}


def copy_at(group: Document, what: str, value: str) -> Document:
    """The copy whose `node` or `url` is that; raises Problem."""
    for each in copies_of(group):
        if each[what] == value:
            return each
    raise Problem("conflict", f"no copy of {group['name']} is kept there")


def with_copy(group: Document, copy: Document) -> Document:
    """The group, of which there is one copy more."""
    kept = {name: value for name, value in group.items() if name != _AWAITED}
    return {**kept, "copies": [*copies_of(group), copy]}


def awaited(group: Document) -> Document | None:
    """The node and site of production of before, which is to be the copy, and the mode for it."""
    found: Document | None = group.get(_AWAITED)
    return found


def without_copy(group: Document, node: str, *, begins_anew: bool) -> Document:
    """The group, of which no copy is at that node, and whose history may begin anew by that."""
    anew = {_BEGAN_ANEW: True} if begins_anew else {}
    copies = [each for each in copies_of(group) if each["node"] != node]
    return {**group, "copies": copies, **anew}


def began_anew(group: Document) -> bool:
    """Is its journal another than that which copies of before were shipped?"""
    return bool(group.get(_BEGAN_ANEW, False))


def left_over(group: Document, *, node: str, epoch: int) -> Document:
    """The copy, to which production at that node ships no more; raises Problem for another's."""
    refuse_production(group)
    if group["production"]["node"] != node or epoch < epoch_of(group):
        raise Problem(
            "conflict",
            f"{group['name']} is the copy of another production by now",
            hint="nothing is to be told to it: that one feeds it",
        )
    return {**group, _LEFT_OVER: epoch}


def fed_as(group: Document, copy: Document) -> Document:
    """The copy, fed as this group was when it was one."""
    return {**copy, **group.get(_FED, {})}


def is_left_over(group: Document) -> bool:
    """Is it a copy to which nobody ships any more?"""
    return _LEFT_OVER in group


def _kept(group: Document) -> Document:
    return {name: value for name, value in group.items() if name != _LEFT_OVER}


def rejoined(group: Document, asked: Mapping[str, Any]) -> Document:
    """What was production before as the copy of the site that has taken over."""
    kept = {name: value for name, value in group.items() if name not in _OF_PRODUCTION}
    return {
        **kept,
        "role": COPY,
        **_as_asked(asked),
        "production": asked["production"],
        "copies": [],
    }


def refuse_rejoining(group: Document, asked: Mapping[str, Any]) -> None:
    """Raises Problem where production here was not taken over by the node that says so."""
    if "rejoin" not in asked:
        raise Problem("conflict", f"{group['name']} is no copy of that production")
    _refuse_other_volumes(group, asked)
    if asked["epoch"] != epoch_of(group) + 1:
        raise Problem(
            "conflict",
            f"{group['name']} is production in epoch {epoch_of(group)}, and not what was taken "
            f"over in epoch {asked['epoch']}",
            hint="look which of both is the one to keep",
        )


def standing_by(group: Document, asked: Mapping[str, Any]) -> Document:
    """Production that nobody serves, so that its copy takes over; raises Problem for another's."""
    refuse_copy(group)
    if asked["epoch"] != epoch_of(group) + 1:
        raise Problem(
            "conflict",
            f"the order is for epoch {asked['epoch']}, and {group['name']} is in epoch "
            f"{epoch_of(group)}",
            hint="look how it is by now, and ask again",
        )
    if asked["node"] not in [each["node"] for each in copies_of(group)]:
        raise Problem("conflict", f"that node keeps no copy of {group['name']}")
    return {**group, "standing_by": {"epoch": asked["epoch"], "node": asked["node"]}}


def serving_again(group: Document) -> Document:
    """Production that is served, whatever it was asked for."""
    return {name: value for name, value in group.items() if name != "standing_by"}


def is_standing_by(group: Document) -> bool:
    """Is it production that nobody is to serve?"""
    return "standing_by" in group


def refuse_epoch(group: Document, epoch: int) -> None:
    """Raises Problem for an order that was given for another epoch of the role."""
    if epoch != epoch_of(group):
        raise Problem(
            "conflict",
            f"the order is for epoch {epoch}, and {group['name']} is in epoch {epoch_of(group)}",
            hint="look how it is by now, and ask again",
        )


def taken_over(
    group: Document,
    *,
    sizes: Mapping[str, int],
    operation: str,
    point: int,
    is_planned: bool = False,
) -> Document:
    """The copy as production, in the next epoch; `operation` has done it, at a write.

    Where that was planned, production of before is awaited as its copy.
    """
    before = {_AWAITED: {**group["production"], "mode": group["mode"]}} if is_planned else {}
    kept = {name: value for name, value in group.items() if name not in _OF_COPY}
    volumes = [{**each, "size": sizes.get(each["name"], each["size"])} for each in group["volumes"]]
    return {
        **kept,
        "volumes": volumes,
        "role": PRODUCTION,
        "epoch": epoch_of(group) + 1,
        "taken_over": operation,
        "taken_at": point,
        **before,
    }


def refuse_production(group: Document) -> None:
    """Raises Problem for what is done at a copy alone."""
    if role_of(group) != COPY:
        raise Problem(
            "conflict",
            f"{group['name']} is production here",
            hint="ask the site that keeps its copy",
        )


def refuse_copy(group: Document) -> None:
    """Raises Problem for what is done at production alone."""
    if role_of(group) == COPY:
        raise Problem(
            "conflict",
            f"{group['name']} is a copy here",
            hint=f"ask the site {group['production']['site']}, where production is",
        )


def volume_of(group: Document, name: str) -> Mapping[str, Any]:
    """The volume of that name; raises Problem."""
    for each in group["volumes"]:
        if each["name"] == name:
            found: Mapping[str, Any] = each
            return found
    raise Problem("not-found", f"the group has no volume {name}")


def resized(group: Document, name: str, size: int) -> Document:
    """The group, in which that volume has another size."""
    volumes = [
        {**each, "size": size} if each["name"] == name else each for each in group["volumes"]
    ]
    return {**group, "volumes": volumes}


def worker_words(
    group: Document,
    *,
    images: Sequence[str],
    journal: str,
    listen: str,
    secured: Sequence[str] = (),
) -> tuple[str, ...]:
    """The words of the command that serves it; `images` are called as the volumes are.

    `secured` are those that name files for TLS, on links that are no unix sockets.
    """
    retention = group["retention"]
    words = [command_of(group), *images, "--journal", journal, "--listen", listen]
    words += ["--journal-size", str(retention["journal_size"])]
    for each in copies_of(group):
        words += [f"--copy={each['link']}", *words_of(each)]
        words += [] if each["link"].startswith("unix:") else secured
    if role_of(group) == COPY and not listen.startswith("unix:"):
        words += secured
    if retention["ladder"]:
        words.append(f"--ladder={retention['ladder']}")
    if retention["window"] != RETENTION["window"] or not retention["ladder"]:
        words.append(f"--window={retention['window']}")
    return tuple(words)


def demotion_words(journal: str, *, point: int, epoch: int) -> tuple[str, ...]:
    """Those of the command that makes production of before a copy."""
    return ("demote", journal, f"--point={point}", f"--epoch={epoch}", "--format=json")


def command_of(group: Document) -> str:
    """What serves it, or receives what production ships."""
    return "receive" if role_of(group) == COPY else "protect"
