"""Path templates: their shape, apart from what their parameters are called."""

import re
from collections.abc import Iterator, Sequence

_PARAMETER = re.compile(r"\{([^{}:]+)(?::[^{}]*(?:\{[^{}]*\}[^{}]*)*)?\}")
_VERSION = re.compile(r"v?\d+([._-]\d+)*(-?[a-z]+\d*)?")


def parameter_names(template: str) -> tuple[str, ...]:
    """The parameters in the order they stand; a regex behind a colon is no part of the name.

    Those of a query string, which some templates have, are not among them.
    """
    return tuple(found[1].strip() for found in _parameters(template))


def shape(template: str) -> str:
    """The template with every parameter as `{}`, without a slash or a query string at its end."""
    return outline(template).rstrip("/") or "/"


def outline(template: str) -> str:
    """As `shape`, with the slash at its end if there is one."""
    return _PARAMETER.sub("{}", template).partition("?")[0]


def versionless(template: str) -> str:
    """The shape with segments that are a version number (`v2`, `2020-07`) left out."""
    segments = shape(template).split("/")
    return "/".join(segment for segment in segments if not _VERSION.fullmatch(segment)) or "/"


def akin(old: str, new: str) -> bool:
    """Is one of the templates the other, perhaps behind a prefix or with another version in it?"""
    short, long = sorted((shape(old), shape(new)), key=len)
    prefixed = long.endswith(short) and "{" not in long.removesuffix(short)
    return prefixed or versionless(old) == versionless(new)


def beginnings(old: str, new: str) -> tuple[str, str]:
    """What is left of two shapes when the segments they end in alike are taken off."""
    ours, theirs = old.split("/"), new.split("/")
    while len(ours) > 1 and len(theirs) > 1 and ours[-1] == theirs[-1]:
        ours.pop()
        theirs.pop()
    return "/".join(ours) or "/", "/".join(theirs) or "/"


def renamed_parameters(old: str, new: str) -> Sequence[tuple[str, str]]:
    """(old name, new name) of the parameters that are the same.

    In templates of one shape these are those at the same position. In others they are those of the
    same name, then those behind the same segment, and then the only one that is left of each.
    """
    ours, theirs = parameter_names(old), parameter_names(new)
    if shape(old) == shape(new):
        return tuple(zip(ours, theirs, strict=True))
    pairs = [(name, name) for name in ours if name in theirs]
    left = {name: place for name, place in _segments(old) if name not in theirs}
    right = {name: place for name, place in _segments(new) if name not in ours}
    for name, place in tuple(left.items()):
        partners = [other for other, there in right.items() if there == place]
        if len(partners) == 1 and list(left.values()).count(place) == 1:
            pairs.append((name, partners[0]))
            del left[name], right[partners[0]]
    if len(left) == len(right) == 1:
        pairs.append((next(iter(left)), next(iter(right))))
    return tuple(pairs)


def _parameters(template: str) -> Iterator[re.Match[str]]:
    """Those of the path, which a question mark outside of braces ends."""
    for found in _PARAMETER.finditer(template):
        if "?" not in _PARAMETER.sub("", template[: found.start()]):
            yield found


def _segments(template: str) -> Iterator[tuple[str, str]]:
    """(parameter, the text from the segment before it up to it)."""
    for found in _parameters(template):
        before = _PARAMETER.sub("{}", template[: found.start()])
        yield found[1].strip(), "/".join(before.split("/")[-2:])
