"""YAML text as JSON values with marks.

What is written as specs usually are, `compat.load.block_yaml` reads. For all else, and to say what
is wrong, there are the events of libyaml.
"""

from compat.load import block_yaml
from compat.load.parsed import Parsed


def parse(name: str, text: str) -> Parsed:
    """Raises SpecError for what is not one YAML document, or beyond the limits."""
    return block_yaml.read(text) or _parse_events(name, text)


def _parse_events(name: str, text: str) -> Parsed:
    # Imported where it is used: libyaml's binding takes longer than reading most specs.
    from compat.load import yaml_events

    return yaml_events.parse(name, text)
