"""Levels of one's own, what is left out, and what somebody accepted."""

import re
from dataclasses import replace
from typing import Any

from compat.differ.change import Change
from compat.differ.documents import Document
from compat.differ.effect import Level
from compat.differ.gate import Accepted, Settings, gated
from compat.differ.interface import changes
from compat.differ.lifecycle import Policy
from compat.source import load_interface
from tests.compat.cli.running import V1, V2

TODAY = "2026-11-28"
OLD, NEW = (load_interface(name, validate=False).interface for name in (V1, V2))
BOTH = (Document(old=OLD, new=NEW),)
FOUND = list(changes(OLD, NEW, Policy(today=TODAY)))


def acceptance(change: Change, until: str = "2027-01-31") -> Accepted:
    return Accepted(fingerprint=change.fingerprint, owner="storage", reason="nobody", until=until)


def test_fingerprints_tell_all_changes_apart() -> None:
    assert len({change.fingerprint for change in FOUND}) == len(FOUND)


def test_a_fingerprint_knows_neither_rule_nor_place() -> None:
    change = FOUND[0]
    same = replace(change, id="another-rule", old=None, new=None, settled=Level.INFO)
    assert same.fingerprint == change.fingerprint
    assert replace(change, operation="GET /other").fingerprint != change.fingerprint


def test_what_is_accepted_is_open_no_more_and_still_told() -> None:
    result = gated(FOUND, BOTH, Settings(accepted=(acceptance(FOUND[0]),)), TODAY)
    assert [change.fingerprint for change in result.open] == [c.fingerprint for c in FOUND[1:]]
    [(change, word)] = result.accepted
    assert (change.fingerprint, word.owner) == (FOUND[0].fingerprint, "storage")
    assert result.complaints == ()


def test_an_acceptance_holds_on_its_last_day_and_then_no_more() -> None:
    settings = Settings(accepted=(acceptance(FOUND[0], until=TODAY),))
    assert gated(FOUND, BOTH, settings, TODAY).complaints == ()
    later = gated(FOUND, BOTH, settings, "2026-11-29")
    assert len(later.open) == len(FOUND)
    assert later.complaints[0].endswith(f"by storage ran out on {TODAY}")


def test_an_acceptance_of_nothing_is_a_mistake() -> None:
    word = Accepted(fingerprint="0" * 16, owner="storage", reason="typo", until="2027-01-31")
    [complaint] = gated(FOUND, BOTH, Settings(accepted=(word,)), TODAY).complaints
    assert complaint.endswith("is of no change: take it out")


def test_what_leaves_nothing_out_is_a_mistake() -> None:
    settings = Settings(
        without_paths=(re.compile("^/volume/"),),
        without_tags=frozenset({"inner"}),
        without_extensions=frozenset({"x-inner"}),
    )
    assert gated(FOUND, BOTH, settings, TODAY).complaints == (
        "without-paths: ^/volume/ fits no path",
        "without-tags: inner is the tag of no operation",
        "without-extensions: x-inner is the extension of no operation",
    )


def test_levels_of_ones_own_stand_above_the_law() -> None:
    levels = {"new-optional-request-parameter": Level.ERR, "api-path-removed": Level.INFO}
    result = gated(FOUND, BOTH, Settings(levels=levels), TODAY)
    raised = [change for change in result.open if change.id in levels]
    assert raised
    assert {change.level for change in raised} == {Level.ERR}


def test_operations_are_left_out_by_path_tag_or_extension() -> None:
    settings = Settings(without_paths=(re.compile("^/volumes"),))
    left = {change.operation for change in gated(FOUND, BOTH, settings, TODAY).open}
    assert left
    assert not any(" /volumes" in operation for operation in left)
    tagged = marked_operations(tags=("inner",))
    settings = Settings(without_tags=frozenset({"inner"}))
    whole = gated(FOUND, (tagged,), settings, TODAY).open
    assert {change.operation for change in whole} == {""}
    internal = marked_operations(extensions={"x-internal": True})
    settings = Settings(without_extensions=frozenset({"x-internal"}))
    assert len(gated(FOUND, (internal,), settings, TODAY).open) == len(whole)


def marked_operations(**marks: Any) -> Document:
    """Both versions, with every operation marked in both."""
    old, new = (
        replace(side, operations=tuple(replace(each, **marks) for each in side.operations))
        for side in (OLD, NEW)
    )
    return Document(old=old, new=new)


def test_what_one_version_looks_at_is_looked_at() -> None:
    """Else a tag on the new version would be enough to break what was public."""
    new = marked_operations(tags=("inner",)).new
    settings = Settings(without_tags=frozenset({"inner"}))
    open_ = gated(FOUND, (Document(old=OLD, new=new),), settings, TODAY).open
    kept = {str(operation.key) for operation in OLD.operations}
    assert {change.operation for change in FOUND} & kept <= {change.operation for change in open_}


def in_documents(*names: str) -> tuple[list[Change], list[Document]]:
    """The first change in each of these."""
    return (
        [replace(FOUND[0], document=name) for name in names],
        [Document(name=name, old=OLD, new=NEW) for name in names],
    )


def test_an_acceptance_without_a_document_is_of_one_document_or_of_none() -> None:
    settings = Settings(accepted=(acceptance(FOUND[0]),))
    alone = gated(*in_documents("a.yaml"), settings, TODAY)
    assert (alone.open, alone.complaints) == ((), ())
    result = gated(*in_documents("a.yaml", "b.yaml"), settings, TODAY)
    assert len(result.open) == 2
    assert [each.partition(" may be ")[2] for each in result.wrong] == [
        "of a change in a.yaml, b.yaml: name its document"
    ]
    assert result.idle == ()


def test_an_acceptance_is_of_the_document_that_it_names() -> None:
    both = tuple(replace(acceptance(FOUND[0]), document=name) for name in ("a.yaml", "b.yaml"))
    for words, left in ((both, []), (both[:1], ["b.yaml"]), (both[1:], ["a.yaml"])):
        result = gated(*in_documents("a.yaml", "b.yaml"), Settings(accepted=words), TODAY)
        assert [change.document for change in result.open] == left
        assert result.complaints == ()
    result = gated(*in_documents("b.yaml"), Settings(accepted=both[:1]), TODAY)
    assert len(result.open) == 1
    assert result.wrong == ()
    assert [each.partition(" is of ")[2] for each in result.idle] == [
        "a change in b.yaml, not in a.yaml: correct it"
    ]


def test_a_document_may_be_called_by_the_end_of_its_path() -> None:
    *_, folder, name = V2.split("/")
    for words, is_accepted in (
        (name, True),
        (f"{folder}/{name}", True),
        (f"./{folder}/{name}", True),
        (name[1:], False),
        (f"another/{name}", False),
    ):
        word = replace(acceptance(FOUND[0]), document=words)
        result = gated(FOUND, BOTH, Settings(accepted=(word,)), TODAY)
        assert bool(result.accepted) is is_accepted, words
        assert (result.complaints == ()) is is_accepted, words
