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
    """Two specs and an intent: paths, `-` (one of them) or `git:REV:PATH`; no intent is empty."""

    old: str
    new: str
    intent: str = ""
    reading: Reading = AS_USUAL
