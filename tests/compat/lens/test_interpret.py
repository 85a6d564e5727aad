"""How a lens finds its way: focus, names, variants, hooks, refusals, depth."""

import pytest

from compat.lens import ops
from compat.lens.interpret import (
    APPLY_DEPTH_MAX,
    ApplyDepthError,
    Context,
    UnknownNameError,
    apply,
    apply_to_message,
)
from compat.lens.ops import (
    ITEM,
    VALUE,
    Apply,
    Branch,
    Case,
    Default,
    Drop,
    Enclose,
    Flow,
    Focus,
    Gap,
    Hook,
    Lens,
    Loss,
    Move,
    Rename,
    Step,
    Unwrap,
    Value,
    Wrap,
    invert,
)
from compat.lens.refusal import Path, Refused
from compat.model.schema import ABSENT, Json, Kind
from tests.compat.lens.exactly import written

HERE = Context()
D = "0123456789ab"
WRAP: Lens = (Wrap(loss=Loss.KEEP, difference=D),)
UNWRAP: Lens = (Unwrap(loss=Loss.DROP, difference=D),)
GAP: Lens = (Gap(forward=True, back=False, difference=D),)
HAS_A = ops.Test(has_field="a")
RENAME: Lens = (Rename(old="a", new="b", difference=D),)


def focus(lens: Lens, *path: Step) -> Lens:
    return (Focus(path=path, lens=lens),)


def tag(text: str) -> Lens:
    """Marks the object it is applied to."""
    return (Default(field="tag", value=text, loss=Loss.KEEP, difference=D),)


def message(lens: Lens, **parts: Json) -> Json:
    request: dict[str, Json] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
    return apply_to_message(lens, request | parts, HERE)


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ((), 1, [1]),
        (("a",), {"a": 1, "b": 1}, {"a": [1], "b": 1}),
        (("a",), {"b": 1}, {"b": 1}),
        (("a", "b"), {"a": {"b": 1}, "b": 1}, {"a": {"b": [1]}, "b": 1}),
        (("a", "b"), {"a": [{"b": 1}]}, {"a": [{"b": 1}]}),
        ((ITEM,), [1, 2], [[1], [2]]),
        ((ITEM,), {"a": 1}, {"a": 1}),
        ((ITEM,), 1, 1),
        ((VALUE,), {"a": 1, "b": 2}, {"a": [1], "b": [2]}),
        ((VALUE,), [1], [1]),
        (("a", ITEM, "b"), {"a": [{"b": 1}, {}, 5]}, {"a": [{"b": [1]}, {}, 5]}),
        ((VALUE, VALUE), {"a": {"b": 1}, "c": 2}, {"a": {"b": [1]}, "c": 2}),
        (("a",), "a", "a"),
    ],
)
def test_focus_leads_to_what_is_there(path: tuple[Step, ...], before: Json, after: Json) -> None:
    assert written(apply(focus(WRAP, *path), before, HERE)) == written(after)


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ((), [], ABSENT),
        (("a",), {"a": [], "b": 1}, {"b": 1}),
        (("a", "b"), {"a": {"b": []}}, {"a": {}}),
        ((ITEM,), [[], [1], []], [1]),
        ((ITEM,), [[]], []),
        ((VALUE,), {"a": [], "b": [1]}, {"b": 1}),
        ((ITEM, "a"), [{"a": []}], [{}]),
    ],
)
def test_what_becomes_absent_leaves_what_held_it(
    path: tuple[Step, ...], before: Json, after: Value
) -> None:
    assert written(apply(focus(UNWRAP, *path), before, HERE)) == written(after)


def test_nothing_more_happens_to_what_has_become_absent() -> None:
    context = Context(hooks={"any_up": lambda value: value})
    hook = Hook(name="any", flow=Flow.UP, difference=D)
    assert apply((*UNWRAP, *WRAP, hook, *GAP), [], context) is ABSENT


def test_operations_are_applied_in_order() -> None:
    lens: Lens = (*RENAME, Rename(old="b", new="c", difference=D), *focus(WRAP, "c"))
    assert apply(lens, {"a": 1}, HERE) == {"c": [1]}


