"""An ONNX Runtime session for one bundle: a batch in, logits and features out."""

import os
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import onnxruntime

from model.bundle import GRAPH, Bundle
from model.cam import Array
from model.errors import BundleError, InferenceError

INPUT, FEATURES, LOGITS = "image", "features", "logits"
PREFERRED_PROVIDERS = ("CUDAExecutionProvider", "CPUExecutionProvider")


class Runtime:
    """One network, ready to run; safe to call from several threads.

    Args:
        bundle: the network to load
        threads: of one forward pass; default all cores that this process may use

    Raises:
        BundleError: the graph cannot be loaded, or has not the inputs and outputs it must have
    """

    def __init__(self, bundle: Bundle, threads: int | None = None) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or usable_cores()
        options.log_severity_level = 3
        # Waiting threads that spin would take the cores from decoding and from other sessions.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        installed = onnxruntime.get_available_providers()
        providers = [name for name in PREFERRED_PROVIDERS if name in installed]
        try:
            self._session = onnxruntime.InferenceSession(bundle.graph, options, providers=providers)
        except Exception as error:  # the binding raises a dozen unrelated types
            raise BundleError(f"{bundle.path / GRAPH}: cannot be loaded: {str(error).splitlines()[0]}") from error
        inputs = [(value.name, value.type, len(value.shape)) for value in self._session.get_inputs()]
        outputs = {value.name for value in self._session.get_outputs()}
        if inputs != [(INPUT, "tensor(uint8)", 4)]:
            raise BundleError(f"{bundle.path / GRAPH}: its input is not '{INPUT}', uint8 (B, H, W, 3), but {inputs}")
        wanted = {LOGITS, FEATURES} if bundle.spec.exact else {LOGITS}
        if missing := wanted - outputs:
            raise BundleError(f"{bundle.path / GRAPH}: has no output '{min(missing)}'")
        self._outputs = [LOGITS, FEATURES] if bundle.spec.exact else [LOGITS]
        self._spec = bundle.spec

    @property
    def provider(self) -> str:
        """The execution provider that runs the network, such as "CPUExecutionProvider"."""
        return str(self._session.get_providers()[0])

    def run(self, batch: npt.NDArray[np.uint8]) -> tuple[Array, Array | None]:
        """One forward pass.

        Args:
            batch: (B, H, W, 3), 8-bit RGB, of a size the network takes

        Returns:
            logits (B, outputs) and features (B, C, h, w), as the network gave them; no features
            where the head keeps no location

        Raises:
            InferenceError: the pass failed, or its answer has the wrong shape or is not finite
        """
        try:
            answers: Sequence[Array] = self._session.run(self._outputs, {INPUT: batch})
        except Exception as error:  # as above
            raise InferenceError("The network could not answer for this picture.") from error
        logits, features = answers[0], answers[1] if len(answers) > 1 else None
        if logits.shape != (len(batch), self._spec.outputs):
            raise InferenceError(f"The network gave logits of shape {logits.shape}, not one per label.")
        if features is not None and (features.ndim != 4 or features.shape[:2] != (len(batch), self._spec.channels)):
            raise InferenceError(f"The network gave features of shape {features.shape}, not its feature maps.")
        if not all(np.isfinite(answer).all() for answer in answers):
            raise InferenceError("The network's answer is not a finite number.")
        return logits, features


def usable_cores() -> int:
    """How many cores this process may use: in a container often fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
