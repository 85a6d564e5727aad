"""Every place of a document that can change, and an edit for each thing that can happen there."""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.compat.differ.places.standard import maps, objects, required

Fragment = dict[str, Any]
Document = dict[str, Any]
Embed = Callable[[Fragment], Document]
Place = tuple[str, str]
"""(object, keyword); of a map "headers/*", of members without fixed names their pattern."""

_EXTENSION: Final = "^x-"
_URLS: Final = ("https://a.example/1", "https://a.example/2")


@dataclass(frozen=True, slots=True)
class Member:
    """Of a map: the names of two, and two values that the first may have."""

    name: str
    further: str
    one: Any
    other: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Atlas:
    """A dialect's objects, and what stands in their places.

    `hosts` has for each object the least of it that says something, and a spec that holds it;
    `nowhere` why the others are no places. `values` are two of a keyword where its schema does not
    tell any, `members` those of maps; `beside` is what stands there where the least would make the
    keyword say nothing, and `within` the spec in which it says something. What `values` has as
    "type/null" is a further edit of the keyword `type`.
    """

    dialect: str
    hosts: Mapping[str, tuple[Fragment, Embed]]
    nowhere: Mapping[str, str]
    values: Mapping[Place, tuple[Any, Any]]
    members: Mapping[Place, Member]
    beside: Mapping[Place, Fragment]
    within: Mapping[Place, Embed]

    def places(self) -> list[Place]:
        """All of the standard's, the further ones behind those of their keywords."""
        stated = objects(self.dialect)
        named = [
            (name, keyword)
            for name, keywords in stated.items()
            if name not in self.nowhere
            for keyword in keywords
        ]
        held = [place for place in maps(self.dialect) if place[0] not in self.nowhere]
        further = [place for place in self.values if place not in named and place not in held]
        return [*named, *((name, f"{keyword}/*") for name, keyword in held), *further]

    def edits(self, place: Place) -> Iterator["Edit"]:
        """What stands at the place added, taken away, and changed."""
        name, keyword = place
        plain = (name, keyword.partition("/")[0] if not keyword.startswith("^") else keyword)
        base, embed = self.hosts[name]
        base = self.beside.get(place, self.beside.get(plain, base))
        embed = self.within.get(place, self.within.get(plain, embed))
        if place in self.values or place not in self._membered():
            yield from self._of_keyword(place, plain[1], base, embed)
        else:
            yield from self._of_member(place, plain[1], base, embed)

    def _membered(self) -> set[Place]:
        whole = {
            (name, keyword)
            for name, keywords in objects(self.dialect).items()
            for keyword in keywords
            if keyword == "*" or keyword.startswith("^")
        }
        return {*whole, *((name, f"{keyword}/*") for name, keyword in maps(self.dialect))}

    def _of_keyword(
        self, place: Place, keyword: str, base: Fragment, embed: Embed
    ) -> Iterator["Edit"]:
        stated = objects(self.dialect)[place[0]].get(keyword, {})
        one, other = self.values.get(place) or _usual(stated)
        without, first, second = (copy.deepcopy(base) for _ in range(3))
        without.pop(keyword, None)
        first[keyword], second[keyword] = one, other
        if keyword not in required(self.dialect).get(place[0], ()):
            yield self._edit(place, "added", embed, without, second)
            yield self._edit(place, "removed", embed, second, without)
        yield self._edit(place, "changed", embed, first, second)

    def _of_member(
        self, place: Place, keyword: str, base: Fragment, embed: Embed
    ) -> Iterator["Edit"]:
        member = _EXTENDED if keyword == _EXTENSION else self.members[place]
        is_map = place[1].endswith("/*")

        def held(inside: Fragment) -> Fragment:
            return {**base, keyword: inside} if is_map else {**base, **inside}

        first = held({member.name: member.one})
        both = held({member.name: member.one, member.further: member.one})
        yield self._edit(place, "added", embed, first, both)
        yield self._edit(place, "removed", embed, both, first)
        yield self._edit(place, "changed", embed, first, held({member.name: member.other}))

    def _edit(self, place: Place, name: str, embed: Embed, old: Fragment, new: Fragment) -> "Edit":
        return Edit(place, name, copy.deepcopy(embed(old)), copy.deepcopy(embed(new)))


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit at one place, and the two documents."""

    place: Place
    name: str
    old: Document
    new: Document


_EXTENDED: Final = Member("x-a", "x-b", 1, 2)


def _usual(schema: Any) -> tuple[Any, Any]:
    if schema is True:  # any value
        return "a", "b"
    match schema.get("type"):
        case "boolean":
            return False, True
        case "integer" | "number":
            return 1, 2
        case "array":
            return ["a"], ["b"]
        case "object":
            return {"a": "x"}, {"a": "y"}
        case _:
            return _URLS if "uri" in str(schema.get("format")) else ("a", "b")
