"""Operations that moved or are answered by others, pages, and parts of requests that went away."""

from compat.suggest.candidate import Sort
from tests.compat.suggest.finding import best, found, reasons, specs, the, words

VOLUMES = "Volume: {id!: string, size: integer}"

# --- operations -----------------------------------------------------------------------------------


def test_an_operation_under_another_path_may_be_the_same() -> None:
    old = {"GET /datasets/{id}/events": "{id: getDatasetEvents, 200: [Volume]}"}
    new = {"GET /assets/{id}/events": "{id: getAssetEvents, 200: [Volume]}"}
    one = the(found(*specs(VOLUMES, VOLUMES, old, new)), Sort.SAME)
    assert one.best
    assert words(one) == [
        {"same": {"old": "GET /datasets/{id}/events", "new": "GET /assets/{id}/events"}}
    ]
    assert "both are lists of Volume" in reasons(one)


def test_a_version_in_the_path_is_no_difference() -> None:
    old = {"GET /v1/volume/list": "{200: [Volume]}", "GET /v1/a": "{200: null}"}
    new = {"GET /v2/volumes/list": "{200: [Volume]}", "GET /v2/a": "{200: null}"}
    one = the(found(*specs(VOLUMES, VOLUMES, old, new)), Sort.SAME)
    assert "the paths share 100%" in reasons(one)


def test_what_all_paths_begin_with_is_nothing_in_common() -> None:
    """`/api/roles` and `/api/backfills` do not show that roles became backfills."""
    old, new = (
        {f"GET /api/{name}{end}": "{200: null}" for name in names for end in ("", "/{id}")}
        for names in (("roles", "users"), ("backfills", "jobs"))
    )
    candidates = found(*specs("{}", "{}", old, new))
    assert [reasons(one) for one in candidates if "became" in reasons(one)] == []


def test_operations_with_nothing_in_common_are_not_compared_aloud() -> None:
    old, new = {"GET /users": "{200: null}"}, {"GET /backfills": "{200: null}"}
    assert found(*specs("{}", "{}", old, new)) == ()


def test_reading_is_never_the_same_as_writing() -> None:
    old, new = {"GET /volumes/all": "{200: null}"}, {"DELETE /volumes/all": "{200: null}"}
    assert found(*specs("{}", "{}", old, new)) == ()


def test_an_operation_that_takes_all_that_another_took_may_stand_in() -> None:
    known = {"PATCH /runs/{id}": "{body!: {note: string, state: string}, 200: null}"}
    old = {"PATCH /runs/{id}/setNote": "{body!: {note: string}, 200: null}", **known}
    one = the(found(*specs("{}", "{}", old, known)), Sort.STAND_IN)
    assert words(one) == [{"old": "PATCH /runs/{id}/setNote", "calls": "PATCH /runs/{id}"}]
    assert "takes note too" in reasons(one)


def test_one_that_insists_on_more_cannot_stand_in() -> None:
    known = {"PUT /volumes/{id}": "{body!: {size: integer, replicas!: integer}, 200: null}"}
    old = {"PUT /volumes/{id}/size": "{body!: {size: integer}, 200: null}", **known}
    assert [one for one in found(*specs("{}", "{}", old, known)) if one.best] == []


def test_a_deletion_is_never_replaced_by_a_wider_one() -> None:
    known = {"DELETE /volumes/{id}": "{204: null}"}
    old = {"DELETE /volumes/{id}/snapshots": "{204: null}", **known}
    assert found(*specs("{}", "{}", old, known)) == ()


def test_a_list_of_all_is_a_poor_stand_in_for_a_list_of_some() -> None:
    known = {"GET /volumes": "{200: [Volume]}"}
    old = {"GET /nodes/{node_id}/volumes": "{200: [Volume]}", **known}
    one = the(found(*specs(VOLUMES, VOLUMES, old, known)), Sort.STAND_IN)
    assert not one.is_likely
    assert one.loses
    assert "no place for node_id" in reasons(one)


def test_a_stand_in_that_has_a_place_for_everything_loses_nothing() -> None:
    known = {"GET /volumes": "{query: {node_id: string}, 200: [Volume]}"}
    old = {"GET /nodes/{node_id}/volumes": "{200: [Volume]}", **known}
    assert not the(found(*specs(VOLUMES, VOLUMES, old, known)), Sort.STAND_IN).loses


