"""How much the loader takes on before it says no.

The limits hold for a spec together with all its sibling documents. The largest published spec we
know has 11 MB, 230,000 nodes and 22 levels.
"""

from typing import Final

DOCUMENT_BYTES_MAX: Final = 64 << 20
NODES_MAX: Final = 1_000_000
"""Objects, lists and scalars, each alias of YAML counted as the whole it stands for."""

DEPTH_MAX: Final = 100
"""Objects and lists inside each other. What walks schemas recurses, up to five frames a level."""

POINTERS_CHARS_MAX: Final = 1 << 29
"""The pointers of all nodes together: long keys above many nodes are more than they look."""

REFERENCE_CHAIN_MAX: Final = 100
COMPLAINTS_MAX: Final = 1_000
VALIDATION_EFFORT_MAX: Final = 40_000
"""Beyond it validating takes longer than everything else; see `compat.load.validation`."""
