"""Assertions of less usual keywords where several schemas hold together."""

from compat.model.conjunction import conjunction
from compat.model.further import further
from compat.model.place import Place, Source
from compat.model.schema import Further, FurtherKeyword, Kind, Schema

HERE = Place(Source("spec.yaml", lambda _: (1, 1)), "")
ANY = Schema(place=HERE)
NONE = Schema(place=HERE, kinds=frozenset())
TEXT = Schema(place=HERE, kinds=frozenset({Kind.STRING}))


def requiring(*names: str) -> Schema:
    return Schema(place=HERE, required=frozenset(names))


def holding(keyword: FurtherKeyword, schema: Schema, **keywords: object) -> Schema:
    stated = Further(keyword=keyword, schemas=(schema,))
    return Schema(place=HERE, further=(stated,), **keywords)  # type: ignore[arg-type]


def said(*parts: Schema) -> list[tuple[FurtherKeyword, tuple[str | int | None, ...]]]:
    return [(each.keyword, each.about) for each in further(parts)]


def test_all_parts_hold() -> None:
    parts = holding(FurtherKeyword.NOT, TEXT), holding(FurtherKeyword.NOT, ANY), ANY
    assert [each.schemas for each in conjunction(parts).further] == [(TEXT,), (ANY,)]


def test_a_union_of_required_lists_is_a_choice() -> None:
    choice = Schema(place=HERE, any_of=(requiring("b"), requiring("c", "a")))
    assert said(choice) == [(FurtherKeyword.ANY_REQUIRED, ('[["a", "c"], ["b"]]',))]
    only_one = Schema(place=HERE, one_of=(requiring("a"), requiring("b")))
    assert said(only_one) == [(FurtherKeyword.ONE_REQUIRED, ('[["a"], ["b"]]',))]
    assert said(Schema(place=HERE, one_of=(requiring("a"), TEXT))) == []


def test_a_closed_part_excludes_what_others_declare() -> None:
    closed = Schema(place=HERE, properties={"a": ANY}, additional=False)
    other = Schema(place=HERE, properties={"a": ANY, "b": ANY})
    assert said(closed, other) == [(FurtherKeyword.ALL_OF, ("properties", "b"))]
    assert said(closed) == said(other) == []


def test_but_not_what_its_patterns_fit() -> None:
    pattern = Further(keyword=FurtherKeyword.PATTERN_PROPERTIES, about=("^b",), schemas=(ANY,))
    closed = Schema(place=HERE, additional=False, further=(pattern,))
    other = Schema(place=HERE, properties={"b1": ANY, "c": ANY})
    assert said(closed, other)[1:] == [(FurtherKeyword.ALL_OF, ("properties", "c"))]


def test_nor_what_a_pattern_that_may_take_for_ever_to_search_for_may_fit() -> None:
    about = ("^(a+)+$",)
    pattern = Further(keyword=FurtherKeyword.PATTERN_PROPERTIES, about=about, schemas=(ANY,))
    closed = Schema(place=HERE, additional=False, further=(pattern,))
    assert len(said(closed, Schema(place=HERE, properties={"b": ANY}))) == 1


def test_parts_of_different_kinds_exclude_each_other() -> None:
    number, whole = (
        Schema(place=HERE, kinds=frozenset({one})) for one in (Kind.NUMBER, Kind.INTEGER)
    )
    assert said(TEXT, number) == [(FurtherKeyword.ALL_OF, ("type",))]
    assert said(number, whole) == said(TEXT, ANY) == []


def test_what_no_part_declares_is_what_is_beside_the_fields_of_all() -> None:
    for keywords in ({}, {"properties": {"a": ANY}}):
        part = holding(FurtherKeyword.UNEVALUATED_PROPERTIES, NONE, **keywords)
        whole = conjunction((part, Schema(place=HERE, properties={"b": ANY})))
        assert whole.additional is False
        assert whole.further == ()
    texts = conjunction((holding(FurtherKeyword.UNEVALUATED_PROPERTIES, TEXT),))
    assert texts.additional is TEXT


def test_unless_what_is_declared_depends_on_the_value() -> None:
    part = holding(FurtherKeyword.UNEVALUATED_PROPERTIES, NONE)
    for beside in (
        Schema(place=HERE, any_of=(TEXT, ANY)),
        holding(FurtherKeyword.DEPENDENT_SCHEMAS, TEXT),
    ):
        whole = conjunction((part, beside))
        assert whole.additional is True
        assert part.further[0] in whole.further


def test_items_behind_the_declared_ones_are_items() -> None:
    part = holding(FurtherKeyword.UNEVALUATED_ITEMS, TEXT)
    assert conjunction((part,)).items is TEXT
    assert conjunction((part, Schema(place=HERE, items=ANY))).items is ANY
    assert conjunction((part, holding(FurtherKeyword.CONTAINS, ANY))).items is None


def test_an_open_pattern_says_something_only_beside_what_closes_the_object() -> None:
    pattern = Further(keyword=FurtherKeyword.PATTERN_PROPERTIES, about=("^b",), schemas=(ANY,))
    part, told = Schema(place=HERE, further=(pattern,)), [(pattern.keyword, pattern.about)]
    assert said(part) == said(part, requiring("a")) == []
    assert said(part, Schema(place=HERE, additional=False)) == told
    assert said(part, holding(FurtherKeyword.UNEVALUATED_PROPERTIES, NONE))[:1] == told


def test_what_another_part_says_of_every_field_is_kept_apart_from_the_unevaluated() -> None:
    unevaluated = holding(FurtherKeyword.UNEVALUATED_PROPERTIES, NONE)
    whole = conjunction((unevaluated, Schema(place=HERE, states_additional=True)))
    assert whole.additional is True
    assert whole.states_additional
    assert [each.keyword for each in whole.further] == [FurtherKeyword.UNEVALUATED_PROPERTIES]
    assert conjunction((unevaluated, ANY)).additional is False
