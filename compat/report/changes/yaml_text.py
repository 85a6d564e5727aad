"""The document for programs as YAML."""

from collections.abc import Mapping

import yaml
from yaml.nodes import ScalarNode

from compat.model.schema import Json


class _Dumper(yaml.CSafeDumper):
    """Writes what occurs twice twice, instead of a reference to it."""

    def ignore_aliases(self, _: object) -> bool:
        return True


def yaml_text(document: Mapping[str, Json]) -> str:
    """Readers of YAML 1.1 and of 1.2 get the document back; all of it is ASCII."""
    text: str = yaml.dump(dict(document), Dumper=_Dumper, sort_keys=False)
    return text


def _scalar(dumper: yaml.CSafeDumper, text: str) -> ScalarNode:
    """A file's name may hold half of a surrogate pair, which no YAML can."""
    whole = text.encode(errors="backslashreplace").decode()
    return dumper.represent_scalar("tag:yaml.org,2002:str", whole)


_Dumper.add_representer(str, _scalar)
