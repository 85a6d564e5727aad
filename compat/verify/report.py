"""What verifying a package found: for people, and for programs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from compat.lens.ops import DifferenceId
from compat.lens.value import is_json
from compat.model.schema import Json
from compat.plan.bridge import BridgePlan, Difference
from compat.verify.cases import Case
from compat.verify.evidence import Unwitnessed, Witness
from compat.verify.messages import Answered

_SHOWN_MAX = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A promise that the package breaks.

    `subject` is a role and an operation ("old_client GET /volumes"), a lens and its direction, or
    "package"; `example` the smallest message that shows it, and `again` the command that does.
    """

    check: str
    subject: str
    message: str
    differences: tuple[DifferenceId, ...] = ()
    example: Json = None
    again: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`tried` counts what each check looked at; `excused` how often a difference was the reason
    that a value is not as a spec says or does not come back. Not `complete` if it was cut short."""

    package: str
    plan: BridgePlan
    seed: int
    examples: int
    tried: Mapping[str, int]
    failures: tuple[Failure, ...]
    excused: Mapping[DifferenceId, int]
    witnesses: tuple[Witness, ...]
    unwitnessed: tuple[Unwitnessed, ...]
    refused_always: tuple[str, ...]
    complete: bool

    @property
    def is_sound(self) -> bool:
        return not self.failures and self.complete


# --- for programs ---------------------------------------------------------------------------------


def report_document(report: Report) -> dict[str, Json]:
    """All of it as JSON."""
    return {
        "verify": 1,
        "package": report.package,
        "versions": {"old": report.plan.old_version, "new": report.plan.new_version},
        "sound": report.is_sound,
        "complete": report.complete,
        "seed": report.seed,
        "examples": report.examples,
        "tried": dict(report.tried),
        "failures": [_failure(each) for each in report.failures],
        "excused": dict(report.excused),
        "witnesses": [_witness(each) for each in report.witnesses],
        "unwitnessed": [
            {"difference": each.difference, "role": each.role, "reason": each.reason}
            for each in report.unwitnessed
        ],
        "refused_always": list(report.refused_always),
    }


def _failure(failure: Failure) -> Json:
    return {
        "check": failure.check,
        "subject": failure.subject,
        "message": failure.message,
        "differences": list(failure.differences),
        "example": failure.example,
        "again": failure.again,
    }


def _witness(witness: Witness) -> Json:
    return {
        "difference": witness.difference,
        "role": witness.role,
        "operation": witness.operation,
        "side": witness.side.value,
        "message": _plain(witness.message),
        "shows": witness.shows,
        "becomes": witness.becomes,
        "after": _plain(witness.after),
    }


def case_document(case: Case) -> Json:
    """A case as JSON; what is no JSON is named only."""
    return {
        "role": case.role.value,
        "operation": str(case.exchange.operation),
        "request": {
            "method": case.request.method,
            "path": case.request.path,
            "query": [list(pair) for pair in case.request.query],
            "headers": [list(pair) for pair in case.request.headers],
            "body": _body(case.request.body),
        },
        "answers": {
            str(key): [_answered(each) for each in answers] for key, answers in case.answers.items()
        },
    }


def _answered(answered: Answered) -> Json:
    response = answered.response
    return {
        "status": response.status,
        "headers": [list(pair) for pair in response.headers],
        "body": _body(response.body),
        "records": list(answered.records),
    }


def _body(body: object) -> Json:
    return _plain(body)  # type: ignore[arg-type]


def _plain(value: Json) -> Json:
    """The value, with a word for what is no JSON in it."""
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if is_json(value) else f"<{type(value).__name__}>"


# --- for people -----------------------------------------------------------------------------------


def report_text(report: Report) -> str:
    """The findings first, then what was looked at, then the witnesses' figures."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    versions = f"{report.plan.old_version} and {report.plan.new_version}"
    verdict = "sound" if report.is_sound else "NOT SOUND" if report.failures else "not finished"
    yield f"{report.package}: {verdict} (between {versions}, seed {report.seed})"
    yield ""
    for failure in report.failures:
        yield from _failure_lines(failure)
    for check, count in report.tried.items():
        broken = sum(each.check == check for each in report.failures)
        yield f"  {check:<12} {count:>7} tried  {f'{broken} broken' if broken else 'none broken'}"
    yield ""
    yield from _witness_lines(report)
    yield from _excused_lines(report)
    if report.refused_always:
        yield ""
        yield "Refused whatever is asked, so that only the refusal was tried:"
        yield from (f"  {each}" for each in report.refused_always)


def _failure_lines(failure: Failure) -> Iterator[str]:
    yield f"  {failure.check}: {failure.subject}"
    yield f"    {failure.message}"
    if failure.example is not None:
        text = repr(failure.example)
        yield f"    {text if len(text) <= _SHOWN_MAX else f'{text[:_SHOWN_MAX]}...'}"
    if failure.again:
        yield f"    again: {failure.again}"
    yield ""


_OUTCOMES: Mapping[str, str] = {
    "valid": "broken without the shim, valid with it",
    "refused": "refused, as the plan says",
    "passes": "passes as it is, as the plan says",
    "meaning": "allowed by both, told apart by the shim: it means another thing in each",
    "refused otherwise": "refused for another difference first: whatever holds it holds that, too",
}


def _witness_lines(report: Report) -> Iterator[str]:
    if not report.witnesses and not report.unwitnessed:
        return
    matter = [each.difference for each in report.witnesses]
    matter += (each.difference for each in report.unwitnessed)
    few, many = len(set(matter)), len(report.plan.differences)
    yield f"Differences that matter to a client: {few} of {many}, and {len(matter)} counted for"
    yield "each role in which they do. A message that shows one of them is"
    for outcome, words in _OUTCOMES.items():
        count = sum(each.becomes == outcome for each in report.witnesses)
        if count:
            yield f"  {count:>5}  {words}"
    if report.unwitnessed:
        yield f"  {len(report.unwitnessed):>5}  shown by no message: none that was tried is broken:"
    by_id = {each.id: each for each in report.plan.differences}
    alike: dict[tuple[str, str, str], list[str]] = {}
    for each in report.unwitnessed:
        difference = by_id[each.difference]
        key = difference.kind, each.role.replace("_", " "), each.reason
        alike.setdefault(key, []).append(difference.subject)
    for (kind, role, reason), subjects in alike.items():
        yield f"         {kind} ({role}): {reason}"
        yield from (f"           {subject}" for subject in subjects)


def _excused_lines(report: Report) -> Iterator[str]:
    if not report.excused:
        return
    by_id = {each.id: each for each in report.plan.differences}
    yield ""
    yield "Let through, because the manifest lists it, by how often messages met it:"
    for identifier, count in sorted(report.excused.items(), key=lambda each: -each[1]):
        difference = by_id[identifier]
        open_gap = ", an open gap" if difference.is_open_gap else ""
        yield f"  {count:>5}  {_named(difference)}{open_gap}"


def _named(difference: Difference) -> str:
    return f"{difference.id} {difference.kind} {difference.subject}"
