"""The steps of a network's graph: what each does and what it is made of, read from model.onnx without its weights.

ONNX's own field numbers: ModelProto.graph 7; GraphProto.node 1, output 12; NodeProto.input 1, output 2, op_type 4;
ValueInfoProto.name 1.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from model.wire import delimited, fields

GRAPH, NODE, OUTPUT = 7, 1, 12
NODE_INPUT, NODE_OUTPUT, NODE_OPERATION = 1, 2, 4
VALUE_NAME = 1


@dataclass(frozen=True)
class Step:
    """One step of a forward pass.

    Attributes:
        operation: ONNX's name of it, such as "Conv"
        inputs: names of the values it is made of
        output: name of the first value it gives
    """

    operation: str
    inputs: tuple[str, ...]
    output: str


def steps(graph: bytes) -> tuple[Step, ...]:
    """Those of an ONNX file, in the order of a forward pass.

    Raises:
        ValueError: it is no such file
    """
    return tuple(_steps(memoryview(graph)))


def _steps(file: memoryview) -> Iterator[Step]:
    for number, graph in fields(file):
        if number != GRAPH:
            continue
        for part, node in fields(graph):
            if part == NODE:
                yield _step(node)


def _step(node: memoryview) -> Step:
    inputs, outputs, operation = [], [], ""
    for number, content in fields(node):
        if number in (NODE_INPUT, NODE_OUTPUT, NODE_OPERATION):
            words = str(content, "utf-8")
            if number == NODE_INPUT:
                inputs.append(words)
            elif number == NODE_OUTPUT:
                outputs.append(words)
            else:
                operation = words
    return Step(operation, tuple(inputs), outputs[0] if outputs else "")


def with_outputs(graph: bytes, names: Iterable[str]) -> bytes:
    """An ONNX file whose graph also gives these inner values; ONNX Runtime finds out what they are.

    The declarations are appended as a second message, which parsers merge with the first.
    """
    declared = b"".join(delimited(OUTPUT, delimited(VALUE_NAME, name.encode())) for name in names)
    return graph + delimited(GRAPH, declared)
