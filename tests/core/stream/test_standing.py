"""What is said where no point can be had."""

from pathlib import Path

from core.driver.folder import DiskFolder
from core.stream.phases import State
from core.stream.standing import Course, not_offered, write_standing


def test_where_points_are_kept_by_a_copy_elsewhere_one_is_sent_there(tmp_path: Path) -> None:
    folder = DiskFolder(tmp_path)
    told = {}
    for state in (State.SHIPPING, State.RESYNCING):
        write_standing(folder, Course(generation=1, state=state, since=0, sizes=()))
        told[state] = not_offered(folder, where="here").what
    folder.close()
    assert "kept by its copy, at another site" in told[State.SHIPPING]
    assert "made equal to production again" in told[State.RESYNCING]
