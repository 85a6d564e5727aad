"""What pages of HTML have in common: their frame, and how texts of strangers get into them.

`page.html.jinja` beside this module is the frame. It takes `title` and `totals`, which stand at the
top, and `shades`, the colours of the page by the classes that have them.
"""

from functools import cache
from importlib import resources
from typing import Final

from jinja2 import DictLoader, Environment, StrictUndefined, Template

from compat.report.printable import on_one_line

INK: Final = ("#16181d", "#f1f3f5")  # on light, on dark
PAPER: Final = ("#ffffff", "#14161a")
_NAME: Final = "page.html.jinja"


@cache
def template(package: str) -> Template:
    """The page of the package; what is put in is escaped, for the browser and for terminals."""
    environment = Environment(
        loader=DictLoader({_NAME: _text("compat.report")}),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.from_string(_text(package), {"ink": INK, "paper": PAPER})


def _text(package: str) -> str:
    return resources.files(package).joinpath(_NAME).read_text("utf-8")


def _shown(value: object) -> object:
    return on_one_line(value) if isinstance(value, str) else value
