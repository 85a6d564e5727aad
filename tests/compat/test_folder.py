"""What in a folder is a spec, and what only looks like one."""

from pathlib import Path

import pytest

from compat.folder import open_if_spec
from compat.load import SpecError


def written(folder: Path, data: bytes) -> str:
    path = folder / "api.yaml"
    path.write_bytes(data)
    return str(path)


@pytest.mark.parametrize(
    "data",
    [
        "openapi: 3.0.3\n{".encode("utf-8-sig"),
        "openapi: 3.0.3\n{".encode("utf-16"),
        b"  openapi: 3.0.3\n{",
        b"? openapi\n: 3.0.3\n{",
    ],
)
def test_a_broken_spec_is_told_however_it_is_written(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(SpecError):
        open_if_spec(written(tmp_path, data), strict=False, remote=False)


def test_a_spec_may_write_its_mark_with_escapes(tmp_path: Path) -> None:
    data = b'{"\\u006fpenapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {}}'
    assert open_if_spec(written(tmp_path, data), strict=False, remote=False) is not None


@pytest.mark.parametrize("data", [b"name: lamp\n{", b"- openapi\n{", b"openapi is a word\n: {"])
def test_what_is_broken_and_no_spec_is_left_aside(tmp_path: Path, data: bytes) -> None:
    assert open_if_spec(written(tmp_path, data), strict=False, remote=False) is None
