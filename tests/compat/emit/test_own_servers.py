"""Operations that servers of their own put under other base paths."""

import pytest

from compat.model.interface import Interface
from compat.model.role import Role
from compat.plan.bridge import BridgePlan
from compat.plan.planner import plan
from tests.compat.emit.making import drive, running
from tests.compat.plan.whole import whole

OLD, NEW = Role.OLD_CLIENT, Role.NEW_CLIENT


def served(base: str, own: str) -> Interface:
    servers = f"servers: [{{url: {own}}}], " if own else ""
    paths = f"/disks/{{id}}: {{{servers}put: {{}}}}\n/pools: {{get: {{}}}}"
    return whole(paths, f"{{servers: [{{url: {base}}}]}}")


def between(old: Interface, new: Interface) -> BridgePlan:
    return plan(old, new, today="2026-11-23")


@pytest.mark.parametrize(
    ("old", "new", "ours", "theirs"),
    [
        ("", "/uploads", "/v1/disks/a%2Fb", "/uploads/disks/a%2Fb"),
        ("/uploads", "", "/uploads/disks/a", "/v2/disks/a"),
        ("/uploads", "/uploads", "/uploads/disks/a", "/uploads/disks/a"),
        ("/v1/uploads", "/v2/downloads", "/v1/uploads/disks/a", "/v2/downloads/disks/a"),
    ],
)
def test_requests_go_where_the_operation_is(old: str, new: str, ours: str, theirs: str) -> None:
    made = between(served("/v1", old), served("/v2", new))
    with running(made) as module:
        message = module("message")
        for role, asked, sent in ((OLD, ours, theirs), (NEW, theirs, ours)):
            flow = module(role).exchange(message.Request(method="PUT", path=asked))
            requests, _ = drive(flow, message.Response(status=200))
            assert [each.path for each in requests] == [sent]
            found = module(role).reads("PUT", asked)
            assert found.calls == (("PUT", sent.rpartition("/")[0] + "/{id}"),)


def test_the_others_stay_under_the_base_path_of_all() -> None:
    with running(between(served("/v1", "/uploads"), served("/v2", "/uploads"))) as module:
        message = module("message")
        flow = module(OLD).exchange(message.Request(method="GET", path="/v1/pools"))
        requests, _ = drive(flow, message.Response(status=200))
        assert [each.path for each in requests] == ["/v2/pools"]
        assert module(OLD).reads("GET", "/v1/pools").calls == (("GET", "/v2/pools"),)
