"""Texts of strangers, made fit for a terminal.

A spec may hold any character, and what a terminal takes for a command must not reach it.
"""

import re
from typing import Final

# C0 but tab and newline, DEL, C1, and the marks that turn the direction of text (Unicode 15, 23.2).
_COMMANDS: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
# What parts lines and columns, and what XML 1.0 (2.2) cannot write.
# Where a word begins so, a line may: a workflow of GitHub takes it for a command.
_WORKFLOW: Final = re.compile(r"(?<!\S)::(?=\S)")
_BREAKS: Final = re.compile(r"[\t\n\u2028\u2029\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """The text with an escape in the place of each character that commands a terminal."""
    return _COMMANDS.sub(_escape, text)


def on_one_line(text: str) -> str:
    """The same for a text that must not leave its line or its column, in XML or elsewhere."""
    return _WORKFLOW.sub(r"\\::", _BREAKS.sub(_escape, printable(text)))


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"
