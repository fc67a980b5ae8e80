#!/usr/bin/env python3
"""Writes the weights of Silero's network for 16 kHz, out of its ONNX file, as the flat file that
src/audio/weights_file.h describes.

Usage: scripts/models/flatten.py MODEL.onnx WEIGHTS

An ONNX file is a protobuf message. The weights are the float tensors of the `Constant` nodes in the
then_branch of the graph's top-level `If`.
"""

import struct
import sys
import zlib
from pathlib import Path

MAGIC = b"livegate weights 1\n"
FLOAT = 1  # TensorProto.DataType
LENGTH_DELIMITED = 2


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def fields(data):
    """The fields of a message, as (number, value); a value is a number or bytes."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == LENGTH_DELIMITED:
            size, at = varint(data, at)
            value, at = data[at : at + size], at + size
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
            value, at = data[at : at + size], at + size
        else:
            raise ValueError(f"wire type {kind} is no protobuf that ONNX uses")
        yield number, value


def all_of(message, number):
    return [value for found, value in fields(message) if found == number]


def first_of(message, number, default=b""):
    return next(iter(all_of(message, number)), default)


def nodes_called(graph, operator):
    return [node for node in all_of(graph, 1) if first_of(node, 4) == operator]


def attribute(node, name):
    for each in all_of(node, 5):
        if first_of(each, 1) == name:
            return each
    return b""


def tensors(model):
    graph = first_of(model, 7)
    for choice in nodes_called(graph, b"If"):
        branch = first_of(attribute(choice, b"then_branch"), 6)
        for constant in nodes_called(branch, b"Constant"):
            tensor = first_of(attribute(constant, b"value"), 5)
            name, values = first_of(tensor, 8), first_of(tensor, 9)
            if name and values and first_of(tensor, 2, 0) == FLOAT:
                yield name, all_of(tensor, 1), values


def flatten(model):
    out = bytearray(MAGIC)
    for name, shape, values in tensors(model):
        out += struct.pack("<H", len(name)) + name
        out += struct.pack(f"<B{len(shape)}I", len(shape), *shape)
        out += values
    return bytes(out + struct.pack("<I", zlib.crc32(out)))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, target = map(Path, sys.argv[1:])
    target.write_bytes(flatten(source.read_bytes()))


if __name__ == "__main__":
    main()
