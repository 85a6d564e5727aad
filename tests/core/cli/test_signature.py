"""`isthmus signature`: a copy is verified by 32 bytes for each of its chunks."""

import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.errors import Exit
from core.cli.signature.document import read_document
from core.errors import CoreError
from core.structure.signature import Scheme
from tests.compat.cli.running import PROCESS_S, ROOT, environment
from tests.compat.cli.test_program import heed_interrupts
from tests.core.cli.running import Here, isthmus, on_terminal
from tests.core.cli.test_schemas import check
from tests.core.driver.elsewhere import nbdkit, qemu_nbd
from tests.core.journals import Made, loaded
from tests.core.signed import naive_chunks, naive_root

SIZES = (96 << 10, 33 << 10)
GRAIN = 4096
CONTENT = Random(1).randbytes(300_032)
KEY = Random(2).randbytes(32)
FINE = ("--granularity", "4KiB")


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return loaded(tmp_path_factory.mktemp("made"), SIZES, seed=4, runs=120, resizes=True)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "disk.img"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_bytes(KEY)
    path.chmod(0o600)
    return path


def told_by(here: Here, path: Path, *words: object) -> Path:
    """The file with what a run printed as JSON."""
    document = here.json("signature", path, *words)
    check("signature", document)
    target = path.with_suffix(".json")
    target.write_text(json.dumps(document))
    return target


def test_an_image_is_signed_as_an_independent_hash_does_it(here: Here, image: Path) -> None:
    for algorithm in ("blake2b-256", "sha256"):
        words = ("--algorithm", algorithm, *FINE, "--offset", 100, "--length", 50_000)
        document = here.json("signature", image, *words)
        check("signature", document)
        data = CONTENT[100:50_100]
        assert document["root"] == naive_root(data, GRAIN, algorithm).hex()
        chunks = [each.hex() for each in naive_chunks(data, GRAIN, algorithm)]
        assert document["signatures"] == chunks
        assert (document["target"], document["volume"]) == (str(image), None)
        printed = here("signature", image, *words, "--chunks").out
        assert f"{document['root']}  {image}\n" in printed
        assert f"  100    4096  {chunks[0]}\n" in printed
        assert [line.split()[-1] for line in printed.splitlines()[3:]] == chunks


def test_without_words_all_of_it_is_signed(here: Here, image: Path) -> None:
    document = here.json("signature", image)
    assert document["root"] == naive_root(CONTENT, 64 << 10, "blake2b-256").hex()
    assert (document["offset"], document["length"]) == (0, len(CONTENT))


def test_nothing_is_signed_too(here: Here, image: Path) -> None:
    told = told_by(here, image, "--length", 0)
    assert json.loads(told.read_text())["signatures"] == []
    ended = here("signature", image, "--offset", len(CONTENT), "--against", told)
    assert (ended.code, "equal to" in ended.out) == (Exit.OK, True)


def test_every_point_of_a_journal_is_signed_as_it_was(here: Here, journal: Made) -> None:
    for point in range(0, len(journal.recorder.states), 17):
        for number in range(2):
            words = (journal.folder, f"disk{number}", "--at", f"sequence:{point}", *FINE)
            document = here.json("signature", *words)
            held = journal.recorder.states[point][number]
            assert document["root"] == naive_root(held, GRAIN, "blake2b-256").hex()
            assert (document["volume"], document["point"]) == (f"disk{number}", point)


def test_without_a_point_it_is_the_latest(here: Here, journal: Made) -> None:
    latest = here.json("signature", journal.folder, "disk0")
    held = journal.recorder.states[-1][0]
    assert latest["root"] == naive_root(held, 64 << 10, "blake2b-256").hex()
    assert "disk0 of " in here("signature", journal.folder, "disk0").out


def test_a_copy_of_a_point_is_verified_without_its_data(
    here: Here, journal: Made, tmp_path: Path
) -> None:
    words = (journal.folder, "disk0", "--at", "sequence:60")
    signed = tmp_path / "then.json"
    signed.write_text(here("signature", *words, *FINE, "--format", "json").out)
    copy = tmp_path / "copy.img"
    copy.write_bytes(journal.recorder.states[60][0])
    ended = here("signature", copy, "--against", signed)
    assert (ended.code, ended.err) == (Exit.OK, "")
    assert f"equal to {signed}" in ended.out
    ended = here("signature", journal.folder, "disk0", "--at", "sequence:61", "--against", signed)
    differs = journal.recorder.states[60][0] != journal.recorder.states[61][0]
    assert ended.code == (Exit.FINDINGS if differs else Exit.OK)


