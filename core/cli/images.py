"""The images of a group's volumes as they are now: all history is what they held before."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from core.cli.opening import Opened
from core.driver.backend.place import Uri, place_of
from core.driver.backend.remote import RemoteVolume
from core.driver.group.leaving import exchanged, held_by
from core.driver.image import DiskImage, open_image
from core.errors import CoreError
from core.stream.history import History
from core.stream.phases import State
from core.stream.standing import read_standing


def parse_images(words: Iterable[str], history: History) -> Mapping[str, str]:
    """What `--image NAME=PATH` says, by name."""
    found: dict[str, str] = {}
    for word in words:
        name, separator, path = word.partition("=")
        if not separator or not path:
            raise CoreError(
                f"--image {word}: not NAME=PATH", hint="write --image disk0=/srv/disk0.img"
            )
        number_of(name, history)
        found[name] = path
    return found


def moved_images(journal: Opened, words: Iterable[str]) -> Mapping[str, str]:
    """The same, where each is what the journal left there, as far as can be seen."""
    elsewhere = parse_images(words, journal.history)
    numbers = [number_of(name, journal.history) for name in elsewhere]
    with images(journal, elsewhere, numbers):
        return elsewhere


def number_of(name: str, history: History) -> int:
    """The number of the volume of that name."""
    names = history.identity.names
    if name not in names:
        raise CoreError(
            f"no volume is called {name!r}",
            where=history.where,
            hint=f"the group has {', '.join(names)}",
        )
    return names.index(name)


@contextmanager
def images(
    journal: Opened, elsewhere: Mapping[str, str], numbers: Iterable[int]
) -> Iterator[Mapping[int, DiskImage | RemoteVolume]]:
    """The images of those volumes, open; `elsewhere` has paths that the journal does not know."""
    with ExitStack() as stack:
        found = {}
        for number in numbers:
            image = _image(journal, number, elsewhere)
            stack.callback(image.close)
            found[number] = image
        yield found


def path_of(history: History, number: int, elsewhere: Mapping[str, str]) -> str:
    """Where the image of a volume is."""
    member = history.identity.volumes[number]
    return elsewhere.get(member.name, member.image)


def known_size(history: History, number: int) -> int | None:
    """How large the journal left a volume; None where it does not tell, or not any more."""
    since, size = 0, history.identity.volumes[number].size
    if history.is_fed and (standing := read_standing(history.folder, where=history.where)):
        if standing.state is State.MARKING:
            return None
        since, size = standing.course.since, standing.course.sizes[number]
    begin = history.do[0].head.first - 1 if history.do else since
    resized = history.resized(since=since + 1)
    resized = resized[resized["volume"] == number]
    if len(resized):
        return int(resized["length"][-1])
    return size if begin <= since else None


def size_now(history: History, number: int) -> int | None:
    """The same, where need be of the image itself; None where that is not there."""
    known = known_size(history, number)
    if known is not None:
        return known
    place = place_of(history.identity.volumes[number].path)
    if isinstance(place, Uri):  # which has the size that its server gives it
        return history.identity.volumes[number].size
    try:
        image = DiskImage(place)
    except (CoreError, OSError):
        return None
    try:
        return image.size()
    finally:
        image.close()


def _image(journal: Opened, number: int, elsewhere: Mapping[str, str]) -> DiskImage | RemoteVolume:
    history = journal.history
    name, path = history.identity.names[number], path_of(history, number, elsewhere)
    remedy = f"name where it is now with --image {name}=PATH"
    why = "history is what it held before, so there is none without it"
    place = place_of(path)
    if isinstance(place, Path) and not place.exists():
        raise CoreError(
            f"the image of {name} is not there: {path}",
            where=history.where,
            hint=f"{remedy}; {why}",
        )
    if isinstance(place, Path) and place.is_dir():
        raise CoreError(f"the image of {name} is a folder", where=path, hint=remedy)
    image = open_image(place)
    expected = known_size(history, number)
    is_settled = journal.writer is None and history.unsealed is None
    is_replica = bool(history.identity.volumes[number].replica)
    # A replica may have been left behind what is journaled.
    if is_settled and not is_replica and expected is not None and image.size() != expected:
        size = image.size()
        image.close()
        raise CoreError(
            f"this has {size} bytes, and the journal left {name} with {expected}",
            where=path,
            hint=f"another file than it was? {remedy}",
        )
    known = partial(held_by, journal.folder, number, is_replica=is_replica)
    held = known() if is_settled else None
    if held and not held.is_of(image) and held == known():  # nobody has begun to write it
        image.close()
        raise exchanged(path, history.where, hint=f"another file than it was? {remedy}")
    return image
