"""`isthmus journal list`: what a journal holds."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from compat.cli.console import say_json
from core.cli.columns import say_line, say_table
from core.cli.copy.text import say_copy
from core.cli.exits import exits
from core.cli.images import size_now
from core.cli.moments import moment_text
from core.cli.opening import Opened, opened
from core.cli.options import journal_argument, text_or_json
from core.cli.replicas import replicas_text
from core.cli.status import status_of
from core.stream.history import History
from core.stream.identity import NOWHERE, Identity
from core.stream.names import numbers
from core.stream.noted import noted
from core.stream.segment import file_bytes
from core.stream.taken import Taken, read_taken
from core.stream.timeline import gaps_of
from core.units import count_text, duration_text, size_text
from core.wire.note import Bookmark, Remark
from core.wire.record import Kind
from core.wire.segment import Stream


@click.command("list", epilog=exits())
@journal_argument
@text_or_json
def command(*, journal: str, form: str) -> None:
    """Tell what the journal in DIR holds: volumes, window, epochs, bytes, bookmarks and gaps.

    \b
    Example:
      isthmus journal list journal
      isthmus journal list journal --format json
    """
    with opened(journal) as found:
        document = _document(found)
    if form == "json":
        say_json(document)
    else:
        _say(document)


def _document(found: Opened) -> Mapping[str, Any]:
    history, names, status = found.history, found.folder.names(), status_of(found)
    taken = read_taken(found.folder, where=str(found.path))
    marks = [*noted(history)]
    first = history.do[0].head.number if history.do else 0
    # What is before the beginning of history is no loss.
    given_up = max(
        (
            part.head.number + 1
            for part in history.every
            if part.head.stream is Stream.DO and part.head.first < (history.begin or 0)
        ),
        default=0,
    )
    return {
        "journal": 1,
        "path": str(found.path),
        "group": history.identity.group.hex(),
        "role": _role(history.identity, taken),
        "taken": taken and taken._asdict(),
        "state": "failed" if status.get("failed") else _state(found),
        "failure": status.get("failed") or None,
        "writer": found.writer.pid if found.writer else None,
        "replicas": replicas_text(found, status) or None,
        "copies": [each for each in status.get("copies", []) if _is_begun(each)],
        "copy": status.get("copy") if _is_begun(status.get("copy")) else None,
        "kept": status.get("kept"),
        "window": _window(history),
        "epochs": len(history.do),
        "segments": len(history.do) + len(history.undo),
        "segment_bytes": history.identity.segment_bytes,
        "disk_bytes": _disk_bytes(found.path, names),
        "folded": _folded(history),
        "volumes": [_volume(history, number) for number in range(len(history.identity.volumes))],
        "bookmarks": [
            {
                "name": each.note.name,
                "consistency": each.note.consistency.value,
                **_place(each.point, each.time_ns),
            }
            for each in marks
            if isinstance(each.note, Bookmark)
        ],
        "gaps": [
            {
                "reason": gap.reason,
                "first": gap.first,
                "last": gap.last,
                **_place(each.point, each.time_ns),
            }
            for each, gap in gaps_of(marks)
        ],
        "notes": [
            {"text": each.note.text, **_place(each.point, each.time_ns)}
            for each in marks
            if isinstance(each.note, Remark)
        ],
        "findings": [str(each) for each in history.findings],
        "unreachable": sum(given_up <= number < first for number in numbers(names, Stream.DO)),
    }


def _role(identity: Identity, taken: Taken | None) -> str:
    if any(each.replica == NOWHERE for each in identity.volumes):
        return "aside"
    return "copy" if identity.is_copy and taken is None else "production"


def _is_begun(copy: Mapping[str, Any] | None) -> bool:
    """Is it fed? Where the images have to get something first, it is not yet."""
    return copy is not None and "state" in copy


def _folded(history: History) -> Mapping[str, Any]:
    """The epochs that stand for several, or have fewer points; how many those were, and what they
    took, had each been as large as a segment is that is written."""
    heads = [part.head for part in (*history.do, *history.undo) if part.head.rounds]
    once = file_bytes(history.identity.segment_bytes)
    return {
        "segments": len(heads),
        "of": sum(head.last - head.number + 1 for head in heads),
        "bytes": sum(file_bytes(head.size) for head in heads),
        "bytes_before": sum((head.last - head.number + 1) * once for head in heads),
    }


def _state(found: Opened) -> str:
    if found.writer:
        return "live"
    return "closed" if found.history.unsealed is None else "interrupted"


def _window(history: History) -> Mapping[str, Any]:
    """The first and the last write, None without any; and the points before the one and after."""
    records = history.written(since=history.first + 1, until=history.end)
    begin, end = (
        (_place(int(each["sequence"]), int(each["time_ns"])) for each in records[[0, -1]])
        if len(records)
        else (None, None)
    )
    return {"from": begin, "to": end, "earliest": history.first, "latest": history.end}


def _volume(history: History, number: int) -> Mapping[str, Any]:
    member = history.identity.volumes[number]
    records = history.written(since=history.first + 1, until=history.end)
    mine = records[(records["volume"] == number) & (records["kind"] != Kind.RESIZE)]
    return {
        "name": member.name,
        "path": member.path,
        "replica": member.replica or None,
        "size": size_now(history, number),
        "writes": len(mine),
        "bytes": int(mine["length"].sum()),
    }


def _place(point: int, time_ns: int) -> Mapping[str, Any]:
    return {"sequence": point, "time": moment_text(time_ns)}


def _disk_bytes(path: Path, names: Sequence[str]) -> int:
    total = 0
    for name in names:
        try:
            total += (path / name).stat().st_blocks * 512
        except FileNotFoundError:  # it went while we looked
            continue
    return total


_STATES = {
    "live": "being written",
    "failed": "nothing more is acknowledged",
    "closed": "closed",
    "interrupted": "its writer did not come to its end; it is recovered when the group is served",
}


_ROLES = {
    "production": "production",
    "copy": "the copy of production at another site",
    "aside": "put aside when its site became a copy; its writes are shown, and no point is offered",
}


def _say(document: Mapping[str, Any]) -> None:
    window = document["window"]
    say_line(f"journal   {document['path']}")
    say_line(f"group     {document['group']}")
    by = f" by process {document['writer']}" if document["writer"] else ""
    say_line(f"state     {_STATES[document['state']]}{by}")
    say_line(f"role      {_role_text(document)}")
    if document["failure"]:
        say_line(f"failed    {document['failure']}")
        say_line("          mend that, end the process, and start it again: it is recovered then")
    if document["kept"]:
        say_line(f"keeps     {_kept_text(document['kept'])}")
    if document["replicas"]:
        say_line(f"replicas  {document['replicas']}")
    for copy in document["copies"]:
        say_copy(copy, is_only=len(document["copies"]) == 1)
    for key in ("from", "to"):
        if window[key]:
            say_line(f"{key:8}  {window[key]['time']}  sequence {window[key]['sequence']}")
    if window["earliest"] > window["latest"]:
        say_line("window    no point can be had yet")
    elif not window["from"]:
        say_line(f"window    no write yet, after sequence {window['latest']}")
    say_line(
        f"holds     {count_text(document['epochs'], 'epoch')} in "
        f"{count_text(document['segments'], 'segment')} of "
        f"{size_text(document['segment_bytes'])}, {size_text(document['disk_bytes'])} on the disk"
    )
    folded = document["folded"]
    if folded["segments"]:
        say_line(
            f"folded    {count_text(folded['of'], 'segment')} into {folded['segments']}, "
            f"{size_text(folded['bytes_before'])} into {size_text(folded['bytes'])}"
        )
    if document["unreachable"]:
        older = count_text(document["unreachable"], "older epoch")
        say_line(f"          {older} cannot be reached: one is missing")
    for each in document["findings"]:
        say_line(f"          {each}")
    say_line()
    is_fed = any(each["replica"] for each in document["volumes"])
    say_table(
        ("volume", "size", "writes", "written", "image", *(("replica",) if is_fed else ())),
        [
            (
                each["name"],
                "unknown" if each["size"] is None else size_text(each["size"]),
                each["writes"],
                size_text(each["bytes"]),
                each["path"],
                *((each["replica"],) if is_fed else ()),
            )
            for each in document["volumes"]
        ],
        right=("size", "writes", "written"),
    )
    _say_notes(document)


def _role_text(document: Mapping[str, Any]) -> str:
    taken = document["taken"]
    told = _ROLES[document["role"]]
    if taken and document["role"] == "production":
        told += f" since write {taken['point']}, in epoch {taken['epoch']}"
    return told


def _kept_text(kept: Mapping[str, Any]) -> str:
    """What `protect` was told to keep, by the names of its options."""
    told = [f"--journal-size {size_text(kept['size'])}"]
    told += [f"--window {duration_text(kept['window_ns'])}"]
    told += [f"--ladder '{' '.join(kept['ladder'])}'"] if kept["ladder"] else []
    told += [f"--when-full {kept['when_full']}"] if kept["when_full"] else []
    return f"{' '.join(told)} (of this process: say it again at the next start)"


_GIVEN_UP = ("reason", "given up by", "first", "last")


def _say_notes(document: Mapping[str, Any]) -> None:
    for heading, key, fields in (
        ("bookmark", "bookmarks", ("name", "time", "sequence", "consistency")),
        ("gap", "gaps", ("reason", "time", "first", "last")),
        ("note", "notes", ("text", "time", "sequence")),
    ):
        if document[key]:
            say_line()
            say_table(
                (heading, *(_GIVEN_UP if key == "gaps" else fields)[1:]),
                [[each[name] for name in fields] for each in document[key]],
                right=("sequence", "first", "last"),
            )
