"""Signatures as JSON: what one run prints and another takes, on whichever machine.

What is taken comes from strangers. So every field is looked at before it is used, and the root is
made again from the signatures: what was cut off or changed on its way is told, and not compared.
"""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn, Protocol

from compat.model.schema import Json
from core.errors import CoreError
from core.structure.merkle import CHUNKS_MAX, Tree, chunk_count
from core.structure.signature import Scheme

VERSION: Final = 1

_STDIN: Final = "-"
_BYTES_MAX: Final = 128 * CHUNKS_MAX  # a chunk takes 71, and half a range that differs less than 50
_OFFSET_MAX: Final = (1 << 63) - 1
_SIGNATURE: Final = re.compile(r"[0-9a-f]{64}")
_MARK: Final = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a document says: how it was signed, which range, and the signatures of its chunks."""

    where: str
    algorithm: str
    granularity: int
    key_mark: bytes
    offset: int
    length: int
    root: bytes
    chunks: bytearray

    def tree(self, scheme: Scheme) -> Tree:
        """The tree, under the scheme by which it was made; raises CoreError where it was not."""
        if self.key_mark != scheme.key_mark():
            self._refuse_key(scheme)
        if (self.algorithm, self.granularity) != (scheme.algorithm, scheme.granularity):
            raise CoreError(
                f"it has {self.algorithm} of {self.granularity} bytes each, and not "
                f"{scheme.algorithm} of {scheme.granularity}",
                where=self.where,
                hint="leave --algorithm and --granularity out: what it has is taken",
            )
        tree = Tree.over(scheme, self.length, self.chunks)
        if tree.root != self.root:
            raise CoreError(
                "the root is not that of these signatures",
                where=f"{self.where} at /root",
                hint="something was changed in it: have it made, and sent, again",
            )
        return tree

    def _refuse_key(self, scheme: Scheme) -> NoReturn:
        if not scheme.key:
            what, hint = "it was signed with a key", "name that key with --key-file"
        elif not self.key_mark:
            what, hint = "it was signed without a key", "leave --key-file out"
        else:
            what, hint = "it was signed with another key", "both sides need the same"
        raise CoreError(what, where=self.where, hint=hint)


class Named(Protocol):
    """What was signed, as a document tells it."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def volume(self) -> str | None:
        """Which of its volumes it is."""

    @property
    def sequence(self) -> int | None:
        """The point, where it has one."""

    @property
    def known(self) -> int:
        """How many chunks were not read, for their signatures were kept."""


def say_document(target: Named, offset: int, tree: Tree, against: Json) -> None:
    """Print it; the signatures stand last, a line for each chunk."""
    scheme = tree.scheme
    document: Mapping[str, Json] = {
        "signature": VERSION,
        "target": target.name,
        "volume": target.volume,
        "point": target.sequence,
        "algorithm": scheme.algorithm,
        "granularity": scheme.granularity,
        "key": scheme.key_mark().hex() or None,
        "offset": offset,
        "length": tree.length,
        "known": target.known,
        "root": tree.root.hex(),
        "against": against,
    }
    write = sys.stdout.write
    write(f'{json.dumps(document, indent=2).removesuffix("}").rstrip()},\n  "signatures": [')
    before = "\n"
    for chunk in tree.chunks():
        write(f'{before}    "{chunk.signature.hex()}"')
        before = ",\n"
    write("\n  ]\n}\n" if tree.length else "]\n}\n")


def read_document(name: str) -> Told:
    """What another run printed to a file; `-` is standard input. Raises CoreError."""
    where = "standard input" if name == _STDIN else name
    if name == _STDIN:
        text = sys.stdin.buffer.read(_BYTES_MAX + 1)
    else:
        with Path(name).open("rb") as file:
            text = file.read(_BYTES_MAX + 1)
    if len(text) > _BYTES_MAX:
        raise CoreError(f"more than {_BYTES_MAX} bytes are no signatures of ours", where=where)
    return _Fields(_parsed(text, where), where).told()