def test_a_named_lens_is_applied_up_and_its_inverse_down() -> None:
    context = Context(lenses={"volume": RENAME})
    assert apply((Apply(name="volume", flow=Flow.UP),), {"a": 1}, context) == {"b": 1}
    assert apply((Apply(name="volume", flow=Flow.DOWN),), {"b": 1}, context) == {"a": 1}
    assert apply(invert((Apply(name="volume", flow=Flow.UP),)), {"b": 1}, context) == {"a": 1}


def test_a_named_lens_may_apply_itself_further_down() -> None:
    tree: Lens = (*RENAME, *focus((Apply(name="tree", flow=Flow.UP),), "kids", ITEM))
    context = Context(lenses={"tree": tree})
    old: Json = {"a": 1, "kids": [{"a": 2, "kids": []}, {"a": 3}]}
    new: Json = {"b": 1, "kids": [{"b": 2, "kids": []}, {"b": 3}]}
    assert apply((Apply(name="tree", flow=Flow.UP),), old, context) == new
    assert apply((Apply(name="tree", flow=Flow.DOWN),), new, context) == old


def test_a_lens_that_nobody_named_is_an_error() -> None:
    with pytest.raises(UnknownNameError, match="no lens is named volume"):
        apply((Apply(name="volume", flow=Flow.UP),), {}, HERE)


@pytest.mark.parametrize(
    ("test", "members", "others"),
    [
        (ops.Test(), [None, 1, {}, []], []),
        (ops.Test(kind=Kind.NULL), [None], [False, 0, "", {}]),
        (ops.Test(kind=Kind.BOOLEAN), [True, False], [0, 1, "true", None]),
        (ops.Test(kind=Kind.INTEGER), [0, -1], [True, 1.0, "1"]),
        (ops.Test(kind=Kind.NUMBER), [0, 1.0, float("nan")], [True, "1"]),
        (ops.Test(kind=Kind.STRING), [""], [None, ["a"]]),
        (ops.Test(kind=Kind.ARRAY), [[]], [{}, "[]"]),
        (ops.Test(kind=Kind.OBJECT), [{}], [[], None]),
        (ops.Test(has_field="a"), [{"a": None}], [{}, {"b": 1}, "a", ["a"]]),
        (ops.Test(field_is=("a", "x")), [{"a": "x"}], [{"a": "y"}, {"a": ["x"]}, {}, "x"]),
        (ops.Test(kind=Kind.ARRAY, has_field="a"), [], [{"a": 1}, []]),
        (
            ops.Test(has_field="a", field_is=("b", "x")),
            [{"a": 1, "b": "x"}],
            [{"a": 1}, {"b": "x"}],
        ),
    ],
)
def test_a_branch_is_taken_by_its_members(
    test: ops.Test, members: list[Json], others: list[Json]
) -> None:
    into_x: Lens = (Enclose(name="x", loss=Loss.KEEP, difference=D),)
    lens: Lens = (Case(branches=(Branch(test=test, back=ops.Test(), lens=into_x),)),)
    for member in members:
        assert written(apply(lens, member, HERE)) == written({"x": member})
    for other in others:
        assert written(apply(lens, other, HERE)) == written(other)


def test_only_the_first_branch_that_fits_is_taken() -> None:
    case = Case(
        branches=(
            Branch(
                test=ops.Test(has_field="a"), back=ops.Test(field_is=("tag", "1")), lens=tag("1")
            ),
            Branch(test=ops.Test(has_field="tag"), back=ops.Test(), lens=(*tag("2"), *RENAME)),
            Branch(test=ops.Test(), back=ops.Test(), lens=tag("3")),
        )
    )
    assert apply((case,), {"a": 1}, HERE) == {"a": 1, "tag": "1"}
    assert apply((case,), {"b": 1}, HERE) == {"b": 1, "tag": "3"}
    assert apply(invert((case,)), {"a": 1, "tag": "1"}, HERE) == {"a": 1}
    assert apply(invert((case,)), {"b": 1, "tag": "2"}, HERE) == {"a": 1}


def test_a_value_of_no_branch_passes() -> None:
    case = Case(branches=(Branch(test=ops.Test(kind=Kind.STRING), back=ops.Test(), lens=GAP),))
    assert apply((case,), 1, HERE) == 1