# --- pages ----------------------------------------------------------------------------------------

PAGED = (
    "{query: {start_token: string, max_entries: integer},"
    " 200: {items!: [Volume], next_token: string}}"
)


def test_a_list_that_went_into_an_envelope_with_a_token_is_read_in_pages() -> None:
    old, new = {"GET /volumes": "{200: [Volume]}"}, {"GET /volumes": PAGED}
    one = the(found(*specs(VOLUMES, VOLUMES, old, new)), Sort.PAGES)
    assert (one.best, one.is_likely) == (True, True)
    assert words(one) == [
        {
            "at": "GET /volumes response 200",
            "pages": {
                "entries": "items",
                "token": "next_token",
                "query": "start_token",
                "size": "max_entries",
            },
        }
    ]


def test_pages_may_be_gone_as_well() -> None:
    old, new = {"GET /volumes": PAGED}, {"GET /volumes": "{200: [Volume]}"}
    one = the(found(*specs(VOLUMES, VOLUMES, old, new)), Sort.PAGES)
    assert "the parameter start_token is in this version alone" in reasons(one)


def test_an_envelope_without_a_token_or_a_parameter_has_no_pages() -> None:
    old = {"GET /volumes": "{200: [Volume]}"}
    for paged in (PAGED.replace("next_token", "total"), PAGED.replace("start_token", "filter")):
        candidates = found(*specs(VOLUMES, VOLUMES, old, {"GET /volumes": paged}))
        assert [one for one in candidates if one.sort is Sort.PAGES] == []


def test_an_envelope_of_other_things_is_no_page_of_these() -> None:
    both = VOLUMES + "\nNode: {id: string}"
    old = {"GET /volumes": "{200: [Volume]}"}
    new = {"GET /volumes": PAGED.replace("[Volume]", "[Node]")}
    assert best(found(*specs(both, both, old, new)), Sort.PAGES) == []


# --- parts of requests ----------------------------------------------------------------------------


def test_a_parameter_that_went_into_the_body_under_another_name_is_relocated() -> None:
    old = {"PUT /volumes/{id}/target": "{query: {node_id!: string}, 200: null}"}
    new = {"PUT /volumes/{id}/target": "{body!: {nodeId!: string}, 200: null}"}
    one = the(found(*specs("{}", "{}", old, new)), Sort.RELOCATE)
    assert one.best
    assert words(one) == [
        {"at": "PUT /volumes/{id}/target request", "move": {"query.node_id": "body.nodeId"}}
    ]


def test_a_body_field_that_became_a_header_is_relocated() -> None:
    old = {"POST /jobs": "{body!: {request_id: string, name: string}, 200: null}"}
    new = {"POST /jobs": "{header: {X-Request-Id: string}, body!: {name: string}, 200: null}"}
    assert best(found(*specs("{}", "{}", old, new)), Sort.RELOCATE) == [
        [{"at": "POST /jobs request", "move": {"body.request_id": "header.x-request-id"}}]
    ]


def test_a_field_that_got_an_operation_of_its_own_follows_it_there() -> None:
    old = {"PUT /logger": "{body!: Logger, 204: null}"}
    new = old | {"PUT /metrics": "{body!: Metrics, 204: null}"}
    schemas = (
        "Logger: {log_path!: string, metrics_fifo: string}",
        "Logger: {log_path!: string}\nMetrics: {metrics_path!: string}",
    )
    one = the(found(*specs(*schemas, old, new)), Sort.STAND_IN)
    assert one.best
    assert words(one) == [
        {
            "old": "PUT /logger",
            "calls": [
                {"operation": "PUT /logger"},
                {"operation": "PUT /metrics", "when": ["body.metrics_fifo"]},
            ],
        },
        {"at": "Metrics", "rename": {"metrics_fifo": "metrics_path"}},
    ]


def test_a_field_does_not_follow_an_operation_of_another_name() -> None:
    old = {"PUT /logger": "{body!: {id: string, path: string}, 204: null}"}
    new = {
        "PUT /logger": "{body!: {path: string}, 204: null}",
        "PUT /metrics": "{body!: {id: string}, 204: null}",
    }
    assert [one for one in found(*specs("{}", "{}", old, new)) if one.sort is Sort.STAND_IN] == []
