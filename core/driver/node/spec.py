"""The interface's spec, as it is in the wheel, or in a checkout."""

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final

import yaml

from core.site.contract import Contract

_NAME: Final = "appliance_v1.yaml"
_IN_CHECKOUT: Final = Path(__file__).parents[3] / "specs" / "appliance" / "v1.yaml"


def read_spec() -> Mapping[str, Any]:
    """The document."""
    shipped = resources.files("core.driver.node").joinpath(_NAME)
    source = shipped if shipped.is_file() else _IN_CHECKOUT
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: Mapping[str, Any] = yaml.load(source.read_text("utf-8"), loader)
    return found


def contract() -> Contract:
    """What requests and answers are held against."""
    return Contract(read_spec())
