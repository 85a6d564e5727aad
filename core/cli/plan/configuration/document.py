"""A plan for programs, and what was configured by one."""

from collections.abc import Mapping
from typing import Any

from compat.model.schema import Json
from core.plan.config.setting import Access, Sending, Setting
from core.plan.config.told import Group, Told, ladder_text, schedule_text

FORMAT = 1


def plan_document(found: Told) -> Mapping[str, Json]:
    """All of it. Times are in nanoseconds, sizes in bytes, money in hundredths."""
    answer = found.plan.answer
    return {
        "plan": FORMAT,
        "kept": found.is_kept,
        "best": answer.is_best,
        "gap": round(answer.gap, 6),
        "worth": {**answer.worth._asdict()},
        "bound": {**answer.bound._asdict()},
        "groups": [{**_group(each)} for each in found.groups],
        "uses": [
            {"what": each.what, "taken": each.taken, "room": each.room, "unit": each.unit}
            for each in found.uses
        ],
        "conflicts": [
            {"groups": [*each.groups], "resource": each.resource, "words": each.words}
            for each in found.conflicts
        ],
        "needs": [{"resource": each.resource, "amount": each.amount} for each in found.needs],
        "more": [
            {
                "resource": each.resource,
                "amount": each.amount,
                "missed": each.missed,
                "also": each.also,
                "cents": each.cents,
            }
            for each in found.more
        ],
    }


def _group(each: Group) -> Mapping[str, Json]:
    setting, predicted = each.setting, each.predicted
    return {
        "name": each.goal.group,
        "changes": each.changes,
        "setting": {
            "mode": setting.sending.value,
            "interval_ns": setting.interval_ns,
            "compression": setting.level,
            "share": setting.share,
            "bandwidth": schedule_text(setting.share, each.link) if setting.share else "none",
            "regulated": setting.regulated,
            "within_ns": setting.within_ns,
            "lag_bytes": predicted.bandwidth * setting.within_ns // 10**9,
            "unapplied_bytes": predicted.unapplied_bytes if setting.regulated else 0,
            "access": setting.access.value,
            "journal_bytes": setting.journal_bytes,
            "access_log_percent": setting.log_percent,
            "journal_compression": setting.journal_compression,
            "points_every_ns": setting.spacing_ns,
            "ladder": ladder_text(each.goal, setting),
            "operations_per_write": setting.phases,
            "appliance": setting.appliance,
            "standby": setting.standby,
        },
        "predicted": {
            "rpo_ns": predicted.rpo_ns if setting.share else None,
            "mean_loss_ns": predicted.loss_ns,
            "rto_ns": predicted.rto_ns if setting.share else None,
            "held_up_ns_per_day": predicted.held_ns,
            "window_ns": predicted.window_ns,
            "bandwidth": predicted.bandwidth,
            "unapplied_bytes": predicted.unapplied_bytes,
            "memory_bytes": predicted.memory_bytes,
            "cpu_millicores": predicted.cpu,
            "operations_per_second": predicted.iops,
            "cents_per_year": predicted.cents,
        },
        "predictor": {
            "factor": round(each.calibration.factor, 4),
            "error": None if each.calibration.error is None else round(each.calibration.error, 4),
        },
        "missed": {**each.missed},
        "reasons": {**each.reasons},
    }


def current_of(document: Mapping[str, Any]) -> Mapping[str, Setting]:
    """What a plan has configured, by group; of a document that its schema allows."""
    return {each["name"]: _setting(each["setting"]) for each in document["groups"]}


def _setting(told: Mapping[str, Any]) -> Setting:
    return Setting(
        sending=Sending(told["mode"]),
        interval_ns=int(told["interval_ns"]),
        level=told["compression"],
        share=int(told["share"]),
        regulated=told["regulated"],
        within_ns=int(told["within_ns"]),
        access=Access(told["access"]),
        journal_bytes=int(told["journal_bytes"]),
        log_percent=int(told["access_log_percent"]),
        journal_compression=told["journal_compression"],
        spacing_ns=int(told["points_every_ns"]),
        phases=told["operations_per_write"],
        appliance=told["appliance"],
        standby=told["standby"],
    )
