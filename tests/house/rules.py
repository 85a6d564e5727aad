"""The house rules as data; the tests of this folder enforce them.

A pattern below is written so that it does not match its own text.
"""

import re
from collections.abc import Mapping
from typing import Final

# Lowest first: a module imports from its own row and from the rows before it.
LAYERS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "compat": (
        ("compat.errors",),
        ("compat.model",),
        ("compat.lens",),
        ("compat.load",),
        ("compat.match", "compat.intent"),
        ("compat.suggest", "compat.differ"),
        ("compat.plan",),
        ("compat.bridging",),
        ("compat.emit", "compat.report"),
        (
            *("compat.git", "compat.source", "compat.folder", "compat.revisions"),
            *("compat.store", "compat.verify", "compat.serve"),
        ),
        ("compat.cli", "compat.__main__"),
    ),
    "core": (
        ("core.errors", "core.units", "core.identity"),
        ("core.structure", "core.plan"),
        ("core.message",),
        ("core.wire",),
        ("core.stream",),
        ("core.machine",),
        ("core.appliance", "core.site"),
        ("core.driver", "core.sim"),
        ("core.cli", "core.__main__"),
    ),
}
APART: Final = (("core.driver", "core.sim"),)  # two bodies of one brain
SOLITARY: Final = ("core.machine",)  # modules and packages directly inside know nothing of another
OUT_OF_REACH: Final[Mapping[str, tuple[str, ...]]] = {
    "compat": ("core", "generated", "tests", "tools"),
    "core": ("tests", "tools"),
}

# Time, chance, files, processes and sockets begin in the row of these; below it all is pure.
IMPURE_FROM: Final = ("compat.source", "core.driver")
IMPURE: Final = (
    *("time", "random", "os", "socket", "threading", "asyncio", "datetime", "secrets", "uuid"),
    *("subprocess", "pathlib", "tempfile", "shutil", "glob", "multiprocessing", "concurrent"),
    *("select", "selectors", "signal", "ssl", "urllib.request", "http.client", "http.server"),
    *("httpx", "uvicorn"),
)
IMPURE_CALLS: Final = ("open", "input")

# Copied into generated packages, so they stand on the standard library and on themselves.
RUNTIME: Final = ("compat.emit.runtime",)

# What users import by themselves, and the disks that tests run the core on; nothing of ours has to.
PUBLIC: Final = ("compat.serve", "core.sim")

# Tables of commands that are imported when they are asked for, by the names that the tables have.
LAZY: Final = (
    *("core.cli.program", "core.cli.bookmark.group", "core.cli.image.group"),
    "core.cli.copy.group",
    *("core.cli.journal.group", "core.cli.node.group", "core.cli.volume.group"),
    "core.cli.plan.group",
    *("core.cli.site.group.group", "core.cli.site.operation.group"),
)

MODULE_LINES_MAX: Final = 500
FUNCTION_LINES_MAX: Final = 70

CATCH_ALL_MODULES: Final = frozenset({"util", "utils", "helper", "helpers", "misc"})
FORBIDDEN: Final[Mapping[str, re.Pattern[str]]] = {
    "unfinished work": re.compile(r"\b(?:TO[D]O|FIX[M]E|XX[X])\b"),
    "a path of one machine": re.compile(r"(?<![\w.)}>*/-])/(?:work\b|home\b|root/|Users/)"),
    "the host of a package registry": re.compile(
        r"\b(?:pypi\.[o]rg|pythonhosted\.[o]rg|npmjs\.(?:[o]rg|[c]om)|crates\.[i]o|golang\.[o]rg"
        r"|docker\.[i]o|ghcr\.[i]o|quay\.[i]o|gcr\.[i]o|maven\.[o]rg|deb\.debian\.[o]rg)\b"
    ),
    "a number of an issue": re.compile(r"\b(?:issue|pull request|PR)[ ]#?\d+\b", re.IGNORECASE),
    "talk of how it was written": re.compile(
        r"\b(?:chat[g]pt|cla[u]de|co[p]ilot|anthr[o]pic|language m[o]del|as an A[I])\b",
        re.IGNORECASE,
    ),
}

# What a document names that looks like a path and is none of ours.
EXAMPLE_PATHS: Final = frozenset[str]()

# Rule -> complaint -> why it stands. One that no longer matches a complaint is itself a complaint.
EXCEPTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "idle dependencies": {
        "pyproject.toml: nothing imports sniffio": "httpcore looks for it on every request",
    },
    "purity": {
        "compat/emit/runtime/asgi.py: pure code imports asyncio": (
            "an adapter is a driver inside a generated package; it waits for the caller to leave"
        ),
        "compat/emit/runtime/httpx.py: pure code imports httpx": (
            "an adapter is a driver inside a generated package, and this is its library"
        ),
        "core/plan/solving.py: pure code imports concurrent.futures": (
            "a solver hears of no interrupt where it keeps whoever waits for it from hearing one"
        ),
    },
}
