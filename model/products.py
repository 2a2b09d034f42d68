"""Matrix products by ONNX Runtime: twice as fast as NumPy's where one side is as short as a map has cells.

NumPy's own library also lets threads spin after each product, which takes the cores from the next
forward pass. See docs/decisions/0078-maps-by-onnx-runtime.md.
"""

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from model.sessions import session_options, usable_cores

Array = npt.NDArray[np.float32]
GRAPH = Path(__file__).with_name("matmul.onnx")
TINY, SMALL = 2**17, 2**23  # multiplications: less than what ONNX Runtime's call costs, or waking its threads


def matmul(left: Array, right: Array) -> Array:
    """The product left @ right, as numpy.matmul has it, of any ranks.

    Args:
        left: (..., I, J), float32
        right: (..., J, K), float32

    Raises:
        ValueError: the two disagree on J
    """
    if left.shape[-1] != right.shape[-2]:
        raise ValueError(f"{left.shape} and {right.shape} have no product")
    multiplications = left.shape[-2] * left.shape[-1] * right.shape[-1]  # of one matrix by another
    if multiplications < TINY:
        return np.asarray(np.matmul(left, right))
    session = _session(1 if multiplications < SMALL else usable_cores())
    (product,) = session.run(None, {"left": np.ascontiguousarray(left), "right": np.ascontiguousarray(right)})
    return np.asarray(product)


@cache
def _session(threads: int) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(GRAPH.read_bytes(), session_options(threads), ["CPUExecutionProvider"])
