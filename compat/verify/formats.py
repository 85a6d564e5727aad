"""The formats that are asserted, and texts of each: those whose meaning a bridge could break."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Final
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from jsonschema import FormatChecker

INTEGERS: Final[Mapping[str, tuple[int, int]]] = {
    "int8": (-(2**7), 2**7 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint8": (0, 2**8 - 1),
    "uint16": (0, 2**16 - 1),
    "uint32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
}
"""Least and greatest value of each (OpenAPI format registry)."""

_DATE_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)

TEXTS: Final[Mapping[str, SearchStrategy[str]]] = {
    "date-time": st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1)).map(
        lambda moment: f"{moment.isoformat()}Z"
    ),
    "date": st.dates(min_value=date(1970, 1, 1)).map(date.isoformat),
    "uuid": st.uuids().map(str),
    "ipv4": st.ip_addresses(v=4).map(str),
    "ipv6": st.ip_addresses(v=6).map(str),
    "byte": st.binary(max_size=12).map(lambda data: base64.b64encode(data).decode()),
    "uri": st.from_regex(r"https://[a-z]{1,8}\.example/[a-z0-9]{0,6}", fullmatch=True),
    "email": st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.example", fullmatch=True),
    "hostname": st.from_regex(r"[a-z]{1,8}\.example", fullmatch=True),
}
"""How texts of a format are made; all others are any text."""


def _is_date_time(text: str) -> bool:
    return bool(_DATE_TIME.fullmatch(text)) and bool(datetime.fromisoformat(text.upper()[:19]))


def _is_base64(text: str) -> bool:
    return base64.b64decode(text, validate=True) is not None


_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    "date-time": _is_date_time,
    "date": date.fromisoformat,
    "uuid": UUID,
    "ipv4": IPv4Address,
    "ipv6": IPv6Address,
    "byte": _is_base64,
}


def _text_check(read: Callable[[str], object]) -> Callable[[object], bool]:
    def check(value: object) -> bool:
        return not isinstance(value, str) or read(value) not in (None, False)

    return check


def _integer_check(least: int, greatest: int) -> Callable[[object], bool]:
    def check(value: object) -> bool:
        return not isinstance(value, int) or least <= value <= greatest

    return check


CHECKER: Final = FormatChecker(formats=())
for _name, _read in _READERS.items():
    CHECKER.checks(_name, raises=(ValueError, binascii.Error))(_text_check(_read))
for _name, _range in INTEGERS.items():
    CHECKER.checks(_name)(_integer_check(*_range))
