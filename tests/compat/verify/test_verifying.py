"""A package verified from end to end: what is tried, what is found, and how it is told."""

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from compat.intent.model import Intent, RenameFields
from compat.verify.corpus import Effort
from compat.verify.report import Failure, Report, report_document
from compat.verify.verifying import CHECKS, Options, UnknownOperationError, verify
from tests.compat.plan.making import intent, stands_in
from tests.compat.plan.specs import interface
from tests.compat.verify.making import Made, appliance, racks, racks_plan, small

BRIEF = Effort(examples=2)
CREATE = "old_client POST /volumes"


def verified(made: Made, *only: str, effort: Effort = BRIEF) -> Report:
    return verify(made.folder, made.plan, Options(effort=effort, only=only))


def failures(report: Report) -> set[tuple[str, str]]:
    """The checks that found something, and where."""
    return {(each.check, each.subject) for each in report.failures}


def jobs(into: Path) -> Made:
    """Two small versions between which a field has another name and a state another word."""
    renames = intent(("Job", RenameFields(names={"size": "bytes"})))
    old, new = (
        interface({"PUT /jobs": "{body!: Job, 200: Job}", "GET /jobs": "{200: Job}"}, components)
        for components in (
            "{Job: {size!: integer, state: ON|OFF}}",
            "{Job: {bytes!: integer, state: on|off}}",
        )
    )
    return small(into, old, new, renames)


@pytest.mark.parametrize("package", [appliance, jobs], ids=["appliance", "jobs"])
def test_a_whole_package_is_sound(tmp_path: Path, package: Callable[[Path], Made]) -> None:
    report = verified(package(tmp_path), effort=Effort(examples=1))
    assert report.failures == ()
    assert report.is_sound
    checks = {*CHECKS, "wholeness", "lenses", "edits", "witnesses"}
    assert {name for name, count in report.tried.items() if count} == checks
    assert report.unwitnessed == ()
    assert report.refused_always == ()


def test_exchanges_with_cycles_hooks_and_records_are_sound(tmp_path: Path) -> None:
    report = verified(racks(tmp_path), "POST /racks", "/log", effort=Effort(examples=1))
    assert report.is_sound
    assert all(report.tried[name] for name in CHECKS)


def test_one_wrong_line_is_found_with_the_smallest_message_that_shows_it(tmp_path: Path) -> None:
    broken = appliance(tmp_path).broken("lenses/volume_spec.py", 'value["thin"] = False', "pass")
    report = verified(broken, CREATE)
    assert not report.is_sound
    assert failures(report) == {("agreement", CREATE), ("admission", CREATE)}
    admission = next(each for each in report.failures if each.check == "admission")
    assert admission.message.startswith("the request is not as the new spec says, at /body/thin")
    assert isinstance(admission.example, dict)
    assert admission.example["request"] == {
        "method": "POST",
        "path": "/v1/volumes",
        "query": [],
        "headers": [],
        "body": {"name": "", "size_gib": 1},
    }


def test_the_same_failure_is_told_once(tmp_path: Path) -> None:
    """However many messages show it, and whatever the values in them."""
    broken = appliance(tmp_path).broken("lenses/volume_spec.py", 'value["thin"] = False', "pass")
    found = [(each.check, each.message[:40]) for each in verified(broken, CREATE).failures]
    assert len(found) == len(set(found))


def test_a_failure_can_be_shown_again_by_its_command(tmp_path: Path) -> None:
    report = verified(misnamed(tmp_path), effort=Effort(examples=3, seed=7))
    failure = next(each for each in report.failures if each.check == "admission")
    isthmus, compat, command, folder, *options = shlex.split(failure.again)
    assert [isthmus, compat, command] == ["isthmus", "compat", "verify"]
    values = dict(zip(options[::2], options[1::2], strict=True))
    effort = Effort(examples=int(values["--examples"]), seed=int(values["--seed"]))
    again = verify(Path(folder), report.plan, Options(effort=effort, only=(values["--only"],)))
    assert failure in again.failures


def misnamed(into: Path) -> Made:
    """Jobs that have neither name of the field when they come to a new server."""
    return jobs(into).broken("lenses/job.py", 'value["bytes"] = ', 'value["byte"] = ')


