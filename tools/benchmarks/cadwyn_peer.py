"""The demonstration's change of a volume's size, made with Cadwyn."""

from typing import Any

from cadwyn import (
    Cadwyn,
    HeadVersion,
    ResponseInfo,
    Version,
    VersionBundle,
    VersionChange,
    VersionedAPIRouter,
    convert_response_to_previous_version_for,
    schema,
)
from fastapi import FastAPI
from pydantic import BaseModel

STATES = {
    "online": "ONLINE",
    "degraded": "DEGRADED",
    "offline": "OFFLINE",
    "rebuilding": "DEGRADED",
}

VOLUME = {"id": "1", "name": "mail", "capacity_bytes": 1 << 37, "state": "online", "node": "n1"}


class Volume(BaseModel):
    """A volume as the newest version has it."""

    id: str
    name: str
    capacity_bytes: int
    state: str
    node: str


class SizesInBytes(VersionChange):
    """Sizes are in bytes, states in lower case."""

    description = "sizes in bytes"
    instructions_to_migrate_to_previous_version = (
        schema(Volume).field("capacity_bytes").had(name="size_gib"),
    )

    @convert_response_to_previous_version_for(Volume)
    def to_gib(response: ResponseInfo) -> None:  # noqa: N805
        """The old version's volume."""
        response.body["size_gib"] = response.body.pop("capacity_bytes") >> 30
        response.body["state"] = STATES[response.body["state"]]


def cadwyn_app() -> Any:
    """An app that serves one volume in both versions."""
    router = VersionedAPIRouter()

    @router.get("/volumes/{volume_id}", response_model=Volume)
    async def volume(volume_id: str) -> dict[str, object]:
        return {**VOLUME, "id": volume_id}

    app = Cadwyn(
        versions=VersionBundle(
            HeadVersion(), Version("2026-01-01", SizesInBytes), Version("2025-01-01")
        )
    )
    app.generate_and_include_versioned_routers(router)
    return app


def plain_app() -> Any:
    """The same app with one version, and nothing around it."""
    app = FastAPI()

    @app.get("/v2/volumes/{volume_id}", response_model=Volume)
    async def volume(volume_id: str) -> dict[str, object]:
        return {**VOLUME, "id": volume_id}

    return app
