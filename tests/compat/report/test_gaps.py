"""An open gap says where, what, why, and what to write."""

from dataclasses import replace

from rich.console import Console, Group

from compat.plan.bridge import Difference, Verdict
from compat.report.gaps import gap_text, stub_of
from compat.suggest.candidate import Candidate, Evidence, Sort, bridge
from tests.compat.report.planned import appliance, difference

ASKED = (Verdict.NEEDS_INTENT, "say which")


def shown(gap: Difference, *guesses: Candidate) -> str:
    console = Console(width=60, no_color=True)
    with console.capture() as captured:
        console.print(Group(*gap_text(gap, guesses)), crop=False)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def test_a_gap_reads_like_a_compiler_s_error() -> None:
    (gap,) = (
        each for each in appliance(with_intent=False).open_gaps if each.subject == "VolumeSpec.thin"
    )
    text = shown(gap)
    place = f"{gap.new}"
    assert text.splitlines()[0] == (
        f"{place}: needs-intent: VolumeSpec.thin: required field thin is only in the new version"
    )
    assert text.split("\n", 1)[1] == (
        "  old client → new server: is missing: say which value to\n"
        "  supply\n"
        "  new client → old server: is refused when it is used\n"
        "  write in the intent, under bridges:\n"
        "    - at: VolumeSpec\n"
        "      default: {thin: ...}\n"
        "  or accept it, with a reason and an owner:\n"
        "    accept:\n"
        "      - difference: field-added VolumeSpec.thin"
    )


def test_a_message_that_begins_with_the_subject_is_not_put_behind_it() -> None:
    gap = difference("GET /hosts", message="GET /hosts is only in the new version")
    assert gap.told == "GET /hosts is only in the new version"
    assert shown(gap).splitlines()[0].endswith(f": {gap.told}")
    assert shown(gap).splitlines()[0].count("GET /hosts") == 1
    assert difference("GET /host", message=gap.message).told == f"GET /host: {gap.message}"


def test_a_gap_of_both_versions_names_both_places() -> None:
    (gap,) = (
        each
        for each in appliance(with_intent=False).open_gaps
        if each.subject == "Volume.state=rebuilding"
    )
    first = shown(gap).splitlines()[0]
    assert first.startswith(f"{gap.new}: ")
    assert first.endswith(f"(before: {gap.old})")


def test_a_gap_without_a_stub_can_be_accepted() -> None:
    gap = difference("Volume.a", "type-changed", old_client=ASKED)
    assert stub_of(gap) == (
        "accept",
        "- difference: type-changed Volume.a\n  reason: ...\n  owner: ...",
    )


def test_a_name_with_a_star_is_accepted_by_its_id() -> None:
    gap = difference("Volume.*", old_client=ASKED, stub="- at: Volume\n  default: {size: ...}")
    assert f"- difference: {gap.id}\n" in f"{shown(gap)}\n"


def guess(score: float, *answers: str) -> Candidate:
    """A rename of `a`, with the scale of what it renames."""
    return Candidate(
        sort=Sort.RENAME,
        evidence=(Evidence(score, "the names are alike"),),
        entries=(
            bridge("Volume", rename={"a": "a_ms"}),
            replace(bridge("Volume.a", scale="1000"), comments=("Goes with it.",), on=False),
        ),
        explains=frozenset(),
        answers=frozenset(answers),
        old=None,
        new=None,
    )


def test_what_may_explain_a_gap_is_told_with_what_to_write() -> None:
    gap = difference("Volume.a", old_client=ASKED, stub="- at: Volume\n  default: {a: ...}")
    text = shown(gap, guess(0.7, "field-removed Volume.b"), guess(0.64, "field-removed Volume.a"))
    assert (
        "  a guess is rename (score 0.64); if it is right, write in\n"
        "  the intent:\n"
        "    bridges:\n"
        "      - at: Volume\n"
        "        rename:\n"
        "          a: a_ms\n"
        "      - at: Volume.a\n"
        "        scale: '1000'\n"
        "  else write in the intent, under bridges:\n"
    ) in text


def test_what_explains_something_else_is_not_told() -> None:
    assert "guess" not in shown(difference("Volume.a", old_client=ASKED), guess(0.9, "x y"))


def test_what_is_to_be_copied_is_never_broken_or_cut() -> None:
    stub = f"- at: {'Volume.' * 20}size\n  default: {{size: ...}}"
    text = shown(difference("Volume.size", old_client=ASKED, stub=stub))
    assert "".join(f"    {line}\n" for line in stub.splitlines()) in text


def test_every_gap_of_the_appliance_says_where_it_is_and_what_to_write() -> None:
    gaps = appliance(with_intent=False).open_gaps
    assert gaps
    for gap in gaps:
        text = shown(gap)
        assert ".yaml:" in text
        assert "write in the intent, under " in text