def told_in(document: dict[str, Any], where: str) -> Told:
    """What a document says that was read already; raises CoreError."""
    return _Fields(document, where).told()


def _parsed(text: bytes, where: str) -> dict[str, Any]:
    try:
        document = json.loads(
            text.decode(), object_pairs_hook=_once, parse_constant=_refuse_constant
        )
    except _TwiceError as error:
        raise CoreError(f"the field {error.name!r:.80} is there twice", where=where) from None
    except json.JSONDecodeError as error:
        raise CoreError(
            f"this is no JSON: {error.msg}",
            where=f"{where}:{error.lineno}:{error.colno}",
            hint="it is what `isthmus signature --format json` prints, to its end",
        ) from None
    except UnicodeDecodeError as error:
        raise CoreError("this is no UTF-8", where=f"{where} at byte {error.start}") from None
    except (ValueError, RecursionError) as error:  # a number, or a nest, that is beyond all
        raise CoreError(f"this is no JSON of ours: {error}", where=where) from None
    if not isinstance(document, dict):
        raise CoreError("this is no object of JSON", where=where)
    return document


class _TwiceError(Exception):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _TwiceError(name)
        found[name] = value
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"it has {name}")


class _Fields:
    """The fields of a document, each as it has to be."""

    def __init__(self, document: Mapping[str, Any], where: str) -> None:
        self._document, self._where = document, where

    def told(self) -> Told:
        """All of them."""
        if self._number("signature") != VERSION:
            raise self._wrong("signature", f"only version {VERSION} of it is known")
        scheme = self._scheme()
        length = self._number("length")
        return Told(
            where=self._where,
            algorithm=scheme.algorithm,
            granularity=scheme.granularity,
            key_mark=self._key_mark(),
            offset=self._number("offset"),
            length=length,
            root=bytes.fromhex(self._text("root", _SIGNATURE, "64 digits, in hexadecimal")),
            chunks=self._chunks(scheme, length),
        )

    def _scheme(self) -> Scheme:
        """By which a count of chunks is known; without the key."""
        algorithm, granularity = self._value("algorithm"), self._number("granularity")
        if not isinstance(algorithm, str):
            raise self._wrong("algorithm", "this is no name")
        try:
            return Scheme(algorithm=algorithm, granularity=granularity)
        except CoreError as error:
            raise CoreError(error.what, where=self._where, hint=error.hint) from None

    def _chunks(self, scheme: Scheme, length: int) -> bytearray:
        try:
            count = chunk_count(scheme, length)
        except CoreError as error:
            raise self._wrong("length", error.what) from None
        found = self._value("signatures")
        if not isinstance(found, list):
            raise self._wrong("signatures", "this is no array")
        if len(found) != count:
            raise self._wrong(
                "signatures", f"of {length} bytes there are {count}, and not {len(found)}"
            )
        chunks = bytearray()
        for nth, each in enumerate(found):
            if not isinstance(each, str) or not _SIGNATURE.fullmatch(each):
                raise self._wrong(f"signatures/{nth}", "not 64 digits, in hexadecimal")
            chunks += bytes.fromhex(each)
        return chunks

    def _key_mark(self) -> bytes:
        if self._value("key") is None:
            return b""
        return bytes.fromhex(self._text("key", _MARK, "16 digits, in hexadecimal, or null"))

    def _number(self, name: str) -> int:
        found = self._value(name)
        if type(found) is not int or not 0 <= found <= _OFFSET_MAX:
            raise self._wrong(name, f"this is no whole number from 0 to {_OFFSET_MAX}")
        return found

    def _text(self, name: str, pattern: re.Pattern[str], what: str) -> str:
        found = self._value(name)
        if not isinstance(found, str) or not pattern.fullmatch(found):
            raise self._wrong(name, f"not {what}")
        return found

    def _value(self, name: str) -> Any:
        if name not in self._document:
            raise CoreError(f"there is no field {name!r}", where=self._where)
        return self._document[name]

    def _wrong(self, name: str, what: str) -> CoreError:
        return CoreError(what, where=f"{self._where} at /{name}")
