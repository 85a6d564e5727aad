"""A request that comes twice."""

from typing import Any

import pytest

from core.site.problem import Problem
from core.site.retry import KEPT_NS, UNKNOWN, Answer, Request, is_over
from core.site.store import Kept


def request(**other: Any) -> Request:
    told = {"caller": "a", "key": "k", "operation": "o", "target": "/t", "body": b"{}"}
    return Request.of(**{**told, **other})


def test_keys_are_of_a_caller_and_marks_of_a_request() -> None:
    assert request() == request()
    assert request(caller="b").key != request().key
    assert request(key="l").key != request().key
    for other in ({"operation": "p"}, {"target": "/u"}, {"body": b"[]"}):
        assert request(**other).key == request().key
        assert request(**other).mark != request().mark


def test_an_answer_is_given_again_with_the_revision_of_its_commit() -> None:
    answer = Answer(status=201, document={"n": 1, "revision": UNKNOWN}, location="/x")
    change = request().remember(answer, now_ns=5)
    assert change.document is not None
    kept = Kept(key=change.key, document=change.document, revision=9)
    told = request().answered(kept)
    assert told == Answer(status=201, document={"n": 1, "revision": 9}, location="/x")
    with pytest.raises(Problem) as refused:
        request(body=b"[]").answered(kept)
    assert refused.value.kind == "idempotency-key-reused"
    assert not is_over(kept.document, now_ns=KEPT_NS + 5)
    assert is_over(kept.document, now_ns=KEPT_NS + 6)


def test_what_was_begun_has_no_answer_yet() -> None:
    change = request().begun(now_ns=5)
    assert change.document is not None
    kept = Kept(key=change.key, document=change.document, revision=9)
    assert request().answered(kept) is None
    assert request().answered(None) is None
    with pytest.raises(Problem):
        request(body=b"[]").answered(kept)