def test_a_broken_lens_is_found_by_itself_and_wherever_it_is_met(tmp_path: Path) -> None:
    found = failures(verified(misnamed(tmp_path)))
    assert ("lenses", "job_up") in found
    assert ("lenses", "job_down") not in found
    assert ("agreement", "old_client PUT /jobs") in found
    assert ("agreement", "new_client GET /jobs") in found
    assert ("admission", "old_client PUT /jobs") in found
    assert ("agreement", "old_client GET /jobs") not in found


def test_the_same_seed_finds_the_same(tmp_path: Path) -> None:
    broken = misnamed(tmp_path)
    one, other = (report_document(verified(broken)) for _ in range(2))
    assert one == other


def test_a_package_of_other_inputs_is_told_and_not_tried(tmp_path: Path) -> None:
    made = Made(folder=appliance(tmp_path).folder, plan=racks_plan())
    report = verified(made)
    assert {each.check for each in report.failures} == {"wholeness"}
    assert set(report.tried) == {"wholeness"}
    assert report.complete


# --- only some of it ------------------------------------------------------------------------------


def test_only_what_is_asked_for_is_tried(tmp_path: Path) -> None:
    report = verified(appliance(tmp_path), "GET /health", "POST /volumes")
    assert set(report.tried) == set(CHECKS)
    assert report.is_sound


def test_what_is_called_nothing_like_it_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnknownOperationError, match="no exchange is called PATCH /x"):
        verified(appliance(tmp_path), "PATCH /x")


# --- how far it has come --------------------------------------------------------------------------


def test_progress_is_told_step_by_step(tmp_path: Path) -> None:
    steps: list[tuple[str, int, int]] = []

    def told(what: str, done: int, total: int) -> None:
        steps.append((what, done, total))

    made = jobs(tmp_path)
    verify(made.folder, made.plan, Options(effort=Effort(examples=0)), told)
    assert steps == [
        ("the package", 0, 1),
        ("old_client GET /jobs", 0, 6),
        ("old_client PUT /jobs", 1, 6),
        ("new_client GET /jobs", 2, 6),
        ("new_client PUT /jobs", 3, 6),
        ("lenses", 4, 6),
        ("witnesses", 5, 6),
    ]


def test_an_interruption_ends_it_with_what_was_found_so_far(tmp_path: Path) -> None:
    def interrupted(what: str, done: int, total: int) -> None:
        if done < total and what == "new_client GET /jobs":
            raise KeyboardInterrupt

    broken = misnamed(tmp_path)
    report = verify(broken.folder, broken.plan, Options(effort=BRIEF), interrupted)
    assert not report.complete
    assert not report.is_sound
    assert all(subject.startswith("old_client ") for _, subject in failures(report))
    assert not {"lenses", "witnesses"} & report.tried.keys()


# --- what cannot be answered for ------------------------------------------------------------------


def test_an_exchange_that_is_refused_whatever_is_asked_is_told(tmp_path: Path) -> None:
    """Its body has to hold what the old version has no place for."""
    old = interface({"PUT /a": "{body!: {n: integer}, 200: null}"})
    new = interface({"PUT /a": "{body!: {n: integer, m!: {type: integer, minimum: 5}}, 200: null}"})
    report = verified(small(tmp_path, old, new))
    refused = [each for each in report.refused_always if each == "new_client PUT /a"]
    gaps = [each for each in report.plan.open_gaps if "m" in each.subject]
    assert bool(refused) != bool(gaps)


def test_what_only_a_hook_knows_is_tried_as_far_as_it_goes(tmp_path: Path) -> None:
    hooks = """from .message import Flow, Request, Response


def jobs(request: Request) -> Flow:
    answer = yield Request(method="PUT", path="/tasks")
    return Response(status=answer.status)
"""
    old, new = interface({"PUT /jobs": "{200: null}"}), interface({"PUT /tasks": "{200: null}"})
    decided = Intent(operations=(stands_in("PUT /jobs", hook="jobs"),))
    made = small(tmp_path, old, new, decided, hooks)
    assert verified(made, "old_client PUT /jobs").is_sound
    broken = made.broken("hooks.py", '"/tasks"', '"/task"')
    found: tuple[Failure, ...] = verified(broken, "old_client PUT /jobs").failures
    assert [each.message for each in found] == ["the callee has no operation for PUT /task"]
