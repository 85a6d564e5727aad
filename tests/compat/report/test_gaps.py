"""An open gap says where, what, why, and what to write."""

from rich.console import Console, Group

from compat.plan.bridge import Difference, Verdict
from compat.report.gaps import gap_text, stub_of
from tests.compat.report.planned import appliance, difference

ASKED = (Verdict.NEEDS_INTENT, "say which")


def shown(gap: Difference) -> str:
    console = Console(width=60, no_color=True)
    with console.capture() as captured:
        console.print(Group(*gap_text(gap)), crop=False)
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
        "      default: {thin: ...}"
    )


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


def test_what_is_to_be_copied_is_never_broken_or_cut() -> None:
    stub = f"- at: {'Volume.' * 20}size\n  default: {{size: ...}}"
    text = shown(difference("Volume.size", old_client=ASKED, stub=stub))
    assert text.endswith("\n".join(f"    {line}" for line in stub.splitlines()))


def test_every_gap_of_the_appliance_says_where_it_is_and_what_to_write() -> None:
    for gap in appliance(with_intent=False).open_gaps:
        text = shown(gap)
        assert ".yaml:" in text
        assert "write in the intent, under " in text
