"""Who gets in, and who has to go for it."""

import socket
from collections.abc import Iterator

import pytest

from core.driver.nbd.admission import LOCAL, Admission, Caps, Peer


class Crowd:
    """Peers whose other ends are kept, to see who was hung up on."""

    def __init__(self) -> None:
        self.ends: dict[Peer, socket.socket] = {}

    def peer(self, address: str = LOCAL) -> Peer:
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        made = Peer(ours, address)
        self.ends[made] = theirs
        return made

    def was_hung_up(self, peer: Peer) -> bool:
        try:
            return self.ends[peer].recv(1) == b""
        except BlockingIOError:
            return False

    def close(self) -> None:
        for peer, end in self.ends.items():
            peer.sock.close()
            end.close()


@pytest.fixture
def crowd() -> Iterator[Crowd]:
    made = Crowd()
    yield made
    made.close()


def test_a_full_pool_makes_room_by_its_oldest(crowd: Crowd) -> None:
    admission = Admission(Caps(negotiating=3))
    peers = [crowd.peer() for _ in range(5)]
    assert all(admission.admit(each) for each in peers)
    assert [crowd.was_hung_up(each) for each in peers] == [True, True, False, False, False]
    assert admission.counts() == (3, 0)
    assert not admission.promote(peers[0], "vol1")
    assert admission.promote(peers[4], "vol1")


def test_room_is_made_by_the_address_that_takes_most(crowd: Crowd) -> None:
    admission = Admission(Caps(negotiating=4))
    good = crowd.peer("10.0.0.1")
    assert admission.admit(good)
    bad = [crowd.peer("10.0.0.2") for _ in range(9)]
    assert all(admission.admit(each) for each in bad)
    assert not crowd.was_hung_up(good)
    assert sum(crowd.was_hung_up(each) for each in bad) == 6


def test_an_address_has_only_so_many_and_others_do_not_suffer(crowd: Crowd) -> None:
    admission = Admission(Caps(per_address=2))
    served, waiting, third, fourth = (crowd.peer("10.0.0.1") for _ in range(4))
    assert admission.admit(served)
    assert admission.promote(served, "vol1")
    assert admission.admit(waiting)
    assert admission.admit(third)
    assert crowd.was_hung_up(waiting)
    assert admission.promote(third, "vol1")
    assert not admission.admit(fourth)
    assert admission.admit(crowd.peer("10.0.0.2"))
    assert not crowd.was_hung_up(served)


def test_who_is_served_stays_and_newcomers_are_refused_at_the_cap(crowd: Crowd) -> None:
    admission = Admission(Caps(serving=2))
    first, second, third = (crowd.peer() for _ in range(3))
    for each in (first, second, third):
        assert admission.admit(each)
    assert admission.promote(first, "vol1")
    assert admission.promote(second, "vol1")
    assert not admission.promote(third, "vol1")
    assert not admission.admit(crowd.peer())
    admission.leave(first)
    assert admission.promote(third, "vol1")


def test_dropping_an_export_hangs_up_on_those_who_use_it(crowd: Crowd) -> None:
    admission = Admission(Caps())
    one, other = crowd.peer(), crowd.peer()
    for each, name in ((one, "a"), (other, "b")):
        admission.admit(each)
        admission.promote(each, name)
    admission.drop("a")
    assert crowd.was_hung_up(one)
    assert not crowd.was_hung_up(other)


def test_closing_hangs_up_on_all_and_counts_who_does_not_leave(crowd: Crowd) -> None:
    admission = Admission(Caps())
    stuck, waiting = crowd.peer(), crowd.peer()
    for each in (stuck, waiting):
        admission.admit(each)
    admission.promote(stuck, "vol1")
    assert admission.close(grace_s=0.01, within_s=0.01) == 2
    assert crowd.was_hung_up(stuck)
    assert crowd.was_hung_up(waiting)
    assert not admission.admit(crowd.peer())
    for each in (stuck, waiting):
        admission.leave(each)
    assert admission.close(grace_s=0.01, within_s=0.01) == 0
