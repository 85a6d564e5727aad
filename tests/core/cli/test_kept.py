"""Signatures that the process that serves a group keeps, as commands are told them."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from core.cli.signature import kept
from core.driver import control
from core.errors import Exit
from core.site.standing import Seen, State, judge
from core.structure.signature import Scheme
from tests.core.cli.running import Here
from tests.core.cli.test_protect import LISTEN, MIB, PROTECT, Serving, connected, serving
from tests.core.cli.test_schemas import check
from tests.core.cli.test_signed import put
from tests.core.driver.waiting import until
from tests.core.signed import naive_chunks, naive_root

GRAIN = 64 << 10
CONTENT = Random(1).randbytes(MIB)
NEVER = ("--signing-rate", "0")


@contextmanager
def served(folder: Path, *words: str) -> Iterator[Serving]:
    (folder / "disk.img").write_bytes(CONTENT)
    with serving(folder, *PROTECT, *LISTEN, *words) as found:
        yield found


class Asking:
    """Somebody who has the journal in a folder signed."""

    def __init__(self, here: Here, folder: Path) -> None:
        self._here, self._journal = here, folder / "journal"

    def __call__(self, *words: object) -> Any:
        done = self._here("signature", self._journal, "--format", "json", *words)
        assert done.code in (Exit.OK, Exit.FINDINGS), done.err
        document = json.loads(done.out)
        check("signature", document)
        return document


@pytest.fixture
def signed(here: Here, tmp_path: Path) -> Asking:
    return Asking(here, tmp_path)


def counts(folder: Path) -> tuple[int, int]:
    found = control.ask(folder / "journal", "status")["signatures"]
    return found["signed"], found["of"]


def test_nothing_is_read_twice_and_a_write_takes_its_chunk(tmp_path: Path, signed: Asking) -> None:
    content = bytearray(CONTENT)
    with served(tmp_path, *NEVER), connected(tmp_path / "disk.sock") as client:
        for point, known in ((0, 0), (0, 16), (1, 15), (1, 16)):
            if point and known == 15:
                content[5 * GRAIN - 1] ^= 1
                data = bytes(content[5 * GRAIN - 512 : 5 * GRAIN])
                assert client.put(5 * GRAIN - 512, data) == 0
            document = signed()
            assert (document["point"], document["known"]) == (point, known)
            naive = naive_chunks(bytes(content), GRAIN, "blake2b-256")
            assert document["signatures"] == [each.hex() for each in naive]
            assert document["root"] == naive_root(bytes(content), GRAIN, "blake2b-256").hex()
        part = signed("--offset", str(3 * GRAIN), "--length", str(2 * GRAIN))
        assert (part["known"], part["signatures"]) == (2, document["signatures"][3:5])
        assert signed("--offset", "512")["known"] == 0
        assert signed("--granularity", "4KiB")["known"] == 0
        assert signed("--algorithm", "sha256")["known"] == 0
        assert signed("--at", "sequence:0")["known"] == 0


def test_a_bit_that_flips_under_the_volume_is_found_against_what_was_kept(
    tmp_path: Path, signed: Asking
) -> None:
    with served(tmp_path, *NEVER):
        signed()
        put(tmp_path / "disk.img", 9 * GRAIN + 7, bytes([CONTENT[9 * GRAIN + 7] ^ 4]))
        (tmp_path / "kept.json").write_text(json.dumps(signed()))
        found = signed("--anew", "--against", tmp_path / "kept.json")["against"]
        assert found["ranges"] == [{"offset": 9 * GRAIN, "length": GRAIN}]


def test_all_is_signed_in_the_background_and_again_after_a_start(
    tmp_path: Path, signed: Asking
) -> None:
    with served(tmp_path), connected(tmp_path / "disk.sock") as client:
        until(lambda: counts(tmp_path) == (16, 16))
        assert client.put(0, b"a" * 4096) == 0
        until(lambda: counts(tmp_path) == (16, 16))
        before = signed()
        assert before["known"] == 16
    with serving(tmp_path, *PROTECT, *LISTEN, *NEVER):
        assert counts(tmp_path) == (0, 16)
        after = signed()
        assert (after["known"], after["root"]) == (0, before["root"])


def test_a_bit_that_flips_under_the_volume_is_named_without_being_asked_for(
    tmp_path: Path,
) -> None:
    def spoilt() -> Any:
        return control.ask(tmp_path / "journal", "status")["signatures"]["spoilt"]

    with served(tmp_path, "--signing-rate", "1GiB"):
        until(lambda: counts(tmp_path) == (16, 16))
        assert spoilt() == []
        put(tmp_path / "disk.img", 9 * GRAIN + 7, bytes([CONTENT[9 * GRAIN + 7] ^ 4]))
        until(lambda: spoilt() != [])
        (found,) = spoilt()
        assert (found["volume"], found["offset"], found["length"]) == ("disk", 9 * GRAIN, GRAIN)
        assert found["since_ns"] < found["until_ns"]
        judged = judge(Seen(is_ready=True, heard=control.ask(tmp_path / "journal", "status")))
        assert (judged.state, len(judged.reasons)) == (State.DEGRADED, 1)
        assert f"disk holds at {9 * GRAIN}" in judged.reasons[0]


def test_who_signs_for_long_is_not_taken_for_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "_SAID_S", 0.05)
    gone: list[str] = []
    nothing = {"known": base64.b64encode(bytes(2)).decode(), "signatures": ""}
    functions: dict[str, control.Function] = {
        "signatures": lambda _: control.Lent(
            {"number": 1, "point": 0, "chunks": 16}, lambda: gone.append("lost")
        ),
        "signatures known": lambda _: nothing,
    }
    with (
        control.ControlServer(tmp_path, functions, caller_s=0.3),
        kept.kept_there(tmp_path, "", Scheme(), 0, None) as found,
    ):
        assert found is not None
        for _ in range(12):
            time.sleep(0.05)
            found.stay()
        assert gone == []
        until(lambda: gone == ["lost"])  # who says nothing is


def test_what_nobody_was_given_is_not_taken(tmp_path: Path) -> None:
    with served(tmp_path, *NEVER), control.Conversation(tmp_path / "journal") as asking:
        scheme = {"algorithm": "blake2b-256", "granularity": GRAIN}
        refused = (
            {"do": "signatures made", "number": 1, "first": 0, "signatures": ""},
            {"do": "signatures known", "number": [], "first": 0},
            {"do": "signatures", "volume": "disk", "offset": 512, **scheme},
            {"do": "signatures", "volume": "disk", "offset": -GRAIN, **scheme},
            {"do": "signatures", "volume": "disk", "offset": 0, "length": 2 * MIB, **scheme},
            {"do": "signatures", "volume": "disk", "offset": "0", **scheme},
            {"do": "signatures", "volume": "other", "offset": 0, **scheme},
        )
        for each in refused:
            answer = json.loads(asking._exchange(json.dumps(each).encode() + b"\n"))
            assert answer["ok"] is False
            assert "bug" not in answer["error"]
        given = asking.ask("signatures", volume="disk", offset=0, **scheme)
        for wrong in ("AAAA", "?", 7):
            answer = {"number": given["number"], "first": 0, "signatures": wrong}
            told = asking._exchange(
                json.dumps({"do": "signatures made", **answer}).encode() + b"\n"
            )
            assert "are no signatures" in json.loads(told)["error"]
