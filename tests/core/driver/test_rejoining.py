"""A copy whose images were production before refuses an older epoch, and tells what it has."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from core.driver.folder import DiskFolder
from core.driver.link.demotion import demote
from core.driver.link.incoming import Incoming
from core.driver.link.peers import Answer, Hello, parse_welcome, welcome
from core.errors import CoreError
from core.machine.journal.shelf import KEEP_ALL
from core.stream.identity import SEGMENT_BYTES_MIN, Identity, Member, write_identity
from core.stream.phases import State
from core.stream.rejoining import Rejoining, write_rejoining
from core.stream.taken import Taken, write_taken
from core.wire.link import BrokenLinkError

GROUP = bytes(range(16))
SIZE = 1 << 20
REJOINING = Rejoining("here", 3, GROUP.hex(), 7, ((0, 0, SIZE),))


def hello(*, epoch: int, joined: str = "", group: bytes = GROUP) -> Hello:
    return Hello(
        group=group,
        volumes=("v",),
        segment_bytes=SEGMENT_BYTES_MIN,
        generation=1,
        state=State.RESYNCING,
        since=9,
        sizes=(SIZE,),
        epoch=epoch,
        joined=joined,
    )


def test_whoever_is_of_an_older_epoch_is_refused_and_others_are_told(tmp_path: Path) -> None:
    folder = DiskFolder(tmp_path / "journal", make=True)
    write_rejoining(folder, REJOINING)
    incoming = Incoming(folder, [tmp_path / "v.img"], KEEP_ALL)
    try:
        with pytest.raises(CoreError, match="speaks for epoch 2"):
            incoming.lacking(hello(epoch=2, joined="here"))
        with pytest.raises(CoreError, match="copy of another group"):
            incoming.lacking(hello(epoch=3, group=bytes(16)))
        assert incoming.lacking(hello(epoch=3)) == REJOINING
        assert incoming.lacking(hello(epoch=4, joined="here")) is None
        incoming.meet(hello(epoch=4, joined="here"))
        with pytest.raises(CoreError, match="speaks for epoch 3"):
            incoming.lacking(hello(epoch=3, joined="here"))
    finally:
        incoming.stop()
        folder.close()


def test_what_the_images_have_besides_is_in_the_welcome() -> None:
    said = json.dumps(welcome(None, is_alike=False, signs=False, rejoining=REJOINING)).encode()
    assert parse_welcome(said) == Answer(None, False, False, True, REJOINING, 0, None)
    far = {**REJOINING.document(), "runs": [[0, 0, 1 << 62]]}
    for wrong in ({"token": 1}, {**REJOINING.document(), "since": -1}, far, [1]):
        with pytest.raises(BrokenLinkError):
            parse_welcome(json.dumps({"spot": None, "alike": 0, "rejoining": wrong}).encode())


def test_whoever_is_production_does_not_become_its_own_copy(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with closing(DiskFolder(journal, make=True)) as folder:
        member = Member(name="v", path="/i/v", size=SIZE)
        write_identity(
            folder, Identity(group=GROUP, volumes=(member,), segment_bytes=SEGMENT_BYTES_MIN)
        )
        write_taken(folder, Taken(point=7, epoch=2))
    with pytest.raises(CoreError, match="production itself since epoch 2"):
        demote(journal, 7, 2, discard=True)


def test_who_was_a_copy_and_took_over_becomes_one_again(tmp_path: Path) -> None:
    with closing(DiskFolder(tmp_path / "journal", make=True)) as folder:
        write_rejoining(folder, REJOINING)
        write_taken(folder, Taken(point=7, epoch=4))
    with pytest.raises(CoreError, match="no journal"):  # it goes on: no journal was made here
        demote(tmp_path / "journal", 7, 5, discard=True)


def test_what_becomes_a_copy_in_one_epoch_does_not_in_another(tmp_path: Path) -> None:
    folder = DiskFolder(tmp_path / "journal", make=True)
    write_rejoining(folder, REJOINING)
    folder.close()
    assert demote(tmp_path / "journal", 7, 3, discard=False) is None
    with pytest.raises(CoreError, match="in epoch 3, and not in 4") as refused:
        demote(tmp_path / "journal", 7, 4, discard=False)
    assert "journal.before-3 its name" in refused.value.hint
