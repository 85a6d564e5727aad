"""A result that goes into a file instead of standard output."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from compat.cli.console import note, say_text
from compat.errors import CompatError
from compat.folder import SUFFIXES


def refuse_input(output: str, inputs: Iterable[str]) -> None:
    """Raises CompatError where the result would go over what it is made from, or may be.

    Of a folder that is every file in it which may be a spec.
    """
    path = Path(output)
    for name in inputs:
        with suppress(OSError):
            is_within = path.resolve().is_relative_to(Path(name).resolve()) and path.exists()
            is_spec = is_within and path.suffix.lower() in SUFFIXES
            if name and (path.samefile(name) or (Path(name).is_dir() and is_spec)):
                raise CompatError(
                    "the result would go over what it is made from",
                    where=output,
                    hint="write elsewhere",
                )


def deliver(text: str, output: str) -> None:
    """Prints the text or, where a file is named, writes it there and says so."""
    if output:
        write_output(output, text)
        note(f"{output}: written")
    else:
        say_text(text)


def write_output(output: str, text: str) -> None:
    """All of the text or, where that fails, nothing; a device or a pipe is written to as it is.

    Raises CompatError for want of rights or room.
    """
    path = Path(output)
    try:
        data = text.encode(errors="backslashreplace")
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            _replace(path.resolve(), data)
    except OSError as error:
        raise CompatError(f"cannot be written: {error.strerror}", where=output) from None


def _replace(path: Path, data: bytes) -> None:
    # Imported where it is used: most results are printed.
    from tempfile import NamedTemporaryFile

    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as whole:
        aside = Path(whole.name)
        try:
            whole.write(data)
            whole.flush()
            aside.chmod(path.stat().st_mode if path.exists() else 0o666 & ~_mask())
            aside.replace(path)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
