"""What is sent as text: events, figures, problems; and where in a file something stands."""

import json

import pytest

from core.errors import CoreError
from core.site.event import event_of, is_told, reset, stream_text
from core.site.exposition import Family, exposition
from core.site.problem import KINDS, Problem, as_problem
from core.site.store import Changed
from core.site.toml_lines import line_of


def test_events_are_lines_whatever_is_in_them() -> None:
    change = Changed(key="group/1", document={"name": "a\nid: 9\n\nb"}, revision=7)
    text = stream_text([event_of(change, change.document), reset(8)])
    first, second, rest = text.split("\n\n")
    assert first.split("\n")[:2] == ["id: 7", "event: group"]
    assert json.loads(first.split("data: ")[1])["document"] == change.document
    assert second.startswith("id: 8\nevent: reset\n")
    assert rest == ""
    assert is_told(change)
    assert not is_told(Changed(key="retry/1", document={}, revision=1))


def test_figures_are_escaped_and_exact() -> None:
    labels = {"name": 'a"b\\c\nd'}
    told = exposition([Family("x", "gauge", "It.", [(labels, 12345678), ({}, 0.5)])])
    assert told == '# HELP x It.\n# TYPE x gauge\nx{name="a\\"b\\\\c\\nd"} 12345678\nx 0.5\n'


def test_problems_are_documents() -> None:
    for kind, (status, title) in KINDS.items():
        told = Problem(kind).document()
        assert told == {"type": f"urn:isthmus:problem:{kind}", "title": title, "status": status}
    found = as_problem(CoreError("no", where="there", hint="do"))
    assert (found.document()["detail"], found.document()["hint"]) == ("there: no", "do")
    assert as_problem(found) is found
    told = Problem("invalid", "x", errors=[("body/n", "bad")]).document()
    assert told["errors"] == [{"place": "body/n", "message": "bad"}]


TOML = """a = 1
[b]
c = 1
[[d]]
e = 1
[[d]]
# e = 0
e = 1
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (["a"], 1),
        (["b"], 2),
        (["b", "c"], 3),
        (["b", "none"], 2),
        (["d", 0, "e"], 5),
        (["d", 1, "e"], 8),
        (["d", 1, "none"], 6),
        (["none"], None),
        ([], None),
    ],
)
def test_a_key_has_its_line(path: list[str | int], line: int | None) -> None:
    assert line_of(TOML, path) == line
