"""A token is known to who has it: it is in no log, store, error, list of words, or environment."""

from pathlib import Path

from core.site.access import digest_of
from tests.core.cli.running import isthmus
from tests.core.node.running import made, node, token_settings, words_of, workers

CANARY = "canary-7Qd0vKq3nFzR5yYx1mJ8"


def test_the_token_is_nowhere_but_where_it_was_put() -> None:
    holders = [("admin", CANARY, ""), ("viewer", f"{CANARY}-viewer", "")]
    with (
        node(token_settings(holders), ISTHMUS_TOKEN=CANARY) as found,
        found.client(CANARY) as client,
    ):
        assert found.process is not None
        group = made(found, client, "db")
        base = f"/v1/groups/{group['id']}"
        said = [
            client.post("/v1/groups", content=CANARY).text,
            client.get("/nowhere", headers={"Authorization": f"Bearer x{CANARY}"}).text,
            client.get("/v1/node", headers={"Authorization": f"Basic {CANARY}"}).text,
            client.get(base, headers={"Idempotency-Key": "k"}).text,
            client.post(f"{base}/bookmarks", json={"name": "m"}).text,
            client.post("/v1/images", json={"group": group["id"], "at": "nope"}).text,
            client.post("/v1/images", json={"group": group["id"], "at": "latest"}).text,
            client.get("/metrics").text,
            client.get("/v1/node", headers={"Authorization": "Bearer nobody"}).text,
        ]
        told = isthmus(*("--site", found.url, "status"), ISTHMUS_TOKEN=CANARY)
        assert told.code == 0, told.err
        wrong = isthmus(*("--site", found.url, "status"), ISTHMUS_TOKEN=f"{CANARY}x")
        assert wrong.code == 2
        said += [told.out, told.err, wrong.out, wrong.err]
        processes = [Path("/proc") / str(pid) for pid in workers(found)]
        assert len(processes) >= 2
        for each in processes:
            assert CANARY.encode() not in (each / "environ").read_bytes()
        words = words_of(Path("/proc") / str(found.process.pid) / "cmdline")
        found.end()
        kept = {path: path.read_bytes() for path in found.folder.rglob("*") if path.is_file()}
        found.start(ISTHMUS_TOKEN=CANARY)
    assert [text for text in said if CANARY in text] == []
    assert CANARY.encode() not in words
    assert len(kept) > 8
    assert [path for path, text in kept.items() if CANARY.encode() in text] == []
    assert any(digest_of(CANARY).hex().encode() in text for text in kept.values())
