"""Path templates: their shape, apart from what their parameters are called."""

import re
from collections.abc import Sequence

_PARAMETER = re.compile(r"\{([^{}:]+)(?::[^{}]*)?\}")
_VERSION = re.compile(r"v?\d+([._]\d+)*([a-z]+\d*)?")


def parameter_names(template: str) -> tuple[str, ...]:
    """The parameters in the order they stand; a regex behind a colon is no part of the name."""
    return tuple(_PARAMETER.findall(template))


def shape(template: str) -> str:
    """The template with every parameter as `{}`, without a slash or a query string at its end."""
    return _PARAMETER.sub("{}", template.partition("?")[0]).rstrip("/") or "/"


def versionless(template: str) -> str:
    """The shape with segments that are a version number (`v2`, `2020-07`) left out."""
    segments = shape(template).split("/")
    return "/".join(segment for segment in segments if not _VERSION.fullmatch(segment)) or "/"


def beginnings(old: str, new: str) -> tuple[str, str]:
    """What is left of two shapes when the segments they end in alike are taken off."""
    ours, theirs = old.split("/"), new.split("/")
    while len(ours) > 1 and len(theirs) > 1 and ours[-1] == theirs[-1]:
        ours.pop()
        theirs.pop()
    return "/".join(ours) or "/", "/".join(theirs) or "/"


def renamed_parameters(old: str, new: str) -> Sequence[tuple[str, str]]:
    """(old name, new name) of parameters at the same position, for templates of one shape.

    Templates of different shapes pair parameters of the same name, and the rest in order.
    """
    ours, theirs = parameter_names(old), parameter_names(new)
    if shape(old) == shape(new):
        return tuple(zip(ours, theirs, strict=True))
    kept = [(name, name) for name in ours if name in theirs]
    left = [name for name in ours if name not in theirs]
    right = [name for name in theirs if name not in ours]
    return (*kept, *zip(left, right, strict=False))
