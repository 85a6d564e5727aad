"""Renames: what speaks for them, and what does not."""

from compat.suggest.candidate import LIKELY, Sort
from compat.suggest.ranking import BEST_MIN
from compat.suggest.tables import PAIRS_MAX
from tests.compat.suggest.finding import best, found, reasons, specs, the, things, words

RENAME = Sort.RENAME


def test_another_spelling_is_the_likeliest_rename() -> None:
    candidates = things("{bootSource: string, a: string}", "{boot-source: string, b: integer}")
    one = the(candidates, RENAME, rename={"bootSource": "boot-source"})
    assert one.best
    assert one.score > LIKELY
    assert "the names are the same words" in reasons(one)
    assert words(one) == [{"at": "Thing", "rename": {"bootSource": "boot-source"}}]


def test_one_that_became_a_list_is_recognised_by_its_plural() -> None:
    candidates = things("{target_name: string}", "{target_names: [string]}")
    one = the(candidates, RENAME, rename={"target_name": "target_names"})
    assert one.best
    assert "differ in number alone" in reasons(one)
    assert "a list of such values" in reasons(one)


def test_the_component_that_both_refer_to_is_strong_evidence() -> None:
    old = "Thing: {block_devices: [Drive], note: string}\nDrive: {id: string}"
    new = "Thing: {drives: [Drive], comment: string}\nDrive: {id: string}"
    candidates = found(*specs(old, new))
    one = the(candidates, RENAME, rename={"block_devices": "drives"})
    assert one.best
    assert "both are lists of Drive" in reasons(one)


def test_descriptions_tell_where_names_do_not() -> None:
    candidates = things(
        "{ht: {type: boolean, description: Flag to switch hyperthreading of cores}, a: integer}",
        "{smt: {type: boolean, description: Flag to switch multithreading of cores}, b: integer}",
    )
    assert best(candidates, RENAME)[0][0]["rename"] == {"ht": "smt"}
    assert "the descriptions share" in reasons(the(candidates, RENAME, rename={"ht": "smt"}))


def test_a_description_that_names_the_other_field_is_nearly_a_word() -> None:
    candidates = things(
        "{keep: {type: integer, description: 'Deprecated: replaced by reserve.'}, x: integer}",
        "{reserve: integer, y: integer}",
    )
    one = the(candidates, RENAME, rename={"keep": "reserve"})
    assert one.is_likely
    assert "the description of keep says: replaced by reserve" in reasons(one)


def test_values_bounds_defaults_and_examples_are_evidence() -> None:
    old = "{mode: {type: string, enum: [thin, thick]}, level: {type: integer, minimum: 7}}"
    new = "{kind: {type: string, enum: [THIN, THICK]}, depth: {type: integer, minimum: 7}}"
    candidates = things(old, new)
    assert "the lists of values share 100%" in reasons(
        the(candidates, RENAME, rename={"mode": "kind"})
    )
    assert "the same bounds" in reasons(the(candidates, RENAME, rename={"level": "depth"}))
    shown = things("{a: {type: string, example: x-7}}", "{b: {type: string, example: x-7}}")
    assert "the same example" in reasons(the(shown, RENAME, rename={"a": "b"}))


def test_the_same_shape_is_not_the_same_meaning() -> None:
    """Two required numbers, one removed and one added, may be arithmetic."""
    candidates = things("{id!: string, weight!: integer}", "{id!: string, height!: integer}")
    one = the(candidates, RENAME, rename={"weight": "height"})
    assert one.score < 0.35
    assert not one.is_likely


def test_opposites_count_against_a_rename_and_are_shown() -> None:
    candidates = things(
        "{remaining!: {type: integer, description: Space that remains in bytes}, size: integer}",
        "{used!: {type: integer, description: Space that is used in bytes}, size: integer}",
    )
    one = the(candidates, RENAME, rename={"remaining": "used"})
    assert one.score < BEST_MIN
    assert not one.best
    assert one.evidence[0].weight < 0
    assert "remaining and used are opposites" in one.evidence[0].reason


def test_values_of_another_nature_are_hardly_one_field() -> None:
    old, new = "{spec: string, a: string}", "{spec_new: {x: string}, b: integer}"
    one = [one for one in things(old, new) if one.sort is RENAME and one.best]
    assert [words(each)[0] for each in one] == []


