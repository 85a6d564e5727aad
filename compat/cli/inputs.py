"""What a plan is made from, as a command line or a manifest says it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the specs are read and what their versions are called; an empty name says nothing."""

    old_name: str = ""
    new_name: str = ""
    strict: bool = False
    remote: bool = False


AS_USUAL = Reading()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Specs from the oldest to the newest, and the intent of each step from one to the next.

    They are paths, `-` (one of all) or `git:REV:PATH`. A step's intent is empty where there is
    none; without any, `intents` may be, too.
    """

    specs: tuple[str, ...]
    intents: tuple[str, ...] = ()
    reading: Reading = AS_USUAL
