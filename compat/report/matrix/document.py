"""The picture as JSON, for programs; `matrix.schema.json` of the folder above describes it."""

from collections.abc import Mapping
from typing import Final

from compat.model.schema import Json
from compat.report.document import (
    crossing_document,
    difference_document,
    interface_document,
)
from compat.report.matrix.cell import Cell
from compat.report.matrix.grid import Matrix
from compat.report.matrix.words import SHOWN_MAX
from compat.report.places import problem_documents

MATRIX_FORMAT: Final = 1


def matrix_document(matrix: Matrix) -> Mapping[str, Json]:
    """Everything that the picture shows, each client with each server."""
    return {
        "matrix": MATRIX_FORMAT,
        "versions": [interface_document(each.interface, each.name) for each in matrix.versions],
        "intents": [each.intent or None for each in matrix.versions[1:]],
        "passages": {passage.label: number for passage, number in matrix.counts.items()},
        "cells": [_cell(cell, matrix) for row in matrix.rows for cell in row],
        "problems": problem_documents(matrix.problems),
    }


def _cell(cell: Cell, matrix: Matrix) -> Json:
    return {
        "client": matrix.versions[cell.client].name,
        "server": matrix.versions[cell.server].name,
        "passage": cell.passage.label,
        "plan": cell.route.value if cell.route is not None else None,
        "operations": crossing_document(cell.operations),
        "differences": cell.differences,
        "defaults": cell.defaults,
        "losses": len(cell.losses),
        "gaps": len(cell.gaps),
        "reasons": [difference_document(each) for each in cell.gaps[:SHOWN_MAX]],
        "lost": [difference_document(each) for each in cell.losses],
    }