def test_a_number_in_another_unit_is_renamed_and_scaled() -> None:
    candidates = things("{timeout_s: integer}", "{timeout_ms: integer}")
    one = the(candidates, RENAME, rename={"timeout_s": "timeout_ms"})
    assert words(one) == [
        {"at": "Thing", "rename": {"timeout_s": "timeout_ms"}},
        {"at": "Thing.timeout_ms", "scale": "1000"},
    ]
    assert "seconds before, milliseconds now" in reasons(one)


def test_each_field_is_renamed_once_and_the_strongest_goes_first() -> None:
    candidates = things(
        "{log_fifo: string, metrics_fifo: string}", "{log_path: string, log_fifo_path: string}"
    )
    assert best(candidates, RENAME) == [
        [{"at": "Thing", "rename": {"log_fifo": "log_fifo_path"}}],
    ]
    others = [words(one)[0]["rename"] for one in candidates if not one.best]
    assert {"log_fifo": "log_path"} in others


def test_a_word_that_became_another_everywhere_supports_each_of_its_renames() -> None:
    lone = things("{dataset_id: string, x: integer}", "{asset_id: string, y: integer}")
    many = things(
        "{dataset_id: string, dataset_uri: string, dataset_expression: string}",
        "{asset_id: string, asset_uri: string, asset_expression: string}",
    )
    rename = {"dataset_id": "asset_id"}
    assert "dataset became asset in 3 names" in reasons(the(many, RENAME, rename=rename))
    before, after = (the(one, RENAME, rename=rename).score for one in (lone, many))
    assert after > before + 0.1


def test_a_word_with_several_followers_became_the_one_with_most_witnesses() -> None:
    candidates = things(
        "{job_id: string, job_name: string, job_key: string}",
        "{task_id: string, task_name: string, task_key: string, run_id: string, run_key: string}",
    )
    supported = {str(words(one)[0]["rename"]) for one in candidates if "job became" in reasons(one)}
    assert supported == {str({f"job_{end}": f"task_{end}"}) for end in ("id", "name", "key")}


def test_parameters_are_renamed_at_their_section() -> None:
    old, new = (
        {"GET /things": f"{{query: {{{name}: string}}, 200: null}}"}
        for name in ("volume_id", "volumeId")
    )
    candidates = found(*specs("{}", "{}", old, new))
    assert best(candidates, RENAME) == [
        [{"at": "GET /things query", "rename": {"volume_id": "volumeId"}}]
    ]


def test_descriptions_of_parameters_stand_beside_their_schema() -> None:
    document = {"GET /things": "{query: {a: {type: integer}, c: string}, 200: null}"}
    other = {"GET /things": "{query: {b: {type: integer}, d: boolean}, 200: null}"}
    old, new = specs("{}", "{}", document, other)
    assert "share" not in reasons(the(found(old, new), RENAME, rename={"a": "b"}))


def test_an_address_that_stands_for_more_is_not_used_where_the_rename_does_not_fit() -> None:
    """`Name` in the old words is also what became `Other`, which lacks the new name."""
    old = "Thing: {one: Name, two: Name}\nName: {first_name: string}"
    new = "Thing: {one: Title, two: Other}\nTitle: {given_name: string}\nOther: {x: integer}"
    candidates = found(*specs(old, new))
    one = the(candidates, RENAME, rename={"first_name": "given_name"})
    assert words(one)[0]["at"] == "Title"


def test_what_is_read_only_is_no_part_of_a_request() -> None:
    operations = {"PUT /things": "{body!: Thing, 200: null}"}
    old = "Thing: {made_by: {type: string, readOnly: true}}"
    new = "Thing: {created_by: string}"
    assert best(found(*specs(old, new, operations)), RENAME) == []


def test_among_too_many_names_only_those_with_words_in_common_are_compared() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    every = [one + other for one in letters for other in letters][: PAIRS_MAX // 50]
    old = ", ".join(f"old{name}: integer" for name in every)
    new = ", ".join(f"new{name}: integer" for name in every)
    candidates = things(f"{{{old}, boot_source: string}}", f"{{{new}, boot-source: string}}")
    assert [words(one)[0]["rename"] for one in candidates] == [{"boot_source": "boot-source"}]
