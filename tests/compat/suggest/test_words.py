"""Names as words, units in names and texts, and what descriptions have in common."""

from fractions import Fraction

import pytest

from compat.suggest import texts
from compat.suggest.units import Unit, factor, scale_words, unit_of_name, unit_of_text
from compat.suggest.words import likeness, opposites, words


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("target_name", ("target", "name")),
        ("targetNames", ("target", "name")),
        ("TARGET-NAME", ("target", "name")),
        ("HTTPServerURL", ("http", "server", "url")),
        ("IPv6Address", ("ipv6", "address")),
        ("volCfg", ("volume", "configuration")),
        ("policies", ("policy",)),
        ("addresses", ("address",)),
        ("status", ("status",)),
        ("größe.maß", ("größe", "maß")),
        ("", ()),
        ("__", ()),
    ],
)
def test_a_name_is_its_words_in_the_singular_and_written_out(
    name: str, expected: tuple[str, ...]
) -> None:
    assert words(name) == expected


def test_names_that_differ_in_style_number_or_length_alone_are_equal() -> None:
    for one, other in (
        ("boot_source", "boot-source"),
        ("target_name", "targetNames"),
        ("vmName", "vm_name"),
        ("mem_size", "memorySize"),
        ("host_name", "hostname"),
    ):
        assert likeness(one, other) == 1.0, (one, other)


def test_names_are_the_less_alike_the_less_they_share() -> None:
    order = [
        likeness("log_fifo", "log_fifos"),
        likeness("execution_date_gte", "logical_date_gte"),
        likeness("log_fifo", "metrics_path"),
    ]
    assert order == sorted(order, reverse=True)
    assert order[-1] == 0.0


def test_a_word_that_every_name_has_says_little() -> None:
    assert likeness("volume_name", "array_name") < likeness("volume_name", "volume_label")


def test_short_words_are_not_alike_by_chance() -> None:
    assert likeness("used", "user") == 0.0
    assert likeness("remaining", "used") == 0.0
    assert likeness("weight", "height") == 0.0


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("bytes_remaining", "bytes_used", ("remaining", "used")),
        ("minSize", "maxSize", ("minimum", "maximum")),
        ("start", "end", ("start", "end")),
        ("used_bytes", "used_percent", None),
        ("log_fifo", "log_path", None),
    ],
)
def test_opposite_words_are_noticed(one: str, other: str, expected: tuple[str, str] | None) -> None:
    assert opposites(one, other) == expected


# --- units ----------------------------------------------------------------------------------------

SECONDS = Unit("time", 1_000_000_000, "seconds")
MILLIS = Unit("time", 1_000_000, "milliseconds")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("timeout_ms", MILLIS),
        ("timeoutMillis", MILLIS),
        ("timeoutSecs", SECONDS),
        ("sizeMiB", Unit("data", 1 << 20, "mebibytes")),
        ("size_mib", Unit("data", 1 << 20, "mebibytes")),
        ("sizeInBytes", Unit("data", 1, "bytes")),
        ("group_b", None),
        ("ms", None),
        ("timeout", None),
        ("max", None),
    ],
)
def test_a_name_may_end_with_its_unit(name: str, expected: Unit | None) -> None:
    found = unit_of_name(name)
    assert (found and (found.dimension, found.size)) == (
        expected and (expected.dimension, expected.size)
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How long to wait, in seconds.", "seconds"),
        ("Timeout (milliseconds)", "milliseconds"),
        (
            "Timeout in milliseconds; 1000 make what used to be in the field: seconds",
            "milliseconds",
        ),
        ("The second value", None),
        ("Between seconds and minutes", None),
        ("Size in KiB", "kibibytes"),
        ("the transfer rate", None),
        ("", None),
    ],
)
def test_a_description_may_speak_of_one_unit(text: str, expected: str | None) -> None:
    found = unit_of_text(text)
    assert (found.name if found else None) == expected


def test_a_factor_leads_from_the_old_number_to_the_new() -> None:
    assert factor(SECONDS, MILLIS) == 1000
    assert factor(MILLIS, SECONDS) == Fraction(1, 1000)
    assert factor(SECONDS, SECONDS) is None
    assert factor(SECONDS, Unit("data", 1, "bytes")) is None
    assert [scale_words(Fraction(1000)), scale_words(Fraction(1, 1024))] == ["1000", "1/1024"]


# --- texts ----------------------------------------------------------------------------------------


def test_descriptions_are_compared_by_the_words_that_say_something() -> None:
    pipe = "The named pipe for the human readable log output."
    file = "Path to the named pipe or file for the human readable log output."
    assert (texts.likeness(pipe, file) or 0) > 0.7
    assert texts.likeness(pipe, "Number of processors of the machine") == 0.0
    assert texts.likeness(pipe, "") is None
    assert texts.likeness("Size of the volumes", "size of `volume`") == 1.0


@pytest.mark.parametrize(
    ("text", "name", "how"),
    [
        ("This makes it an equivalent of the Size field.", "Size", "equivalent of"),
        ('It has been renamed to "reserved-space".', "reserved-space", "renamed to"),
        ("Deprecated: use logical_date", "logical_date", "use"),
        ("Same as `logical_date`", "logical_date", "same as"),
        ("Only if `mem_backend` is not there", "mem_backend", "names"),
        ("Only if mem_backend is not there", "mem_backend", "names"),
        ("The size of the volume", "size", ""),
        ("The resize_mode", "size", ""),
        ("Whatever", "", ""),
        ("a(b", "(", ""),
    ],
)
def test_a_description_may_name_another_field(text: str, name: str, how: str) -> None:
    assert texts.names(text, name) == how