def test_a_bit_that_flipped_is_named(here: Here, image: Path) -> None:
    told = told_by(here, image, *FINE, "--offset", 512)
    damaged = bytearray(CONTENT)
    damaged[512 + 40 * GRAIN + 77] ^= 4
    image.write_bytes(damaged)
    ended = here("signature", image, "--offset", 512, "--against", told, "--format", "json")
    assert ended.code == Exit.FINDINGS
    document = json.loads(ended.out)
    check("signature", document)
    assert document["granularity"] == GRAIN  # as the other side had it
    against = document["against"]
    assert against["ranges"] == [{"offset": 512 + 40 * GRAIN, "length": GRAIN}]
    assert against["bytes"] == GRAIN
    assert against["looked_at"] <= 2 + 2 * 16
    ended = here("signature", image, "--offset", 512, "--against", told)
    assert ended.code == Exit.FINDINGS
    assert "4KiB differ from" in ended.out
    assert ended.out.splitlines()[-1].split() == [str(512 + 40 * GRAIN), str(GRAIN)]


def test_a_range_is_compared_with_one_that_lies_elsewhere(
    here: Here, image: Path, tmp_path: Path
) -> None:
    told = told_by(here, image, "--offset", 512, "--length", 65_536, *FINE)
    part = tmp_path / "part.img"
    part.write_bytes(b"before" + CONTENT[512 : 512 + 65_536])
    words = ("signature", part, "--offset", 6, "--against", told)
    assert here(*words).code == Exit.OK
    part.write_bytes(b"before" + CONTENT[512 : 512 + 65_535] + b"?")
    ended = here(*words)
    assert ended.code == Exit.FINDINGS
    assert "there the range begins at 512" in ended.out
    assert ended.out.splitlines()[-1].split() == [str(6 + 15 * GRAIN), str(GRAIN)]


def test_another_size_is_a_difference(here: Here, image: Path) -> None:
    told = told_by(here, image, *FINE)
    for size in (len(CONTENT) + 5000, len(CONTENT) - 5000):
        os.truncate(image, size)
        ended = here("signature", image, "--against", told)
        assert ended.code == Exit.FINDINGS
        assert f"the sizes differ: {size} bytes here, {len(CONTENT)} there" in ended.out
        first = min(size, len(CONTENT)) // GRAIN * GRAIN
        length = max(size, len(CONTENT)) - first
        assert ended.out.splitlines()[-1].split() == [str(first), str(length)]
        image.write_bytes(CONTENT)


@pytest.mark.parametrize(
    "words",
    [("--algorithm", "sha256"), ("--granularity", "8KiB"), ("--algorithm", "sha256", *FINE)],
)
def test_what_was_signed_otherwise_is_not_compared(
    here: Here, image: Path, words: tuple[str, ...]
) -> None:
    told = told_by(here, image, *FINE)
    ended = here("signature", image, "--against", told, *words)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert "it has blake2b-256 of 4096 bytes each, and not " in ended.err