def test_a_branch_may_end_in_absence() -> None:
    case = Case(branches=(Branch(test=ops.Test(kind=Kind.ARRAY), back=ops.Test(), lens=UNWRAP),))
    assert apply((*focus((case,), ITEM),), [[], 1], HERE) == [1]


def test_a_hook_is_called_by_its_direction() -> None:
    context = Context(hooks={"size_up": lambda value: [value], "size_down": lambda _: None})
    hook = Hook(name="size", flow=Flow.UP, difference=D)
    assert apply((hook,), None, context) == [None]
    assert apply(invert((hook,)), 5, context) is None


def test_a_hook_may_change_what_it_is_given_and_keep_what_it_gives() -> None:
    kept: list[Json] = []

    def careless(value: Json) -> Json:
        assert isinstance(value, list)
        value.append("changed")
        kept.append(value)
        return value

    document: list[Json] = [["a"]]
    hook = Hook(name="careless", flow=Flow.UP, difference=D)
    context = Context(hooks={"careless_up": careless})
    answer = apply(focus((hook,), ITEM), document, context)
    assert answer == [["a", "changed"]]
    assert document == [["a"]]
    assert isinstance(answer, list)
    assert answer[0] is not kept[0]


def test_a_hook_that_is_not_there_is_an_error() -> None:
    with pytest.raises(UnknownNameError, match="the hooks file has no function size_down"):
        apply((Hook(name="size", flow=Flow.DOWN, difference=D),), 1, HERE)


def test_what_a_hook_raises_passes() -> None:
    def failing(_value: Json) -> Json:
        raise LookupError("not here")

    with pytest.raises(LookupError, match="not here"):
        apply((Hook(name="x", flow=Flow.UP, difference=D),), 1, Context(hooks={"x_up": failing}))


@pytest.mark.parametrize(
    ("path", "document", "found", "pointer"),
    [
        ((), 1, (), ""),
        (("a", ITEM, "b"), {"a": [{}, {"b": 1}, {"b": 2}]}, ("a", 1, "b"), "/a/1/b"),
        ((VALUE,), {"b/~": 1, "a": 2}, ("b/~",), "/b~1~0"),
    ],
)
def test_a_refusal_says_where(
    path: tuple[Step, ...], document: Json, found: Path, pointer: str
) -> None:
    with pytest.raises(Refused) as caught:
        apply(focus(GAP, *path), document, HERE)
    assert caught.value.path == found
    assert caught.value.where == pointer
    assert caught.value.difference == D
    assert caught.value.what == f"nothing bridges this value (difference {D})"


def test_a_refusal_inside_of_a_named_lens_and_a_branch_says_the_whole_way() -> None:
    drop = Drop(field="c", value=ABSENT, loss=Loss.REFUSE, difference=D)
    case = Case(branches=(Branch(test=ops.Test(), back=ops.Test(), lens=focus((drop,), "b")),))
    context = Context(lenses={"deep": (case,)})
    with pytest.raises(Refused) as caught:
        apply(focus((Apply(name="deep", flow=Flow.UP),), ITEM), [{"b": {"c": 1}}], context)
    assert caught.value.path == (0, "b", "c")


def test_the_first_refusal_counts() -> None:
    one, other = (Gap(forward=True, back=False, difference=name) for name in ("one", "other"))
    with pytest.raises(Refused) as caught:
        apply((*focus((one,), "b"), *focus((other,), "a")), {"a": 1, "b": 1}, HERE)
    assert caught.value.difference == "one"


def test_nothing_is_there_to_refuse() -> None:
    assert apply(focus(GAP, "a"), {"b": 1}, HERE) == {"b": 1}


def test_a_message_keeps_its_parts_but_not_an_empty_body() -> None:
    move = Move(source=("query", "a"), target=("body", "b", "c"), difference=D)
    query: Json = {"query": {"a": ["1"]}, "path": {}, "header": {}, "cookie": {}}
    body: Json = {"query": {}, "path": {}, "header": {}, "cookie": {}, "body": {"b": {"c": ["1"]}}}
    assert message((move,), query={"a": ["1"]}) == body
    assert message(invert((move,)), body={"b": {"c": ["1"]}}) == query


