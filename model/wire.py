"""Protocol Buffers' wire format, as far as ONNX files need it: fields read one after the other, and written.

Protocol Buffers Documentation, "Encoding". A message that is appended to another is merged with it: what may be
there several times is added, so a file can be given more without being taken apart.
"""

from collections.abc import Iterator

VARINT, FIXED64, DELIMITED, FIXED32 = 0, 1, 2, 5
FIXED_BYTES = {FIXED64: 8, FIXED32: 4}
MOST_VARINT_BYTES = 10


def varint(value: int) -> bytes:
    """A number of 0 or more, seven bits a byte, the lowest first."""
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)


def delimited(number: int, content: bytes) -> bytes:
    """A field that holds text, bytes or a message."""
    return varint(number << 3 | DELIMITED) + varint(len(content)) + content


def fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """The fields that hold text, bytes or messages, by number, in their order; others are passed over.

    Raises:
        ValueError: it is no such message
    """
    at = 0
    while at < len(message):
        key, at = _read_varint(message, at)
        kind = key & 7
        if kind == VARINT:
            _, at = _read_varint(message, at)
        elif kind in FIXED_BYTES:
            at += FIXED_BYTES[kind]
        elif kind == DELIMITED:
            length, at = _read_varint(message, at)
            if at + length > len(message):
                raise ValueError("a field is longer than its message")
            yield key >> 3, message[at : at + length]
            at += length
        else:
            raise ValueError(f"a field of the unknown kind {kind}")


def _read_varint(message: memoryview, at: int) -> tuple[int, int]:
    """A number, and where what follows it begins."""
    value = 0
    for place in range(MOST_VARINT_BYTES):
        if at + place >= len(message):
            break
        byte = message[at + place]
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value, at + place + 1
    raise ValueError("a number does not end")
