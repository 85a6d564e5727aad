"""OpenAPI 3.0, 3.1 and Swagger 2.0 documents into the interface model.

Pure: documents come from `fetch`, which `compat.source` supplies for files, git and HTTP.
"""

from compat.load.documents import Fetch
from compat.load.opened import Loaded, opened
from compat.load.problem import NoSpecError, Problem, SpecError

__all__ = ["Fetch", "Loaded", "NoSpecError", "Problem", "SpecError", "load"]


def load(
    name: str,
    fetch: Fetch,
    *,
    strict: bool = False,
    remote: bool = False,
    validate: bool = True,
) -> Loaded:
    """Reads the spec `name` and the siblings it refers to.

    `strict` raises the first problem; `remote` lets references name http(s) URLs; `validate` checks
    the document against the schema of its standard. Raises SpecError for what is no such spec.
    """
    return opened(name, fetch, strict=strict, remote=remote).read(validate=validate)
