"""What is marked to be copied has in it all in which a copy differs."""

from core.sim.checks import ViolationError
from core.sim.power import Machine
from core.sim.record import State
from core.stream import regions


def check(machine: Machine, generation: int, expected: State) -> None:
    """Production differs from what the copy has only in regions that are marked there."""
    for number, volume in enumerate(machine.volumes):
        content, other = bytes(volume.blob.content), expected[number]
        marks = regions.left(machine.folder, generation, number)
        for nth in range(regions.count_of(max(len(content), len(other)))):
            begin, stop = nth << regions.REGION_SHIFT, (nth + 1) << regions.REGION_SHIFT
            mine, theirs = content[begin:stop], other[begin:stop]
            common = min(len(mine), len(theirs))
            is_marked = nth < len(marks) and marks[nth] != regions.CLEAN
            if mine[:common] != theirs[:common] and not is_marked:
                raise ViolationError(
                    f"region {nth} of volume {number} differs, and is not marked in generation"
                    f" {generation}"
                )