@pytest.mark.parametrize("part", ["path", "query", "header", "cookie"])
def test_what_is_no_message_keeps_no_part(part: str) -> None:
    move: Lens = (Move(source=(part, "a"), target=("b",), difference=D),)
    before: Json = {part: {"a": 1}}
    assert apply(move, before, HERE) == {"b": 1}
    assert message(focus(move, "body"), body=before) == message((), body={"b": 1})


def test_a_message_is_one_in_a_branch_a_named_lens_and_a_focus_on_itself() -> None:
    move: Lens = (Move(source=("query", "a"), target=("body",), difference=D),)
    case = Case(branches=(Branch(test=ops.Test(), back=ops.Test(), lens=focus(move)),))
    context = Context(lenses={"whole": (case,)})
    document: dict[str, Json] = {"query": {"a": 1}}
    answer = apply_to_message((Apply(name="whole", flow=Flow.UP),), document, context)
    assert answer == {"query": {}, "body": 1}


def test_an_opaque_body_stays_and_is_in_the_way() -> None:
    move = Move(source=("query", "a"), target=("body", "b"), difference=D)
    opaque: Json = b"\x00"  # type: ignore[assignment]
    before = message((), query={"a": ["1"]}, body=opaque)
    assert message((move, *focus(WRAP, "body")), query={"a": ["1"]}, body=opaque) == before


def test_a_lens_that_makes_no_message_of_a_message_is_our_mistake() -> None:
    with pytest.raises(AssertionError, match="a lens made a list of a message"):
        apply_to_message(WRAP, {}, HERE)


def chain(levels: int, field: str, innermost: Json) -> Json:
    value = innermost
    for _ in range(levels):
        value = {field: value}
    return value


def depth(value: Value, field: str) -> int:
    levels = 0
    while isinstance(value, dict) and field in value:
        levels, value = levels + 1, value[field]
    return levels


def test_a_document_10_000_deep_is_followed_to_its_end() -> None:
    deep: Lens = (*RENAME, *focus((Apply(name="deep", flow=Flow.UP),), "b"))
    context = Context(lenses={"deep": deep})
    answer = apply((Apply(name="deep", flow=Flow.UP),), chain(10_000, "a", 1), context)
    assert depth(answer, "b") == 10_000
    assert depth(apply((Apply(name="deep", flow=Flow.DOWN),), answer, context), "a") == 10_000


def test_a_document_10_000_deep_passes_where_no_lens_looks() -> None:
    deep = chain(10_000, "a", 1)
    assert depth(apply(RENAME, {"a": deep}, HERE), "b") == 1
    drop = Drop(field="x", value=deep, loss=Loss.REFUSE, difference=D)
    assert apply((drop,), {"x": chain(10_000, "a", 1)}, HERE) == {}


def test_a_refusal_10_000_deep_says_where() -> None:
    text = ops.Test(kind=Kind.STRING)
    at_text = Case(branches=(Branch(test=text, back=text, lens=GAP),))
    deep: Lens = focus((at_text, Apply(name="deep", flow=Flow.UP)), "a")
    with pytest.raises(Refused) as caught:
        apply(deep, chain(10_000, "a", "end"), Context(lenses={"deep": deep}))
    assert caught.value.path == ("a",) * 10_000


@pytest.mark.parametrize(
    "endless",
    [
        (Apply(name="endless", flow=Flow.UP),),
        (Apply(name="endless", flow=Flow.DOWN),),
        focus((Apply(name="endless", flow=Flow.UP),)),
        (
            Enclose(name="a", loss=Loss.KEEP, difference=D),
            *focus((Apply(name="endless", flow=Flow.UP),), "a"),
        ),
    ],
)
def test_a_lens_without_end_is_an_error(endless: Lens) -> None:
    with pytest.raises(ApplyDepthError, match="endless is the innermost of more than 20,000"):
        apply(endless, {}, Context(lenses={"endless": endless}))


def test_the_depth_of_named_lenses_has_a_bound() -> None:
    deep: Lens = focus((Apply(name="deep", flow=Flow.UP),), "a")
    context = Context(lenses={"deep": deep})
    apply(deep, chain(APPLY_DEPTH_MAX, "a", 1), context)
    with pytest.raises(ApplyDepthError):
        apply(deep, chain(APPLY_DEPTH_MAX + 1, "a", 1), context)
