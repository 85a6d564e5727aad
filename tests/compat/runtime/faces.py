"""Faces written by hand, with one exchange of every kind that the adapters meet.

Callers of version 1 name a volume's size in gigabytes, get all volumes at once, and read events of
`kind`; version 2 counts bytes, answers in pages, and its events have a `type`.
"""

from collections.abc import Callable

from compat.emit.runtime.message import Flow, GapError, Json, Reads, Request, Response

GIGABYTE = 10**9
PASSES = Reads(request=False, answer=False)

Exchange = Callable[[Request], Flow]


class TableFace:
    """Exchanges by (method, path); a path ends with "*" where only its beginning counts.

    What is in no table passes, with `base` replaced.
    """

    def __init__(
        self, base: tuple[str, str], table: dict[tuple[str, str], tuple[Reads, Exchange]]
    ) -> None:
        self._old, self._new = base
        self._table = table

    def exchange(self, request: Request) -> Flow:
        found = self._find(request.method, request.path)
        return found[1](request) if found else self._pass(request)

    def reads(self, method: str, path: str) -> Reads:
        found = self._find(method, path)
        if found:
            return found[0]
        return Reads(request=False, answer=False, calls=((method, self._path(path)),))

    def _find(self, method: str, path: str) -> tuple[Reads, Exchange] | None:
        for (verb, pattern), found in self._table.items():
            prefix = pattern.removesuffix("*")
            if verb in (method, "GET" if method == "HEAD" else "") and (
                path == prefix or (pattern.endswith("*") and path.startswith(prefix))
            ):
                return found
        return None

    def _path(self, path: str) -> str:
        return self._new + path.removeprefix(self._old) if path.startswith(self._old) else path

    def _pass(self, request: Request) -> Flow:
        return (
            yield Request(
                method=request.method,
                path=self._path(request.path),
                query=request.query,
                headers=request.headers,
                body=request.body,
            )
        )


def as_dict(value: object) -> dict[str, Json]:
    assert isinstance(value, dict)
    return value


def volume_up(value: object) -> Json:
    if not isinstance(value, dict) or "size_gb" not in value:
        return value  # type: ignore[return-value]
    rest = {name: field for name, field in value.items() if name != "size_gb"}
    return {**rest, "size_bytes": value["size_gb"] * GIGABYTE}


def volume_down(value: object) -> Json:
    if not isinstance(value, dict) or "size_bytes" not in value:
        return value  # type: ignore[return-value]
    rest = {name: field for name, field in value.items() if name != "size_bytes"}
    return {**rest, "size_gb": value["size_bytes"] // GIGABYTE}


def create_volume(request: Request) -> Flow:
    if isinstance(request.body, dict) and request.body.get("encrypted"):
        raise GapError("0123456789ab", "version 2 has no encryption", operation="POST /volumes")
    response = yield Request(
        method="POST",
        path="/v2/volumes",
        query=request.query,
        headers=request.headers,
        body=volume_up(request.body),
    )
    return Response(
        status=response.status, headers=response.headers, body=volume_down(response.body)
    )


def list_volumes(request: Request) -> Flow:
    items: list[Json] = []
    query = request.query
    while True:
        response = yield Request(
            method=request.method, path="/v2/volumes", query=query, headers=request.headers
        )
        if response.status != 200 or not isinstance(response.body, dict):
            return response
        page = response.body["items"]
        assert isinstance(page, list)
        items += map(volume_down, page)
        token = response.body.get("next")
        if not token:
            return Response(status=200, headers=response.headers, body=items)
        query = [*request.query, ("token", str(token))]


def event_down(record: Json) -> Json:
    if not isinstance(record, dict) or "type" not in record:
        return record
    if record["type"] == "secret":
        raise GapError("ba9876543210", "version 1 has no secrets", operation="GET /events")
    return {"kind": record["type"], **{k: v for k, v in record.items() if k != "type"}}


def watch_events(request: Request) -> Flow:
    response = yield Request(
        method=request.method, path="/v2/events", query=request.query, headers=request.headers
    )
    records = event_down if response.status == 200 else None
    return Response(
        status=response.status, headers=response.headers, body=response.body, records=records
    )


def refuse(request: Request) -> Flow:
    """An exchange need not be a generator function: this one raises when it is called."""
    raise GapError("feedfacecafe", "there is no such thing", operation=f"{request.method} /gone")


def check_then_put(request: Request) -> Flow:
    """Two calls, of which the second carries the caller's body."""
    asked = yield Request(method="GET", path="/v2/check", headers=[("host", "peer")])
    if asked.status != 200:
        return asked
    return (
        yield Request(method="PUT", path="/v2/objects", headers=request.headers, body=request.body)
    )


def put_twice(request: Request) -> Flow:
    yield Request(method="PUT", path="/v2/a", headers=request.headers, body=request.body)
    return (yield Request(method="PUT", path="/v2/b", headers=request.headers, body=request.body))


def first_of_two(request: Request) -> Flow:
    """The caller gets the first answer, though a second request follows it."""
    first = yield Request(method="GET", path="/v2/first", headers=request.headers)
    yield Request(method="GET", path="/v2/second", headers=request.headers)
    return first


def into_header(request: Request) -> Flow:
    """A field of the body becomes a header."""
    response = yield Request(
        method="GET", path="/v2/label", query=request.query, headers=request.headers
    )
    label = as_dict(response.body)["label"]
    return Response(status=204, headers=[*response.headers, ("x-label", str(label))])


READS_BOTH = Reads(request=True, answer=True, calls=(("POST", "/v2/volumes"),))
READS_ANSWER = Reads(request=False, answer=True, calls=(("GET", "/v2/volumes"),))
RECORDS = Reads(request=False, answer=False, records=True, calls=(("GET", "/v2/events"),))

V1_TO_V2 = TableFace(
    ("/v1", "/v2"),
    {
        ("POST", "/v1/volumes"): (READS_BOTH, create_volume),
        ("GET", "/v1/volumes"): (READS_ANSWER, list_volumes),
        ("GET", "/v1/events"): (RECORDS, watch_events),
        ("GET", "/v1/gone"): (PASSES, refuse),
        ("PUT", "/v1/objects"): (PASSES, check_then_put),
        ("PUT", "/v1/twice"): (PASSES, put_twice),
        ("GET", "/v1/first"): (PASSES, first_of_two),
        ("GET", "/v1/label"): (READS_ANSWER, into_header),
    },
)
