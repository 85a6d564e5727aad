"""The main jobs from end to end, for real.

Two specs, a plan, a shim, a live client and server; then a volume that is protected, spoilt and
taken back; then one that is at two sites, of which one is lost. Everything shown is what the
commands printed and what went over the wire. All is made in a temporary folder, and nothing is left
behind.
"""

import ast
import importlib
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any, Final

import click
import httpx
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from compat.errors import Exit
from tools.appliance import GIB, SPECS, new_appliance, old_appliance, serving
from tools.sites_demo import show_sites
from tools.stage import COLUMNS, ROOT, Screen, Stage
from tools.volume_demo import show_volume

OLD, NEW, INTENT = (
    str((SPECS / name).relative_to(ROOT)) for name in ("v1.yaml", "v2.yaml", "intent.yaml")
)
PACKAGE: Final = "volumes_v1_v2"
CALL_S: Final = 20.0
GAPS_SHOWN: Final = ("GET /nodes/{node}/volumes", "VolumeSpec.thin")
SUGGESTION_SHOWN: Final = ("old: GET /nodes/{node}/volumes", "calls: GET /volumes")
INTENT_SHOWN: Final = ("operations:", "bridges:", "accept:")
PLAN_SHOWN: Final = ("Health  met by", "VolumeSpec  met by")
COUNTS_SHOWN_MAX: Final = 4  # of each way; the most frequent
WAYS: Final = {  # verdict -> what the shim did, best first
    "lossless": "bridged without loss",
    "defaulted": "supplied by default",
    "lossy": "with a possible loss",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One request and its answer, as somebody saw them; a body is None or JSON text."""

    request: str
    sent: str
    status: int
    answer: str


@dataclass(slots=True)
class Wire(httpx.BaseTransport):
    """The way to the server, with everything that went over it since the last look."""

    seen: list[Message] = field(default_factory=list)
    _inner: httpx.HTTPTransport = field(default_factory=httpx.HTTPTransport)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        sent = request.read()
        response = self._inner.handle_request(request)
        answer = response.read()
        self.seen.append(message(request, sent, response.status_code, answer))
        return httpx.Response(response.status_code, headers=response.headers, content=answer)

    def close(self) -> None:
        self._inner.close()

    def look(self) -> list[Message]:
        found, self.seen = self.seen, []
        return found


def message(request: httpx.Request, sent: bytes, status: int, answer: bytes) -> Message:
    """What a request and its answer look like."""
    return Message(
        request=f"{request.method} {request.url.raw_path.decode()}",
        sent=sent.decode(),
        status=status,
        answer=answer.decode(),
    )


def show_specs(stage: Stage) -> None:
    stage.chapter("Two versions of an interface")
    table = Table(OLD, NEW, box=None, padding=(0, 4, 0, 0), header_style="bold")
    table.add_row(
        excerpt(ROOT / OLD, "  Volume:", "  Target:"),
        excerpt(ROOT / NEW, "    Volume:", "    VolumePage:"),
    )
    stage.console.print(table)


def excerpt(path: Path, start: str, end: str) -> str:
    """The lines of a file from one to just before another."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(lines[lines.index(start) : lines.index(end)])


def show_gaps(stage: Stage) -> None:
    stage.chapter("What no tool can know fails the build")
    words = ("compat", "generate", OLD, NEW, "--out", str(stage.folder), "--package", PACKAGE)
    *gaps, last = stage.run(*words, code=Exit.FINDINGS).split("\n\n")
    shown = [gap for gap in gaps if any(f": {name}" in gap for name in GAPS_SHOWN)]
    stage.say("\n\n".join([*shown, "[...]", last]))
    stage.say(f"(exit code {Exit.FINDINGS:d})", "dim")


def show_suggestion(stage: Stage) -> None:
    stage.chapter("What may explain a gap is suggested, with evidence, and off")
    paragraphs = stage.run("compat", "suggest", OLD, NEW).split("\n\n")
    found = next(each for each in paragraphs if all(word in each for word in SUGGESTION_SHOWN))
    stage.say(f"[...]\n\n{found}\n\n[...]")


def show_plan(stage: Stage) -> None:
    stage.chapter("The plan, with what people decided")
    stage.say(f"from {INTENT}:\n", "dim")
    decided = (ROOT / INTENT).read_text(encoding="utf-8").strip().split("\n\n")
    stage.say(some(decided, INTENT_SHOWN), "dim")
    stage.say("")
    heading, figures, total, *sections = stage.run(
        "compat", "plan", OLD, NEW, "--intent", INTENT
    ).split("\n\n")
    stage.say("\n\n".join([heading, figures, total, some(sections, PLAN_SHOWN)]))


def some(paragraphs: Sequence[str], beginnings: tuple[str, ...]) -> str:
    """The paragraphs that begin like this, with a mark that there are more."""
    shown = [each for each in paragraphs if each.startswith(beginnings)]
    return "\n\n".join([*shown, "[...]"])


def show_shim(stage: Stage) -> None:
    stage.chapter("The shim, generated")
    made = ("--out", str(stage.folder), "--package", PACKAGE)
    stage.say(stage.run("compat", "generate", OLD, NEW, "--intent", INTENT, *made))
    stage.say("(here, in a temporary folder in the place of generated/)", "dim")
    home = stage.folder / PACKAGE
    for path, name in (
        ("lenses/volume_spec.py", "volume_spec_up"),
        ("exchanges/volumes_old_client.py", "create_volume"),
    ):
        stage.say(f"\nfrom {PACKAGE}/{path}:\n", "dim")
        stage.console.print(
            Syntax(function(home / path, name), "python", background_color="default")
        )


def function(path: Path, name: str) -> str:
    """The source of one function of a file."""
    text = path.read_text(encoding="utf-8")
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return ast.get_source_segment(text, node) or ""
    raise click.ClickException(f"{path.name} has no {name}")


def show_verification(stage: Stage) -> None:
    stage.chapter("Verified, with messages made from the specs")
    stage.say(stage.run("compat", "verify", str(stage.folder / PACKAGE)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shim:
    """The generated package, imported."""

    home: Path
    adapter: ModuleType
    counters: ModuleType
    faces: Mapping[str, ModuleType]

    @classmethod
    def load(cls, folder: Path) -> "Shim":
        sys.path.insert(0, str(folder))
        try:
            return cls(
                home=folder / PACKAGE,
                adapter=importlib.import_module(f"{PACKAGE}.httpx"),
                counters=importlib.import_module(f"{PACKAGE}.counters"),
                faces={
                    role: importlib.import_module(f"{PACKAGE}.{role}")
                    for role in ("old_client", "new_client")
                },
            )
        finally:
            sys.path.remove(str(folder))

    def client(self, url: str, role: str, wire: Wire) -> httpx.Client:
        """An ordinary client of one version; its transport knows the other."""
        transport = self.adapter.ShimTransport(self.faces[role], wire)
        return httpx.Client(base_url=url, transport=transport, timeout=CALL_S)

    def totals(self) -> Counter[str]:
        """How often each difference was bridged."""
        counts: Counter[str] = Counter()
        for (difference, _), count in self.counters.totals().items():
            counts[difference] += count
        return counts


def call(stage: Stage, client: httpx.Client, wire: Wire, titles: Sequence[str], **what: Any) -> int:
    """Make one call and show it as both ends saw it; gives the status."""
    response = client.request(**what)
    request = response.request
    ours = message(request, request.read(), response.status_code, response.content)
    table = Table(*titles, box=None, expand=True, padding=(0, 3, 0, 0), header_style="dim")
    theirs = Text("\n").join(drawn(each) for each in wire.look()) or Text("(not asked)", "dim")
    for column in table.columns:
        column.ratio, column.overflow = 1, "fold"
    table.add_row(drawn(ours), theirs)
    stage.console.print(table)
    stage.console.print()
    return response.status_code


def drawn(seen: Message) -> Text:
    """A message, request first."""
    style = "green" if seen.status < 400 else "yellow"
    lines = [Text(seen.request, "bold"), Text(str(seen.status), style)]
    if seen.sent:
        lines.insert(1, Text(spaced(seen.sent)))
    if seen.answer:
        lines.append(Text(spaced(seen.answer)))
    return Text("\n").join(lines)


def spaced(text: str) -> str:
    """JSON with blanks, for lines to be broken at."""
    return json.dumps(json.loads(text))


def show_old_client(stage: Stage, shim: Shim) -> None:
    stage.chapter("A live old client and a live new server")
    before, wire = shim.totals(), Wire()
    with serving(new_appliance()) as url:
        with httpx.Client(base_url=url, transport=Wire(), timeout=CALL_S) as bare:
            status = bare.get("/v1/volumes").status_code
        stage.say(f"without the shim: GET /v1/volumes is answered with {status}\n")
        with shim.client(url, "old_client", wire) as client:
            for what in old_calls():
                call(stage, client, wire, ("the old client", "the new server"), **what)
    show_counts(stage, shim, "old_client", shim.totals() - before)


def old_calls() -> Iterator[dict[str, Any]]:
    """What a client of v1 does."""
    yield {"method": "GET", "url": "/v1/volumes"}
    yield {"method": "POST", "url": "/v1/volumes", "json": {"name": "db", "size_gib": 16}}
    publish = {"host": "web-1", "protocol": "ISCSI"}
    yield {"method": "PUT", "url": "/v1/volumes/vol-4/publish", "params": publish}
    yield {"method": "GET", "url": "/v1/nodes/node-2/volumes"}
    yield {"method": "GET", "url": "/v1/volumes/vol-3/replication"}
    yield {"method": "GET", "url": "/v1/volumes/vol-9"}
    yield {"method": "GET", "url": "/v1/health"}


def show_new_client(stage: Stage, shim: Shim) -> None:
    stage.chapter("The other direction: a new client, an old server")
    before, wire, refused = shim.totals(), Wire(), 0
    with serving(old_appliance()) as url, shim.client(url, "new_client", wire) as client:
        for what in new_calls():
            titles = ("the new client", "the old server")
            refused += call(stage, client, wire, titles, **what) == httpx.codes.NOT_IMPLEMENTED
    show_counts(stage, shim, "new_client", shim.totals() - before)
    stage.say(f"{refused} call was refused by name, and the old server not asked")


def new_calls() -> Iterator[dict[str, Any]]:
    """What a client of v2 does."""
    yield {"method": "GET", "url": "/v2/volumes", "params": {"max_entries": "1"}}
    spec = {"name": "db", "capacity_bytes": 16 * GIB, "thin": False}
    yield {"method": "POST", "url": "/v2/volumes", "json": spec}
    yield {"method": "POST", "url": "/v2/volumes", "json": spec | {"compression": True}}


def show_counts(stage: Stage, shim: Shim, role: str, counts: Counter[str]) -> None:
    """What the counters say, in the manifest's words; a change that lost nothing counts, too."""
    manifest = json.loads((shim.home / "manifest.json").read_text(encoding="utf-8"))
    table = Table("", "difference", "what the shim did", "times", box=None, padding=(0, 3, 0, 0))
    table.header_style, table.columns[3].justify = "dim", "right"
    judged: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
    for each in manifest["differences"]:
        if counts[each["id"]]:
            judged[each["roles"][role]["verdict"]].append(each)
    totals: Counter[str] = Counter()
    for way, found in judged.items():
        totals[way] = sum(counts[each["id"]] for each in found)
        found.sort(key=lambda each: -counts[each["id"]])
        for index, each in enumerate(found[:COUNTS_SHOWN_MAX]):
            words = (f"{each['kind']} {each['subject']}", each["roles"][role]["treatment"])
            table.add_row("" if index else WAYS[way], *words, str(counts[each["id"]]))
        if len(found) > COUNTS_SHOWN_MAX:
            table.add_row("", f"and {len(found) - COUNTS_SHOWN_MAX} more", "", "")
    stage.say("What was bridged, defaulted and lost, by the shim's own counters:\n", "bold")
    stage.console.print(table)
    stage.say(f"\nin all: {', '.join(f'{totals[way]} {name}' for way, name in WAYS.items())}")


@click.command()
def main() -> None:
    """Show the product at work: two versions of a service bridged, a volume taken back, and
    a site lost without losing a write.
    """
    screen = Screen()
    if not screen.is_terminal:
        screen = Screen(width=COLUMNS)
    with (
        TemporaryDirectory(prefix="isthmus-demo-") as folder,
        TemporaryDirectory(prefix="isthmus-", dir="/tmp") as sockets,
    ):
        stage = Stage(screen, Path(folder), Path(sockets))
        show_specs(stage)
        show_gaps(stage)
        show_suggestion(stage)
        show_plan(stage)
        show_shim(stage)
        show_verification(stage)
        shim = Shim.load(stage.folder)
        show_old_client(stage, shim)
        show_new_client(stage, shim)
        show_volume(stage)
        show_sites(stage)
        stage.say('\nTo try the commands by hand: export PATH="$PWD/.venv/bin:$PATH"', "dim")


if __name__ == "__main__":
    main(prog_name="./tools/demo")