def test_what_the_other_side_sends_comes_through_a_pipe(image: Path) -> None:
    printed = isthmus("signature", image, "--format", "json").out
    done = subprocess.run(
        [sys.executable, "-m", "core", "signature", str(image), "--against", "-"],
        cwd=ROOT,
        env=environment(PYTHONPATH=str(ROOT)),
        input=printed,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "equal to standard input" in done.stdout


def test_a_key_signs_otherwise_and_is_never_shown(here: Here, image: Path, key: Path) -> None:
    words = ("signature", image, "--key-file", key)
    shown = []
    for algorithm in ("blake2b-256", "sha256"):
        document = here.json(*words, "--algorithm", algorithm)
        check("signature", document)
        assert document["root"] == naive_root(CONTENT, 64 << 10, algorithm, KEY).hex()
        told = image.with_suffix(f".{algorithm}")
        told.write_text(json.dumps(document))
        ended = here(*words, "--against", told)
        assert (ended.code, "with a key" in ended.out) == (Exit.OK, True)
        shown += [ended, here(*words, "--algorithm", algorithm, "--format", "json")]
        shown += [here("signature", image, "--against", told), here(*words, "--chunks")]
    text = "".join(each.out + each.err for each in shown)
    for form in (KEY.hex(), base64.b64encode(KEY).decode(), repr(KEY), KEY.decode("latin-1")):
        assert form[:12] not in text


def test_another_key_is_told_and_not_taken_for_another_content(
    here: Here, image: Path, key: Path, tmp_path: Path
) -> None:
    keyed = told_by(here, image, "--key-file", key)
    ended = here("signature", image, "--against", keyed)
    assert (ended.code, "it was signed with a key" in ended.err) == (Exit.BAD_INPUT, True)
    other = tmp_path / "other"
    other.write_bytes(KEY[::-1])
    other.chmod(0o400)
    ended = here("signature", image, "--against", keyed, "--key-file", other)
    assert (ended.code, "it was signed with another key" in ended.err) == (Exit.BAD_INPUT, True)
    bare = told_by(here, image)
    ended = here("signature", image, "--against", bare, "--key-file", key)
    assert (ended.code, "it was signed without a key" in ended.err) == (Exit.BAD_INPUT, True)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601])
def test_a_key_that_others_can_read_is_refused(
    here: Here, image: Path, key: Path, mode: int
) -> None:
    key.chmod(mode)
    ended = here("signature", image, "--key-file", key)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert f"others may have read the key: its mode is {mode:04o}" in ended.err


@pytest.mark.parametrize("count", [0, 15, 65, 100_000])
def test_a_file_that_is_no_key_is_refused(here: Here, image: Path, key: Path, count: int) -> None:
    key.write_bytes(bytes(count))
    ended = here("signature", image, "--key-file", key)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    told = count if count < 65 else "more than 64"
    assert f"a key has 16 to 64 bytes, and this file {told}" in ended.err


def test_every_byte_of_a_key_counts(here: Here, image: Path, key: Path) -> None:
    key.write_bytes(KEY + b"\n")
    document = here.json("signature", image, "--key-file", key)
    assert document["root"] == naive_root(CONTENT, 64 << 10, "blake2b-256", KEY + b"\n").hex()


REFUSED: tuple[tuple[tuple[str, ...], str], ...] = (
    (("--offset", "300033"), "the range goes from 300033 to 300033"),
    (("--offset", "300032", "--length", "1"), "the range goes from 300032 to 300033"),
    (("--length", "1TiB"), "this has 300032 bytes"),
    (("--length", "-1"), "'-1' is no size"),
    (("--granularity", "2KiB"), "2048 is no granularity"),
    (("--granularity", "5000"), "a power of two from 4KiB to 16MiB"),
    (("--algorithm", "md5"), "'blake2b-256', 'sha256'"),
    (("disk0",), "VOLUME is for the folder of a journal"),
    (("--at", "latest"), "--at is for the folder of a journal"),
    (("--image", "disk0=x"), "--image is for the folder of a journal"),
    (("--against", "gone.json"), "gone.json: No such file"),
    (("--key-file", "gone"), "gone: No such file"),
)


@pytest.mark.parametrize(("words", "told"), REFUSED, ids=lambda each: " ".join(each)[:40])
def test_what_cannot_be_signed_is_told(
    here: Here, image: Path, words: tuple[str, ...], told: str
) -> None:
    ended = here("signature", image, *words)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert told in ended.err


