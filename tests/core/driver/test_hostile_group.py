"""After every attack a group has its volumes and its journal as they were."""

from pathlib import Path

from core.driver.group.wanted import Wanted
from core.stream.history import History
from tests.core.driver.client import Client
from tests.core.driver.serving import SIZE, filled
from tests.core.driver.test_hostile import ATTACKS, SERVED_S
from tests.core.driver.test_protection import KEEP, served


def test_no_attack_reaches_the_journal(tmp_path: Path) -> None:
    image = tmp_path / "vol1.img"
    before = filled(image)
    wanted = Wanted(images=(image,), journal=tmp_path / "journal", retention=KEEP)
    with served(wanted) as (group, socket):
        with Client.to(socket).go() as good:
            assert good.put(4096, b"good" * 1024) == 0
        for name, attack in ATTACKS.items():
            with Client.to(socket) as attacker:
                attack(attacker)
                with Client.to(socket) as good:
                    good.sock.settimeout(SERVED_S)
                    assert good.go().get(0, 4096) == before[:4096], name
            assert group.group.journal.end == 1, name
        history = History(group.folder, where="journal", live=True)
        assert history.end == 1
        history.close()
    expected = before[:4096] + b"good" * 1024 + before[8192:]
    assert image.read_bytes() == expected
    assert len(expected) == SIZE
