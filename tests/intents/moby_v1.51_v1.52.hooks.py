"""What the intent leaves to people: the address of a new container's endpoint."""

from .message import Json


def container_create_up(value: Json) -> Json:
    """The container's own address becomes that of its endpoint in the network it starts in."""
    if not isinstance(value, dict) or not isinstance(value.get("MacAddress"), str):
        return value
    address = value.pop("MacAddress")
    host = value.get("HostConfig")
    mode = host.get("NetworkMode") if isinstance(host, dict) else None
    network = mode if isinstance(mode, str) and mode not in ("", "default") else "bridge"
    networking = value.setdefault("NetworkingConfig", {})
    endpoints = networking.setdefault("EndpointsConfig", {}) if isinstance(networking, dict) else {}
    endpoint = endpoints.setdefault(network, {}) if isinstance(endpoints, dict) else {}
    if isinstance(endpoint, dict):
        endpoint.setdefault("MacAddress", address)
    return value


def container_create_down(value: Json) -> Json:
    """The old version knows an endpoint's address too."""
    return value
