"""A plan for people."""

from collections.abc import Iterator, Mapping, Sequence

from core.plan.config.explain import money_text, rate_text
from core.plan.config.setting import Sending
from core.plan.config.told import Group, Told, Use, ladder_text, schedule_text
from core.units import count_text, duration_text, size_text


def plan_text(found: Told) -> str:
    """What is wrong first, then each group, then what is taken of everything."""
    return "".join(f"{line}\n" for line in _lines(found))


def summary(found: Told) -> str:
    """The whole in a sentence."""
    groups = count_text(len(found.groups), "group")
    missed = sum(bool(each.missed) for each in found.groups)
    kept = "all goals are kept" if not missed else f"goals of {missed} are not kept"
    changed = sum(each.changes for each in found.groups)
    told = "" if not found.plan.current else f"; {changed} of them change"
    cost = money_text(found.plan.answer.worth.cents)
    return f"{groups}: {kept}; expected to cost {cost} a year{told}"


def quality(found: Told) -> str:
    """How good the plan is known to be."""
    answer = found.plan.answer
    if answer.is_best:
        return "no plan is better, and the checker agrees with all of it"
    return (
        f"checked; a better one may cost {answer.gap:.1%} less: more --effort looks longer"
        if answer.worth[:2] == answer.bound[:2]
        else "checked; one that misses less may be found with more --effort"
    )


def _lines(found: Told) -> Iterator[str]:
    yield summary(found)
    yield quality(found)
    yield from _short(found)
    for each in found.groups:
        yield ""
        yield from _group(each)
    yield ""
    yield "what is taken"
    for use in found.uses:
        yield f"  {use.what:44} {use_text(use)}"
    if found.more:
        yield ""
        yield "what more would buy"
        for more in found.more:
            buys = bought_text(more.missed, more.also, more.cents)
            yield f"  {more.amount} more {more.resource}: {buys}"


def _short(found: Told) -> Iterator[str]:
    if found.conflicts:
        yield ""
        yield "what is at odds"
        for conflict in found.conflicts:
            yield f"  {conflict.words}"
    if found.needs:
        yield "what would have to be added for all goals"
        for need in found.needs:
            yield f"  {need.amount} {need.resource}"


def _group(each: Group) -> Iterator[str]:
    mark = "  changes" if each.changes else ""
    yield f"{each.goal.group}{mark}"
    for name, words in each.missed.items():
        yield f"  NOT KEPT {name}: {words}"
    for name, value in settings_text(each).items():
        yield f"  {name:20} {value}"
        if why := each.reasons.get(name):
            yield f"  {'':20}   {why}"
    for name, value in predicted_text(each).items():
        yield f"  {name:20} {value}"


def settings_text(each: Group) -> Mapping[str, str]:
    """By the names that reasons have."""
    setting, predicted = each.setting, each.predicted
    if setting.sending is Sending.MARK:
        return {"mode": "mark: it is not copied, and what changes is marked"}
    mode = str(setting.sending.value)
    if setting.interval_ns:
        mode += f" every {duration_text(setting.interval_ns)}"
    bounds = "off"
    if setting.within_ns:
        lag = size_text(predicted.bandwidth * setting.within_ns // 10**9)
        kind = "on" if setting.regulated else "within"
        bounds = f"{kind}: lag {duration_text(setting.within_ns)}, {lag}"
        if setting.regulated:
            bounds += f"; unapplied {size_text(predicted.unapplied_bytes)}"
    return {
        "mode": mode,
        "bandwidth": schedule_text(setting.share, each.link),
        "compression": setting.level,
        "regulation": bounds,
        "access": str(setting.access.value),
        "journal": size_text(setting.journal_bytes),
        "access_log": f"{setting.log_percent}%",
        "journal_compression": "on" if setting.journal_compression else "off",
        "retention": ladder_text(each.goal, setting) or "each write",
        "history": "kept" if setting.phases == 5 else "given up",
        "appliance": setting.appliance,
        "standby": setting.standby or "none",
    }


def predicted_text(each: Group) -> Mapping[str, str]:
    """What is expected, beside what is wanted."""
    predicted, goal = each.predicted, each.goal
    if each.setting.sending is Sending.MARK:
        return {}
    found = {
        "RPO": f"{_span(predicted.rpo_ns)} of {_span(goal.rpo_ns)}",
        "RTO": f"{_span(predicted.rto_ns)} of {_span(goal.rto_ns)}",
        "window": f"{_span(predicted.window_ns)} of {_span(goal.window_ns)}",
        "cost a year": money_text(predicted.cents),
    }
    if each.calibration.error is not None:
        found["predictor"] = (
            f"lag as reckoned times {each.calibration.factor:.2f}, as measured;"
            f" off by {each.calibration.error:.0%} then"
        )
    return found


def use_text(use: Use) -> str:
    """How much of how much."""
    part = f"{use.taken / use.room:.0%}" if use.room else "-"
    match use.unit:
        case "bytes":
            return f"{part} of {size_text(use.room)}"
        case "bytes a second":
            return f"{part} of {rate_text(use.room)}"
        case _:
            return f"{part} of {use.room} {use.unit}"


def bought_text(missed: int, also: int, cents: int) -> str:
    """What more of something is worth."""
    words: Sequence[str] = [
        *([f"{missed / 1000:g} of RPOs, by priority"] if missed else []),
        *([f"{also / 1000:g} of other goals"] if also else []),
        *([f"{money_text(cents)} a year"] if cents > 0 else []),
    ]
    return ", ".join(words) or "nothing"


def _span(nanoseconds: int) -> str:
    return duration_text(nanoseconds) if nanoseconds else "nothing"
