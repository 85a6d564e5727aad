"""Public specs that lie beside the checkout; tests that need them skip where they are absent."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
SPEC_PAIRS = SHARED / "cases" / "spec-pairs"


def spec(name: str) -> Path:
    """The path of a published spec, e.g. "moby/v1.51.yaml"; skips the test where it is absent."""
    path = SPEC_PAIRS / name
    if not path.exists():
        pytest.skip(f"needs the published spec {name} in {SPEC_PAIRS}")
    return path
