"""The hooks file: typed, checked, and never silently out of date."""

import pytest

from compat.emit.hooks import stale_or_missing, stub
from compat.emit.package import emit
from compat.lens.ops import Flow, Hook, Lens
from compat.plan.bridge import HookKind, HookNeed
from tests.compat.emit.making import imported, plan_of, running, value_hooks

ARCHIVE = HookNeed(
    name="archive", kind=HookKind.EXCHANGE, difference="d2", purpose="archives by two calls"
)
NEEDS = (*value_hooks("turn"), ARCHIVE)
GOOD = "".join(stub(need) for need in NEEDS)


def test_a_stub_is_a_function_to_fill_in() -> None:
    assert stub(NEEDS[0]) == (
        'def turn_up(value: Json) -> Json:\n    """turn it (difference d0)"""\n    ...\n'
    )
    assert stub(ARCHIVE).startswith("def archive(request: Request) -> Flow:\n")


def test_a_complete_file_is_fine() -> None:
    assert stale_or_missing(GOOD, NEEDS) == ()
    assert stale_or_missing(None, ()) == ()


def test_functions_may_come_from_elsewhere() -> None:
    source = "from ours import turn_up, swing as turn_down\narchive = make()\n"
    assert stale_or_missing(source, NEEDS) == ()


@pytest.mark.parametrize("source", [None, "", "def turn_up(value): ...\n"])
def test_missing_functions_are_named_with_their_stubs(source: str | None) -> None:
    complaints = stale_or_missing(source, NEEDS)
    assert complaints[-1] == (
        f"hooks.py lacks archive, for difference d2; write:\n\n{stub(ARCHIVE)}"
    )
    assert len(complaints) == (2 if source else 3)


@pytest.mark.parametrize(
    "function",
    [
        "def other_up(value): ...",
        "def other_down(value: Json) -> Json: ...",
        "def replay(request: Request) -> Flow: ...",
        'def replay(request) -> "Flow": ...',
    ],
)
def test_functions_that_nothing_needs_any_more_are_stale(function: str) -> None:
    (complaint,) = stale_or_missing(f"{GOOD}\n{function}\n", NEEDS)
    assert "is stale" in complaint
    assert complaint.startswith("hooks.py:11: ")


@pytest.mark.parametrize(
    "function", ["def _other_up(value): ...", "def helper(value): ...", "x_up = 1", "class Y: ..."]
)
def test_other_things_in_the_file_are_its_own_business(function: str) -> None:
    assert stale_or_missing(f"{GOOD}\n{function}\n", NEEDS) == ()


@pytest.mark.parametrize("source", ["def (", "\0"])
def test_a_file_that_is_no_python_is_told(source: str) -> None:
    (complaint,) = stale_or_missing(source, NEEDS)
    assert complaint.startswith("hooks.py:1: this is no Python")


def test_the_role_modules_fail_early_and_say_what_to_write() -> None:
    lens: Lens = (Hook(name="turn", flow=Flow.UP, difference="d0"),)
    files = emit(plan_of({"one": lens}, hooks=value_hooks("turn")), "shim", allow_gaps=False)
    with (
        imported(files) as module,
        pytest.raises(ImportError, match=r"hooks\.py.* is missing") as one,
    ):
        module("old_client")
    assert stub(NEEDS[0]) in str(one.value)
    partly = {**files, "hooks.py": b"def turn_up(value): return value\nturn_down = 5\n"}
    with imported(partly) as module, pytest.raises(ImportError, match="lacks turn_down") as other:
        module("new_client")
    assert stub(NEEDS[1]) in str(other.value)
    assert stub(NEEDS[0]) not in str(other.value)


def test_an_import_that_fails_inside_the_file_is_not_hidden() -> None:
    files = emit(plan_of({}, hooks=value_hooks("turn")), "shim", allow_gaps=False)
    broken = {**files, "hooks.py": b"import no_such_module\n"}
    with imported(broken) as module, pytest.raises(ImportError, match="no_such_module"):
        module("old_client")


def test_a_hook_is_given_the_value_and_gives_its_own() -> None:
    lens: Lens = (Hook(name="turn", flow=Flow.UP, difference="d0"),)
    hooks = "def turn_up(value): return [value]\ndef turn_down(value): return value[0]\n"
    with running(plan_of({"one": lens}, hooks=value_hooks("turn")), hooks=hooks) as module:
        assert module("lenses.one").one_up(None) == [None]
        assert module("lenses.one").one_down([{"a": 1}]) == {"a": 1}
        assert module("counters").totals() == {("d0", "down"): 1, ("d0", "up"): 1}
