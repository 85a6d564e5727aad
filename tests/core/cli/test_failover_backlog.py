"""However much a copy has not applied: hosts have it all at once, as a tool of others finds."""

import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings

from tools.benchmarks import failover

LONG = settings.default is settings.get_profile("long")
MIB = 1 << 20

pytestmark = pytest.mark.skipif(shutil.which("qemu-img") is None, reason="needs qemu-img")


@pytest.mark.parametrize(
    ("volume", "backlog"),
    [
        (16 * MIB, 48 * MIB),
        pytest.param(
            4096 * MIB,
            10_240 * MIB,
            marks=[
                pytest.mark.skipif(not LONG, reason="writes 30 GiB: in the long mode"),
                pytest.mark.slow,
            ],
        ),
    ],
    ids=["48MiB", "10GiB"],
)
def test_hosts_have_all_of_it_at_once_and_the_images_in_the_end(volume: int, backlog: int) -> None:
    with TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        writes = backlog // failover.WRITE_BYTES
        failover.left_behind(folder, volume_bytes=volume, writes=writes)
        failover.failover(folder)
        with failover.production(folder) as uri:
            failover.write(folder, uri, volume // 4)
            if backlog > 1024 * MIB:  # what is small may be applied by now
                assert failover.lacking(folder) > backlog * 9 // 10
            assert failover.is_equal(folder, uri)
        with failover.production(folder) as uri:  # the one before was killed
            failover.write(folder, uri, volume // 2)
            assert failover.is_equal(folder, uri)
            while failover.lacking(folder):
                time.sleep(0.1)
            assert failover.is_equal(folder, uri)
            assert failover.is_equal(folder, str(folder / "copy.img"))
