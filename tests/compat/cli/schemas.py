"""The schemas of what commands print as JSON."""

import json
from typing import Any, Final

from referencing import Registry, Resource

from tests.compat.cli.running import ROOT

SCHEMAS: Final = {
    name: json.loads((ROOT / "compat" / "report" / f"{name}.schema.json").read_text())
    for name in ("plan", "generate", "suggest", "matrix", "changes", "check", "rules", "history")
}
REGISTRY: Final[Registry[Any]] = Registry().with_resources(
    (schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values()
)
