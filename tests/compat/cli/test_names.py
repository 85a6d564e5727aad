"""What two versions are called when nobody says."""

import pytest

from compat.cli.planning import names_apart


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (("specs/v1.51.yaml", "1.51"), ("specs/v1.52.yaml", "1.52"), ("v1.51", "v1.52")),
        (("csp/2019-10.yaml", "1.0.0"), ("csp/2020-07.yaml", "1.0.0"), ("2019-10", "2020-07")),
        (("a/api.yaml", "1"), ("b/api.yaml", "2"), ("1", "2")),
        (("a/api.yaml", "1"), ("b/api.yaml", "1"), ("old", "new")),
        (("git:v1:api.yaml", "1"), ("git:v2:api.yaml", "2"), ("v1", "v2")),
        (("git:v1:api.yaml", "1"), ("api.yaml", "2"), ("1", "2")),
        (("-", "1"), ("v2.yaml", "2"), ("1", "2")),
        (("-", ""), ("v2.yaml", "2"), ("old", "new")),
    ],
)
def test_the_first_of_file_revision_and_version_that_differs(
    old: tuple[str, str], new: tuple[str, str], expected: tuple[str, str]
) -> None:
    assert names_apart(old, new) == expected