def test_what_is_no_target_is_told(here: Here, journal: Made, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for words, told in (
        ((tmp_path / "gone.img",), "gone.img: No such file or directory"),
        ((tmp_path / "pipe",), "neither a file nor a block device"),
        (("/dev/null",), "neither a file nor a block device"),
        ((tmp_path,), "no journal: there is no journal.json in it"),
        (("http://host/disk",), "files, devices and exports of NBD servers"),
        ((journal.folder,), "name one behind the folder: disk0, disk1"),
        ((journal.folder, "disk7"), "no volume is called 'disk7'"),
        ((journal.folder, "disk0", "--at", "sequence:99999"), "99999"),
    ):
        ended = here("signature", *words)
        assert (ended.code, ended.out) == (Exit.BAD_INPUT, ""), words
        assert told in ended.err


def test_an_image_that_was_moved_is_found(here: Here, tmp_path: Path) -> None:
    found = loaded(tmp_path, (32 << 10,), seed=1, runs=20)
    moved = found.images[0].rename(tmp_path / "moved.img")
    words = ("signature", found.folder, "--at", "sequence:7")
    assert "--image disk0=PATH" in here(*words).err
    document = here.json(*words, "--image", f"disk0={moved}")
    assert document["root"] == naive_root(found.recorder.states[7][0], 65_536, "blake2b-256").hex()


@pytest.mark.parametrize("server", ["qemu-nbd", "blocks of 512"])
def test_an_export_is_signed_from_wherever_it_is_asked(
    here: Here, image: Path, tmp_path: Path, server: str
) -> None:
    blocks = ("blocksize-minimum=512", "blocksize-preferred=4096", "blocksize-maximum=65536")
    begun = {
        "qemu-nbd": lambda: qemu_nbd(tmp_path / "s", image),
        "blocks of 512": lambda: nbdkit(
            *(tmp_path / "s", "file", image, *blocks, "blocksize-error-policy=error"),
            options=("--filter=blocksize-policy",),
        ),
    }
    with begun[server]() as elsewhere:
        for offset, length in ((0, len(CONTENT)), (1, 70_000), (100_001, 3)):
            words = ("--offset", offset, "--length", length)
            document = here.json("signature", elsewhere.uri, *words, *FINE)
            data = CONTENT[offset : offset + length]
            assert document["root"] == naive_root(data, GRAIN, "blake2b-256").hex()


def test_progress_is_for_a_terminal(image: Path) -> None:
    assert "signing" in on_terminal("signature", image)
    assert isthmus("signature", image).err == ""


def test_an_interrupt_ends_it_at_once_with_nothing_printed(image: Path, tmp_path: Path) -> None:
    """Also while a server does not answer."""
    log = tmp_path / "log"
    slow = ("rdelay=60", f"logfile={log}")
    with nbdkit(
        *(tmp_path / "s", "file", image, *slow), options=("--filter=log", "--filter=delay")
    ) as elsewhere:
        process = subprocess.Popen(
            [sys.executable, "-m", "core", "signature", elsewhere.uri],
            cwd=ROOT,
            env=environment(PYTHONPATH=str(ROOT)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=heed_interrupts,
        )
        try:
            while " Read " not in log.read_text():
                assert process.poll() is None
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=PROCESS_S / 4)
        finally:
            process.kill()
    assert (process.returncode, out, err) == (Exit.INTERRUPTED, "", "isthmus: interrupted\n")


Spoilt = Callable[[dict[str, Any]], object]
WRONG: dict[str, tuple[Spoilt, str]] = {
    "another version": (lambda it: it.update(signature=2), "/signature: only version 1"),
    "true for a number": (lambda it: it.update(signature=True), "/signature: this is no whole"),
    "no length": (lambda it: it.pop("length"), "there is no field 'length'"),
    "a length in words": (lambda it: it.update(length="12"), "/length: this is no whole number"),
    "half a length": (lambda it: it.update(length=1.5), "/length: this is no whole number"),
    "less than nothing": (lambda it: it.update(length=-1), "/length: this is no whole number"),
    "a huge length": (lambda it: it.update(length=1 << 62), "/length: "),
    "a longer length": (lambda it: it.update(length=10 << 20), "/signatures: of 10485760 bytes"),
    "one byte more": (lambda it: it.update(length=it["length"] + 1), "/root: the root is not"),
    "an offset beyond all": (lambda it: it.update(offset=1 << 70), "/offset: this is no whole"),
    "no algorithm": (lambda it: it.update(algorithm="md5"), "blake2b-256, sha256"),
    "a list of them": (lambda it: it.update(algorithm=["sha256"]), "/algorithm: this is no name"),
    "another one": (lambda it: it.update(algorithm="sha256"), "/root: the root is not that"),
    "odd granularity": (lambda it: it.update(granularity=5000), "5000 is no granularity"),
    "tiny granularity": (lambda it: it.update(granularity=1), "1 is no granularity"),
    "no granularity": (lambda it: it.update(granularity=None), "/granularity: this is no whole"),
    "a key in words": (lambda it: it.update(key="secret"), "/key: not 16 digits"),
    "a number for a key": (lambda it: it.update(key=7), "/key: not 16 digits"),
    "a short root": (lambda it: it.update(root="ab"), "/root: not 64 digits"),
    "another root": (lambda it: it.update(root="0" * 64), "/root: the root is not that"),
    "no list": (lambda it: it.update(signatures={}), "/signatures: this is no array"),
    "one too few": (lambda it: it["signatures"].pop(), "and not 4"),
    "one too many": (lambda it: it["signatures"].append("0" * 64), "and not 6"),
    "a number in it": (lambda it: it["signatures"].__setitem__(3, 7), "/signatures/3: not 64"),
    "capitals": (
        lambda it: it["signatures"].__setitem__(3, "A" * 64),
        "/signatures/3: not 64 digits",
    ),
    "another signature": (
        lambda it: it["signatures"].__setitem__(4, "0" * 64),
        "/root: the root is not that",
    ),
}
MALFORMED: dict[str, tuple[Callable[[str], str | bytes], str]] = {
    "cut off": (lambda text: text[: len(text) // 2], ".json:"),
    "empty": (lambda _: "", ".json:1:1: this is no JSON"),
    "more behind it": (lambda text: text + "{}", "Extra data"),
    "an array": (lambda _: "[]", "this is no object of JSON"),
    "no text": (lambda _: b'{"a": "\xff"}', "this is no UTF-8"),
    "twice": (lambda text: text.replace("{", '{"length": 1,', 1), "'length' is there twice"),
    "twice within": (lambda _: '{"x": {"a": 1, "a": 1}}', "'a' is there twice"),
    "not a number": (lambda _: '{"length": NaN}', "this is no JSON of ours: it has NaN"),
    "many digits": (lambda _: f'{{"length": 1{"0" * 5000}}}', "this is no JSON of ours"),
    "beyond floats": (lambda text: text.replace("300032", "1e999"), "/length: this is no whole"),
    "deep": (lambda _: "[" * 100_000, "this is no JSON of ours"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_field_that_is_wrong_is_told_with_its_place(here: Here, image: Path, name: str) -> None:
    spoil, expected = WRONG[name]
    told = told_by(here, image)
    document = json.loads(told.read_text())
    spoil(document)
    told.write_text(json.dumps(document))
    ended = here("signature", image, "--against", told)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert ended.err.startswith(f"isthmus: {told}")
    assert expected in ended.err


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_document_is_told_with_its_place(here: Here, image: Path, name: str) -> None:
    spoil, expected = MALFORMED[name]
    told = told_by(here, image)
    spoilt = spoil(told.read_text())
    told.write_bytes(spoilt if isinstance(spoilt, bytes) else spoilt.encode())
    ended = here("signature", image, "--against", told)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert ended.err.startswith(f"isthmus: {told}")
    assert expected in ended.err


def test_too_much_is_not_read(here: Here, image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = told_by(here, image)
    monkeypatch.setattr("core.cli.signature.document._BYTES_MAX", 100)
    ended = here("signature", image, "--against", told)
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert "more than 100 bytes are no signatures of ours" in ended.err


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    top = tmp_path_factory.mktemp("made")
    image = top / "disk.img"
    image.write_bytes(CONTENT)
    printed = isthmus("signature", image, "--format", "json").out
    return top / "changed.json", printed.encode()


@given(st.integers(0, 1000), st.binary(max_size=8), st.integers(0, 8))
def test_whatever_comes_is_read_or_refused(
    document: tuple[Path, bytes], place: int, other: bytes, length: int
) -> None:
    """And what is read has the signatures that were sent, or its root gives it away."""
    path, text = document
    place = place * len(text) // 1000
    path.write_bytes(text[:place] + other + text[place + length :])
    try:
        root = read_document(str(path)).tree(Scheme()).root
    except CoreError:
        return
    assert root == naive_root(CONTENT, 64 << 10, "blake2b-256")
