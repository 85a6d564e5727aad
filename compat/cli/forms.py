"""What a list of changes can be written as."""

from enum import StrEnum
from typing import TYPE_CHECKING

from compat.cli.console import json_text, plain

if TYPE_CHECKING:
    from compat.report.changes.listing import Listing


class Form(StrEnum):
    """What the changes can be written as."""

    TEXT = "text"
    JSON = "json"
    YAML = "yaml"
    MARKDOWN = "markdown"
    HTML = "html"
    SARIF = "sarif"
    JUNIT = "junit"
    GITHUB = "github"


def form_text(found: "Listing", form: Form) -> str:
    """What goes into a file of this form."""
    match form:
        case Form.TEXT:
            from compat.report.changes.text import changes_text

            return plain(changes_text(found))
        case Form.JSON:
            from compat.report.changes.document import changes_document

            return json_text(changes_document(found))
        case Form.YAML:
            from compat.report.changes.document import changes_document
            from compat.report.changes.yaml_text import yaml_text

            return yaml_text(changes_document(found))
        case Form.MARKDOWN:
            from compat.report.changes.markdown import changes_markdown

            return changes_markdown(found)
        case Form.HTML:
            from compat.report.changes.page import changes_page

            return changes_page(found)
        case Form.SARIF:
            from compat.report.changes.sarif import changes_sarif

            return json_text(changes_sarif(found))
        case Form.JUNIT:
            from compat.report.changes.junit import changes_junit

            return changes_junit(found)
        case Form.GITHUB:
            from compat.report.changes.github import changes_commands

            return changes_commands(found)
