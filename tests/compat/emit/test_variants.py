"""Code that tells variants apart, however many they are."""

import pytest

from compat.lens.interpret import Context, apply
from compat.lens.ops import Branch, Case, Focus, Lens, MapValues, Rename
from compat.lens.ops import Test as Condition
from compat.lens.value import own
from compat.model.schema import Json
from tests.compat.emit.making import plan_of, running


def retagged(old: str, new: str) -> Focus:
    pairs, back = ((old, new),), ((new, old),)
    return Focus(path=("kind",), lens=(MapValues(pairs=pairs, back=back, difference="d1"),))


def tagged(many: int) -> Lens:
    """Each variant takes over the tag of the next one, whose second branch is never reached."""
    texts = [f"k{n}" for n in range(many)]
    arms = [
        (one, (Rename(old="a", new=f"a_{one}", difference="d1"), retagged(one, other)))
        for one, other in zip(texts, (*texts[1:], texts[0]), strict=True)
    ]
    arms.append(("k1", (Rename(old="a", new="unreached", difference="d1"), retagged("k1", "k5"))))
    return (
        Case(
            branches=tuple(
                Branch(
                    test=Condition(field_is=("kind", text)),
                    back=Condition(field_is=("kind", text)),
                    lens=lens,
                )
                for text, lens in arms
            )
        ),
    )


@pytest.mark.parametrize("many", [4, 1_200])
def test_one_variant_of_many_is_led_by_its_own_lens(many: int) -> None:
    lens = tagged(many)
    with running(plan_of({"all": lens})) as module:
        for text in ("k0", "k1", f"k{many - 1}", "other"):
            value: Json = {"kind": text, "a": 1}
            made = module("lenses.all").all_up(own(value))
            assert made == apply(lens, value, Context(lenses={}))
