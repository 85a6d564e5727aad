"""Small files of a journal, written anew as a whole."""

from core.structure.medium import Folder


def write_anew(folder: Folder, name: str, data: bytes) -> None:
    """Have a file hold those bytes, durably; until then it is as it was, or not there."""
    draft = f"{name}.new"
    if draft in folder.names():
        folder.remove(draft)
    file = folder.create(draft, len(data))
    file.write((data,), 0)
    file.sync()
    file.close()
    folder.rename(draft, name)
    folder.sync()
