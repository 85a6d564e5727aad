"""A state that several files tell; nodes are in tests/core/node."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from compat.errors import Exit
from core.cli.plan.configuration.layers import laid_over
from core.cli.plan.document import Described, Steps
from tests.core.cli.plan.goals import GOALS, STATE, changed, written
from tests.core.cli.running import Here


def told(name: str, value: Any) -> Described:
    def where(steps: Steps) -> str:
        return f"{name}:{'.'.join(map(str, steps))}"

    return Described(value, where)


def files(folder: Path, **states: Any) -> tuple[str, ...]:
    """The words of a command that plans from these states, each laid over the one before."""
    words = [*written(folder)[:3]]
    for name, value in states.items():
        path = folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(value, sort_keys=False), encoding="utf-8")
        words += ["--state", str(path)]
    return tuple(words)


def test_what_several_tell_is_one_state(here: Here, tmp_path: Path) -> None:
    plain = here.json(*written(tmp_path))
    link = dict(STATE["links"][0])
    bandwidth = link.pop("bandwidth")
    below = changed(changed(STATE, ("links",), [link]), ("pools",), None)
    below = changed(below, ("groups", 1, "iops"), 7)
    above = {
        "links": [{"name": "wan", "bandwidth": bandwidth}],
        "pools": STATE["pools"],
        "groups": [{"name": "archive", "iops": STATE["groups"][1]["iops"]}],
    }
    assert here.json(*files(tmp_path, below=below, above=above)) == plain
    assert here.json(*files(tmp_path, nothing={}, below=below, above=above)) == plain


def test_a_place_is_that_of_whoever_told_it() -> None:
    below = told("below", {"a": {"x": 1, "y": 1}, "list": [{"name": "one", "x": 1}], "only": [1]})
    above = told("above", {"a": {"y": 2}, "list": [{"name": "two"}, {"name": "one", "y": 2}]})
    found = laid_over(below, above)
    assert found.value == {
        "a": {"x": 1, "y": 2},
        "list": [{"name": "one", "x": 1, "y": 2}, {"name": "two"}],
        "only": [1],
    }
    assert found.where(("a", "x")) == "below:a.x"
    assert found.where(("a", "y")) == "above:a.y"
    assert found.where(("list", 0, "x")) == "below:list.0.x"
    assert found.where(("list", 0, "y")) == "above:list.1.y"
    assert found.where(("list", 0, "none")) == "above:list.1.none"
    assert found.where(("list", 1, "name")) == "above:list.0.name"
    assert found.where(("only", 0)) == "below:only.0"
    assert found.where(()) == "above:"
    once_more = laid_over(found, told("top", {"list": [{"name": "two", "x": 3}]}))
    assert once_more.where(("list", 1, "x")) == "top:list.0.x"
    assert once_more.where(("list", 0, "y")) == "above:list.1.y"


def test_lists_without_names_are_the_later_ones() -> None:
    below, above = told("below", {"rates": [1, 2], "few": []}), told("above", {"rates": [3]})
    found = laid_over(below, above)
    assert found.value == {"rates": [3], "few": []}
    assert found.where(("rates", 0)) == "above:rates.0"


@pytest.mark.parametrize(
    ("above", "place", "word"),
    [
        ({"links": [{"name": "wan", "rtt": "fast"}]}, "above", "A time|There and back"),
        ({"links": [{"name": "lan"}]}, "above", "bandwidth is missing"),
        ({"speed": 3}, "above", "there is no such key"),
        ({"appliances": [{"name": "a1"}, {"name": "a1", "cpu": 2}]}, "above", "rate is missing"),
        ({"groups": [{"name": "payroll", "link": "lan"}]}, "above", "there is no link lan"),
    ],
)
def test_what_is_wrong_is_told_with_its_file(
    here: Here, tmp_path: Path, above: Any, place: str, word: str
) -> None:
    ended = here(*files(tmp_path, below=STATE, above=above))
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert re.search(rf"{place}\.yaml:\d+: ", ended.err), ended.err
    assert re.search(word, ended.err), ended.err


def test_the_result_goes_over_none_of_them(here: Here, tmp_path: Path) -> None:
    words = files(tmp_path, below=STATE, above={"state": 1})
    ended = here(*words, "--output", tmp_path / "below.yaml")
    assert ended.code == Exit.BAD_INPUT
    assert "made from" in ended.err


def test_what_was_measured_may_be_of_another_time(here: Here, tmp_path: Path) -> None:
    measured = {
        "bandwidth": "4MB/s",
        "lag": [0, 0.5, 0.1],
        "writes": {"every": "1s", "rates": ["1MB/s", "6MB/s", "1MB/s"]},
    }
    state = changed(STATE, ("groups", 0, "measured"), measured)
    assert "lag as reckoned times" in here(*written(tmp_path, GOALS, state)).out
    short = changed(state, ("groups", 0, "measured", "lag"), [0])
    ended = here(*written(tmp_path, GOALS, short))
    assert ended.code == Exit.BAD_INPUT
    assert "1 of them, and 3 samples" in ended.err


def test_a_node_that_is_not_there_is_told(here: Here, tmp_path: Path) -> None:
    goals = written(tmp_path)[2]
    ended = here("plan", "config", goals, "--state", "http://127.0.0.1:9")
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert "the site was not reached" in ended.err


NODE = {"id": "n1", "name": "left", "time": "2026-01-01T00:00:00Z"}
GROUP = {"id": "g1", "name": "payroll", "role": "production", "copies": []}


@contextmanager
def answering(answers: Mapping[str, bytes]) -> Iterator[str]:
    """The URL of what answers so at each path, and is no node."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = answers[self.path.partition("?")[0]]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()


@pytest.mark.parametrize(
    ("path", "answer", "word"),
    [
        ("/v1/node", b"", "tells of no node: all of it"),
        ("/v1/node", b"\xff<html>", "is no JSON"),
        ("/v1/node", b"[]", "tells of no node: all of it"),
        ("/v1/node", b'{"id": "n1", "name": "left", "time": 5}', "tells of no node: time: 5"),
        ("/v1/groups", b"[]", "is none of this interface"),
        ("/v1/groups", b'{"groups": []}', "is none of this interface"),
        ("/v1/groups", b'{"groups": [1], "next": null}', "tells of no group: all of it: 1"),
        ("/v1/groups/g1/timeline", b"{}", "tells of no timeline: all of it: 'spans'"),
        (
            "/v1/groups/g1/timeline",
            b'{"spans": [{"from": "x", "to": "y", "writes": -1, "bytes": 1, "points": 1}]}',
            "tells of no timeline: spans[0].writes: -1",
        ),
    ],
)
def test_what_is_no_node_is_told_and_what_it_should_be(
    here: Here, tmp_path: Path, path: str, answer: bytes, word: str
) -> None:
    answers = {
        "/v1/node": json.dumps(NODE).encode(),
        "/v1/groups": json.dumps({"groups": [GROUP], "next": None}).encode(),
        path: answer,
    }
    with answering(answers) as url:
        ended = here(*written(tmp_path)[:3], "--state", url)
        assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
        assert f"{url}: what" in ended.err, ended.err
    assert word in ended.err, ended.err
    assert "is that a node of Isthmus" in ended.err


def test_a_url_that_is_none_is_told(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISTHMUS_TOKEN", "secret")
    ended = here(*written(tmp_path)[:3], "--state", "http://[::1")
    assert (ended.code, ended.out) == (Exit.BAD_INPUT, "")
    assert "http://[::1: cannot be asked" in ended.err
    assert "write it as" in ended.err
