"""What is done for each operation of the interface, by its id in the spec."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from core.driver.node import copying, errand
from core.driver.node.call import Call, begin
from core.driver.node.clock import now_ns, now_text, time_text
from core.driver.node.places import Places
from core.errors import CoreError
from core.site import group, image, operation, view
from core.site.exposition import Family, exposition
from core.site.problem import Problem
from core.site.retry import UNKNOWN, Answer
from core.site.store import Document, Kept, key_of
from core.structure.merkle import chunk_count
from core.structure.signature import Scheme

BOOKMARK_S: Final = 60.0
LIMIT: Final = 50
SIGNED_CHUNKS_MAX: Final = 1 << 16


def get_health(call: Call) -> Answer:
    call.site.store.revision()
    return Answer(status=200, document={"status": "ok"})


def get_node(call: Call) -> Answer:
    site = call.site
    return Answer(
        status=200,
        document={
            "id": site.id,
            "name": site.config.name,
            "version": site.version,
            "api": "v1",
            "time": now_text(),
            "started": site.started,
        },
    )


def get_metrics(call: Call) -> Answer:
    site, counts = call.site, call.counts
    states = Counter(site.groups.states())
    steps = Counter(each.document["state"] for each in site.store.page(operation.KIND))
    info = {"id": site.id, "name": site.config.name, "version": site.version}
    requests = [
        ({"operation": name, "status": str(status)}, count)
        for (name, status), count in sorted(counts.answers.items())
    ]
    families = (
        Family("isthmus_node_info", "gauge", "The node.", [(info, 1)]),
        Family("isthmus_groups", "gauge", "Groups by state.", _by("state", states)),
        Family("isthmus_operations", "gauge", "Operations by state.", _by("state", steps)),
        Family(
            "isthmus_worker_restarts_total",
            "counter",
            "How often workers of groups were begun again.",
            [({}, site.groups.restarts())],
        ),
        Family("isthmus_store_revision", "gauge", "Commits.", [({}, site.store.revision())]),
        Family("isthmus_requests_total", "counter", "Requests by their answers.", requests),
        Family(
            "isthmus_spec_violations_total",
            "counter",
            "Answers that the spec does not have.",
            _by("operation", counts.violations),
        ),
    )
    return Answer(status=200, document=exposition(families))


def _by(label: str, counted: Mapping[str, int]) -> Iterable[tuple[Mapping[str, str], float]]:
    return [({label: name}, count) for name, count in sorted(counted.items())]


def list_groups(call: Call) -> Answer:
    return call.page(group.KIND, "groups", call.site.groups.view, name=call.values.get("name"))


def create_group(call: Call) -> Answer:
    groups = call.site.groups

    def answer(document: Document, revision: int) -> Answer:
        key = key_of(group.KIND, document["id"])
        shown = groups.view(Kept(key=key, document=document, revision=revision))
        return Answer(status=201, document=shown, location=f"/v1/groups/{document['id']}")

    kept = groups.create(
        call.body,
        call.site.config.images,
        lambda document: call.keep(answer(document, UNKNOWN)),
    )
    return answer(kept.document, kept.revision)


def get_group(call: Call) -> Answer:
    return Answer(status=200, document=call.site.groups.view(call.group()))


def delete_group(call: Call) -> Answer:
    kept = call.group()
    call.refuse_stale(kept)
    call.site.groups.delete(
        kept,
        with_history=call.values["history"] == "discard",
        with_copies=call.values["copies"] == "discard",
    )
    return Answer(status=204)


def get_group_status(call: Call) -> Answer:
    return Answer(status=200, document=call.site.groups.status(call.group()))


def _of_journal(call: Call, *words: str) -> Any:
    """What a command tells of the journal of the group."""
    kept = call.group()
    journal = call.site.places.journal(kept.document["id"])
    if not journal.is_dir():
        raise Problem("conflict", "the group has no history yet", hint="its status says more")
    return errand.run([*words, str(journal), "--format", "json"], within_s=errand.USUAL_S)


def get_timeline(call: Call) -> Answer:
    return Answer(status=200, document=_of_journal(call, "timeline"))


def list_bookmarks(call: Call) -> Answer:
    return Answer(status=200, document=_of_journal(call, "bookmark", "list"))


def add_bookmark(call: Call) -> Answer:
    """The journal is told, and then the store: a retry finds what was done in between."""
    group.refuse_copy(call.group().document)
    number, name = call.group().document["id"], call.body["name"]
    consistency = call.body.get("consistency", "crash")
    is_again = False
    if call.retry is not None:
        is_again = call.site.store.get(call.retry.key) is not None
        call.site.store.commit([call.retry.begun(now_ns=now_ns())])
    try:
        told = call.site.groups.ask(
            number, "bookmark", BOOKMARK_S, name=name, consistency=consistency
        )
        document = {
            "name": name,
            "sequence": told["point"],
            "time": time_text(told["time_ns"]),
            "consistency": consistency,
        }
    except CoreError:
        known = _of_journal(call, "bookmark", "list")["bookmarks"] if is_again else []
        found = [each for each in known if each["name"] == name]
        if not found:
            raise
        document = found[0]
    answer = Answer(status=201, document=document)
    call.remember(answer)
    return answer


def resize_volume(call: Call) -> Answer:
    kept = call.group()
    call.refuse_stale(kept)
    groups = call.site.groups
    found = groups.resize(kept, call.values["volume"], call.body["size"])
    return Answer(status=200, document=groups.view(found))


def rewind_group(call: Call) -> Answer:
    if group.role_of(call.group().document) == group.COPY:
        raise Problem(
            "conflict",
            f"{call.group().document['name']} is a copy here, which is not taken back in place",
            hint="open an image of the point instead (`isthmus --site URL image open`)",
        )
    call.site.groups.serving(call.group().document["id"])
    return begin(call, "rewind", {"at": call.body["at"]})


def sign_volume(call: Call) -> Answer:
    kept, asked = call.group(), call.body
    volume = group.volume_of(kept.document, call.values["volume"])
    offset = asked.get("offset", 0)
    length = asked.get("length", volume["size"] - offset)
    scheme = Scheme(
        granularity=asked.get("granularity", 1 << 16),
        algorithm=asked.get("algorithm", "blake2b-256"),
    )
    if length < 0 or chunk_count(scheme, length) > SIGNED_CHUNKS_MAX:
        raise Problem(
            "refused",
            f"a range of {length} bytes has more than {SIGNED_CHUNKS_MAX} chunks, or none",
            hint="sign it in parts, whose lengths are multiples of the granularity",
        )
    request = {
        "volume": volume["name"],
        "at": asked.get("at", "latest"),
        "offset": offset,
        "length": length,
        "granularity": scheme.granularity,
        "algorithm": scheme.algorithm,
        "anew": asked.get("anew", False),
    }
    return begin(call, "signature", request)


def list_images(call: Call) -> Answer:
    return call.page(image.KIND, "images", view.seen, group=call.values.get("group"))


def open_image(call: Call) -> Answer:
    call.site.groups.serving(call.site.groups.get(call.body["group"]).document["id"])

    def answer(document: Document, revision: int) -> Answer:
        shown = view.seen(Kept(key="", document=document, revision=revision))
        return Answer(status=201, document=shown, location=f"/v1/images/{document['id']}")

    kept = call.site.images.open(call.body, lambda document: call.keep(answer(document, UNKNOWN)))
    return answer(kept.document, kept.revision)


def get_image(call: Call) -> Answer:
    return Answer(status=200, document=view.seen(call.wanted(image.KIND, "image")))


def close_image(call: Call) -> Answer:
    kept = call.wanted(image.KIND, "image")
    call.refuse_stale(kept)
    call.site.images.close(kept)
    return Answer(status=204)


def list_operations(call: Call) -> Answer:
    values = call.values
    return call.page(
        operation.KIND,
        "operations",
        view.seen,
        group=values.get("group"),
        state=values.get("state"),
    )


def get_operation(call: Call) -> Answer:
    return Answer(status=200, document=view.seen(call.wanted(operation.KIND, "operation")))


def cancel_operation(call: Call) -> Answer:
    kept = call.site.operations.cancel(call.wanted(operation.KIND, "operation"))
    answer = Answer(status=200, document=view.seen(kept))
    call.remember(answer)
    return answer


def get_signatures(call: Call) -> Answer:
    kept = call.wanted(operation.KIND, "operation")
    return Answer(status=200, document=_signatures(call.site.places, kept))


def _signatures(places: Places, kept: Kept) -> Any:
    document = kept.document
    if document["kind"] != "signature" or document["result"] is None:
        raise Problem("conflict", "it has made no signatures", hint="its state says more")
    try:
        return json.loads(places.result(document["id"]).read_bytes())
    except FileNotFoundError:
        raise Problem("not-found", "its signatures are not kept any more") from None


class Handler(NamedTuple):
    """What does it, and whether others wait for that only in a queue of its own kind."""

    do: Callable[[Call], Answer]
    is_slow: bool = False


HANDLERS: Final[Mapping[str, Handler]] = {
    "getHealth": Handler(get_health),
    "getMetrics": Handler(get_metrics),
    "getNode": Handler(get_node),
    "listGroups": Handler(list_groups),
    "createGroup": Handler(create_group, is_slow=True),
    "getGroup": Handler(get_group),
    "deleteGroup": Handler(delete_group, is_slow=True),
    "keepCopy": Handler(copying.keep_copy, is_slow=True),
    "getGroupStatus": Handler(get_group_status, is_slow=True),
    "getTimeline": Handler(get_timeline, is_slow=True),
    "listBookmarks": Handler(list_bookmarks, is_slow=True),
    "addBookmark": Handler(add_bookmark, is_slow=True),
    "rewindGroup": Handler(rewind_group, is_slow=True),
    "failOverGroup": Handler(copying.fail_over_group),
    "addCopy": Handler(copying.add_copy),
    "changeCopy": Handler(copying.change_copy, is_slow=True),
    "removeCopy": Handler(copying.remove_copy),
    "releaseCopy": Handler(copying.release_copy, is_slow=True),
    "verifyCopy": Handler(copying.verify_copy),
    "standBy": Handler(copying.stand_by, is_slow=True),
    "withdrawStandBy": Handler(copying.withdraw_stand_by, is_slow=True),
    "getDivergence": Handler(copying.get_divergence, is_slow=True),
    "resizeVolume": Handler(resize_volume, is_slow=True),
    "signVolume": Handler(sign_volume),
    "listImages": Handler(list_images),
    "openImage": Handler(open_image, is_slow=True),
    "getImage": Handler(get_image),
    "closeImage": Handler(close_image, is_slow=True),
    "listOperations": Handler(list_operations),
    "getOperation": Handler(get_operation),
    "cancelOperation": Handler(cancel_operation),
    "getSignatures": Handler(get_signatures),
}
STREAM: Final = "getEvents"
