"""Ways to break emitted code, one at a time."""

import ast
from pathlib import Path

import pytest

from tools.mutants import Mutant, mutants

SOURCE = '''"""What the file is."""

from json import loads

COUNT = 3


def first(value: dict[str, "Json"]) -> object:
    """What the function is."""
    if "a" in value:
        value["b"] = value.pop("a")
        return f"has {value}"
    for each in value:
        print(each)
    if value and True:
        return 1.5
    else:
        return None
'''


IF_A = '"a" in value: value["b"] = value.pop("a") return f"has {value}"'


def found(source: str) -> list[Mutant]:
    return list(mutants(Path("lenses/first.py"), source))


def broken(source: str) -> dict[str, str]:
    """Each mutant as it is printed, with the code that it makes."""
    return {str(each).partition(": ")[2]: each.source for each in found(source)}


def test_every_statement_value_and_condition_is_broken() -> None:
    assert [str(each).removeprefix("lenses/first.py:") for each in found(SOURCE)] == [
        "5: statement deleted: COUNT = 3 -> pass",
        "5: number changed: 3 -> 4",
        f"10: condition turned around: if {IF_A} -> if not ({IF_A.replace(':', '):', 1)}",
        '10: text changed: "a" -> "ax"',
        '11: statement deleted: value["b"] = value.pop("a") -> pass',
        '11: text changed: "b" -> "bx"',
        '11: text changed: "a" -> "ax"',
        '12: statement deleted: return f"has {value}" -> pass',
        "12: text changed: has -> has x",
        "13: loop emptied: for each in value: print(each) -> for each in value: pass",
        "14: statement deleted: print(each) -> pass",
        "15: condition turned around: if value and True: return 1.5 else: return None -> "
        "if not (value and True): return 1.5 else: return None",
        "15: branches swapped: if value and True: return 1.5 else: return None -> "
        "if value and True: return None else: return 1.5",
        "15: flag turned: True -> False",
        "16: statement deleted: return 1.5 -> pass",
        "16: number changed: 1.5 -> 2.5",
        "18: statement deleted: return None -> pass",
    ]


def test_each_mutant_is_python_and_another_program() -> None:
    whole = ast.dump(ast.parse(SOURCE))
    made = [ast.dump(ast.parse(each.source)) for each in found(SOURCE)]
    assert whole not in made
    assert len(set(made)) >= len(made) - 1  # an empty loop is one without its only statement


def test_only_one_thing_is_broken() -> None:
    deleted = broken(SOURCE)["statement deleted: COUNT = 3 -> pass"]
    assert deleted == SOURCE.replace("COUNT = 3", "pass")
    turned = next(code for name, code in broken(SOURCE).items() if name.startswith("condition"))
    assert turned == SOURCE.replace('if "a" in value', 'if not ("a" in value)')


@pytest.mark.parametrize(
    "source",
    [
        '"""Only words."""\n',
        "import json\nfrom json import loads\n",
        'if TYPE_CHECKING:\n    Name = "x"\n',
        "def first(value: 'Json') -> 'Json': ...\n",
    ],
    ids=["words", "imports", "types", "annotations"],
)
def test_what_does_nothing_is_left_alone(source: str) -> None:
    assert [each for each in found(source) if each.kind != "statement deleted"] == []


def test_what_is_around_a_mutant_is_told_and_its_line_marked() -> None:
    count, *_, deleted = [each for each in found(SOURCE) if each.kind == "statement deleted"]
    assert count.around == "> COUNT = 3"
    assert deleted.line == 18
    lines = deleted.around.splitlines()
    assert lines[0] == 'def first(value: dict[str, "Json"]) -> object:'
    assert [each for each in lines if each.startswith(">")] == [">         return None"]
