"""What pages of HTML have in common: their colours, and how texts of strangers get into them."""

from functools import cache
from importlib import resources
from typing import Final

from jinja2 import Environment, StrictUndefined, Template

from compat.report.printable import on_one_line

INK: Final = ("#16181d", "#f1f3f5")  # on light, on dark
PAPER: Final = ("#ffffff", "#14161a")


@cache
def template(package: str) -> Template:
    """The page of the package; what is put in is escaped, for the browser and for terminals."""
    text = resources.files(package).joinpath("page.html.jinja").read_text("utf-8")
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.from_string(text)


def _shown(value: object) -> object:
    return on_one_line(value) if isinstance(value, str) else value
