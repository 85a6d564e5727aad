"""The hooks file: typed, checked, and never silently out of date."""

import pytest

from compat.emit.hooks import hook_complaints, stub
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
        "from .message import Json\n\n\n"
        'def turn_up(value: Json) -> Json:\n    """turn it (difference d0)"""\n    ...\n'
    )
    assert stub(ARCHIVE).startswith(
        "from .message import Flow, Request\n\n\ndef archive(request: Request) -> Flow:\n"
    )


def test_a_complete_file_is_fine() -> None:
    assert hook_complaints(GOOD, NEEDS) == ()
    assert hook_complaints(None, ()) == ()


def test_functions_may_come_from_elsewhere() -> None:
    source = "from ours import turn_up, swing as turn_down\narchive = make()\n"
    assert hook_complaints(source, NEEDS) == ()


@pytest.mark.parametrize("source", [None, "", "def turn_up(value): ...\n"])
def test_missing_functions_are_named_with_their_stubs(source: str | None) -> None:
    complaints = hook_complaints(source, NEEDS)
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
    (complaint,) = hook_complaints(f"{GOOD}\n{function}\n", NEEDS)
    assert "is stale" in complaint
    assert complaint.startswith(f"hooks.py:{len(GOOD.splitlines()) + 2}: ")


@pytest.mark.parametrize(
    "function", ["def _other_up(value): ...", "def helper(value): ...", "x_up = 1", "class Y: ..."]
)
def test_other_things_in_the_file_are_its_own_business(function: str) -> None:
    assert hook_complaints(f"{GOOD}\n{function}\n", NEEDS) == ()


@pytest.mark.parametrize(
    ("function", "takes"),
    [
        ("def turn_up(): ...", "no arguments"),
        ("def turn_up(value, unit): ...", "2 arguments"),
        ("def turn_up(*, value): ...", "1 argument by its name alone"),
        ("def turn_up(value, *, unit): ...", "2 arguments"),
        ("turn_up = lambda: 1", "no arguments"),
        ("def turn_up(value): ...\ndef turn_up(a, b): ...", "2 arguments"),
    ],
)
def test_a_function_that_does_not_take_the_one_argument_is_told(function: str, takes: str) -> None:
    (complaint,) = hook_complaints(f"{GOOD}\n{function}\n", NEEDS)
    line = len(GOOD.splitlines()) + 1 + len(function.splitlines())
    assert complaint == (
        f"hooks.py:{line}: turn_up takes {takes}, and is given one: "
        "make it def turn_up(value: Json) -> Json"
    )


@pytest.mark.parametrize(
    "function",
    [
        "def turn_up(value, unit=1, *, base=10): ...",
        "def turn_up(value=None, /): ...",
        "def turn_up(*values, **rest): ...",
        "turn_up = lambda value: value",
        "turn_up = made(1, 2)",
        "@with_unit\ndef turn_up(value, unit): ...",
        "def turn_up(a, b): ...\nfrom ours import turn_up",
    ],
)
def test_whatever_can_be_called_with_one_argument_is_fine(function: str) -> None:
    assert hook_complaints(f"{GOOD}\n{function}\n", NEEDS) == ()


@pytest.mark.parametrize("source", ["def (", "\0"])
def test_a_file_that_is_no_python_is_told(source: str) -> None:
    (complaint,) = hook_complaints(source, NEEDS)
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


def test_the_stubs_run_as_they_are_printed() -> None:
    lens: Lens = (Hook(name="turn", flow=Flow.UP, difference="d0"),)
    hooks = "".join(map(stub, value_hooks("turn")))
    with running(plan_of({"one": lens}, hooks=value_hooks("turn")), hooks=hooks) as module:
        assert module("lenses.one").one_up({"a": 1}) is None


def test_the_stub_of_an_exchange_runs_as_it_is_printed() -> None:
    plan = plan_of({}, hooks=(ARCHIVE,))
    with running(plan, hooks=stub(ARCHIVE)) as module:
        assert callable(module("hooks_protocol").HOOKS.archive)
