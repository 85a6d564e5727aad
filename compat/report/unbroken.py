"""Text that no narrow page breaks."""

from rich.text import Text

from compat.report.printable import printable


def unbroken(text: str, style: str = "") -> Text:
    """Lines that stay whole however narrow the page is: places, paths, what is to be copied."""
    return Text(printable(text), style=style, no_wrap=True, overflow="ignore")
