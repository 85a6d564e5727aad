"""What is done for each operation of the interface that is of two sites: copies and failover."""

from core.driver.node import errand
from core.driver.node.call import Call, begin
from core.driver.node.verifying import verify_request
from core.site import group
from core.site.problem import Problem
from core.site.retry import Answer


def keep_copy(call: Call) -> Answer:
    site = call.site
    if call.body["production"]["node"] == site.id:
        raise Problem("refused", "that is this node itself")
    kept = site.groups.receive(call.values["group"], call.body, site.config.images[0])
    return Answer(status=200, document=site.groups.view(kept))


def fail_over_group(call: Call) -> Answer:
    kept = call.group().document
    group.refuse_production(kept)
    group.refuse_epoch(kept, call.body.get("epoch", group.epoch_of(kept)))
    request = {
        "dry_run": call.body.get("dry_run", False),
        "planned": call.body.get("planned", False),
        "epoch": group.epoch_of(kept),
    }
    return begin(call, "failover", request)


def stand_by(call: Call) -> Answer:
    groups = call.site.groups
    kept = groups.standby.order(call.group(), call.body)
    return Answer(status=200, document=groups.view(kept))


def withdraw_stand_by(call: Call) -> Answer:
    kept = call.group()
    group.refuse_copy(kept.document)
    call.site.groups.standby.withdraw(kept, is_known=call.values["force"])
    return Answer(status=204)


def add_copy(call: Call) -> Answer:
    kept, asked = call.group().document, call.body
    group.refuse_copy(kept)
    group.refuse_epoch(kept, asked["epoch"])
    request = {
        "site": asked["site"].rstrip("/"),
        "mode": asked.get("mode", group.ASYNC),
        "epoch": asked["epoch"],
        "discard": asked.get("discard", False),
        "dry_run": asked.get("dry_run", False),
    }
    return begin(call, "copy", request)


def change_copy(call: Call) -> Answer:
    kept = call.group()
    call.refuse_stale(kept)
    found = call.site.groups.change_copy(kept, call.values["copy"], call.body)
    return Answer(status=200, document=call.site.groups.view(found))


def remove_copy(call: Call) -> Answer:
    kept, epoch = call.group().document, call.values["epoch"]
    group.refuse_copy(kept)
    group.refuse_epoch(kept, epoch)
    copy = group.copy_of(kept, call.values["copy"])
    request = {
        "site": copy["url"],
        "name": copy["site"],
        "node": copy["node"],
        "epoch": epoch,
        "dry_run": call.values["dry_run"],
    }
    return begin(call, "leaving", request)


def release_copy(call: Call) -> Answer:
    groups, values = call.site.groups, call.values
    kept = groups.copies.release(call.group(), node=values["node"], epoch=values["epoch"])
    return Answer(status=200, document=groups.view(kept))


def verify_copy(call: Call) -> Answer:
    request = verify_request(call.group().document, call.values["copy"], call.body)
    call.site.groups.serving(call.values["group"])
    return begin(call, "verify", request)


def get_divergence(call: Call) -> Answer:
    kept = call.group()
    group.refuse_copy(kept.document)
    journal = str(call.site.places.journal(kept.document["id"]))
    words = group.demotion_words(journal, point=call.values["point"], epoch=call.values["epoch"])
    told = errand.run([*words, "--dry-run"], within_s=errand.USUAL_S)
    if told["done"]:
        raise Problem("conflict", "it is the journal of a copy by now", hint="ask again")
    names = ("point", "end", "writes", "bytes", "unnumbered", "regions", "ranges")
    return Answer(status=200, document={name: told[name] for name in names})
