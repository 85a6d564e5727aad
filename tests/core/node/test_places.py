"""Where images may lie, and how they come to be."""

from pathlib import Path

import pytest

from core.driver.node.places import Places, image_path, image_size, make_image
from core.site.problem import Problem


def test_an_image_lies_in_a_folder_that_is_named_and_not_among_what_the_node_keeps(
    tmp_path: Path,
) -> None:
    folder, places = tmp_path / "images", Places(tmp_path / "images" / "state")
    places.top.mkdir(parents=True)
    (folder / "out").symlink_to(tmp_path)
    (folder / "in").symlink_to(folder / "deep")
    assert image_path(f"{folder}/a.img", (folder,), places) == folder / "a.img"
    assert image_path(f"{folder}/in/a.img", (folder,), places) == folder / "deep" / "a.img"
    for word in (
        f"{folder}/../a.img",
        f"{folder}/out/a.img",
        f"{folder}x/a.img",
        f"{folder}",
        f"{places.store}",
        f"{places.top}/new.img",
        f"{folder}/out/images/state/site.db",
    ):
        with pytest.raises(Problem, match="images do not lie there"):
            image_path(word, (folder,), places)


def test_what_no_file_can_be_called_is_refused(tmp_path: Path) -> None:
    folder, places = tmp_path / "images", Places(tmp_path / "state")
    places.top.mkdir()
    folder.mkdir()
    (folder / "one").symlink_to(folder / "two")
    (folder / "two").symlink_to(folder / "one")
    for word in ("\ud800", "one", "a\0b"):
        with pytest.raises(Problem, match="there can be no such image"):
            image_path(f"{folder}/{word}", (folder,), places)
    with pytest.raises(Problem, match="name too long"):
        image_size(image_path(f"{folder}/{'x' * 300}", (folder,), places), 8192)


def test_an_image_has_the_size_that_it_has_or_gets(tmp_path: Path) -> None:
    path = tmp_path / "a.img"
    assert image_size(path, 8192) == 8192
    make_image(path, 8192)
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(b"x" * 8192)
    make_image(path, 4096)
    assert path.read_bytes() == b"x" * 8192
    assert (image_size(path, None), image_size(path, 8192)) == (8192, 8192)
    for wrong, wanted, what in (
        (path, 4096, "it has 8192 bytes, and not 4096"),
        (tmp_path / "none.img", None, "there is no such image"),
        (tmp_path / "none" / "a.img", 4096, "there is no folder"),
        (tmp_path, 4096, "neither a file nor a block device"),
        (Path("/dev/null"), None, "neither a file nor a block device"),
    ):
        with pytest.raises(Problem, match=what):
            image_size(wrong, wanted)
    path.write_bytes(b"x" * 4097)
    with pytest.raises(Problem, match="no volume has 4097 bytes"):
        image_size(path, None)
