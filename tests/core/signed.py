"""Signatures by the simplest means: every slice is hashed, and every tree is made of lists."""

import hashlib
import hmac
from collections.abc import Iterator


class Bytes:
    """A medium over bytes, of which some ranges are known for holes; it keeps what was read."""

    def __init__(self, content: bytes, holes: tuple[tuple[int, int], ...] = ()) -> None:
        self.content, self.holes = bytearray(content), holes
        self.reads: list[tuple[int, int]] = []
        for offset, length in holes:
            self.content[offset : offset + length] = bytes(length)

    def read_into(self, buffer: bytearray | memoryview, offset: int) -> None:
        self.reads.append((offset, len(buffer)))
        piece = self.content[offset : offset + len(buffer)]
        assert len(piece) == len(buffer), "beyond the end"
        memoryview(buffer)[:] = piece

    def data(self, offset: int, length: int) -> Iterator[tuple[int, int]]:
        end = min(offset + length, len(self.content))
        for begin, count in self.holes:
            if begin + count <= offset:
                continue
            if begin > offset:
                yield offset, min(begin, end) - offset
            offset = begin + count
            if offset >= end:
                return
        if end > offset:
            yield offset, end - offset


def hashed(said: bytes, algorithm: str, key: bytes) -> bytes:
    if algorithm == "sha256":
        return hmac.digest(key, said, "sha256") if key else hashlib.sha256(said).digest()
    return hashlib.blake2b(said, digest_size=32, key=key).digest()


def naive_chunks(data: bytes, grain: int, algorithm: str, key: bytes = b"") -> list[bytes]:
    slices = [data[at : at + grain] for at in range(0, len(data), grain)]
    return [hashed(b"\0" + len(each).to_bytes(8, "big") + each, algorithm, key) for each in slices]


def naive_root(data: bytes, grain: int, algorithm: str, key: bytes = b"") -> bytes:
    level, span = naive_chunks(data, grain, algorithm, key), grain
    while len(level) > 1:
        span *= 16
        lengths = [min(span, len(data) - at) for at in range(0, len(data), span)]
        level = [
            hashed(
                b"\1" + length.to_bytes(8, "big") + b"".join(level[nth * 16 : nth * 16 + 16]),
                algorithm,
                key,
            )
            for nth, length in enumerate(lengths)
        ]
    named = bytes([len(algorithm)]) + algorithm.encode()
    said = len(data).to_bytes(8, "big") + grain.to_bytes(8, "big") + named + b"".join(level)
    return hashed(b"\2" + said, algorithm, key)
