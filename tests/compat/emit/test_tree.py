"""Trees of files compared whole."""

import pytest

from compat.emit.tree import Staleness, compare

EMITTED = {"a.py": b"1", "sub/b.py": b"2"}


def test_the_same_tree_is_fresh() -> None:
    assert compare(EMITTED, dict(EMITTED)).is_fresh


@pytest.mark.parametrize(
    ("on_disk", "found"),
    [
        ({"a.py": b"x", "sub/b.py": b"2"}, Staleness(changed=("a.py",), missing=(), orphaned=())),
        ({"a.py": b"1"}, Staleness(changed=(), missing=("sub/b.py",), orphaned=())),
        ({}, Staleness(changed=(), missing=("a.py", "sub/b.py"), orphaned=())),
        (
            {**EMITTED, "old.py": b"", "sub/c.py": b""},
            Staleness(changed=(), missing=(), orphaned=("old.py", "sub/c.py")),
        ),
    ],
)
def test_what_differs_is_told(on_disk: dict[str, bytes], found: Staleness) -> None:
    assert compare(EMITTED, on_disk) == found
    assert not found.is_fresh


def test_the_users_hooks_and_caches_do_not_count() -> None:
    there = {**EMITTED, "hooks.py": b"", "__pycache__/a.pyc": b"", "sub/__pycache__/b.pyc": b""}
    assert compare(EMITTED, there).is_fresh
    assert not compare(EMITTED, {**EMITTED, "sub/hooks.py": b""}).is_fresh
