"""What a range of an image holds, where somebody else may cut the image off meanwhile."""

from core.structure.medium import SparseImage


def held(image: SparseImage, offset: int, length: int) -> bytearray:
    """As much of it as there is."""
    while True:
        size = image.size()
        found = bytearray(max(0, min(offset + length, size) - offset))
        try:
            with memoryview(found) as view:
                for begin, run in image.data(offset, len(found)):
                    image.read_into(view[begin - offset : begin - offset + run], begin)
        except OSError:
            if image.size() >= size:
                raise
        else:
            return found
