"""An ONNX Runtime session for one bundle: a batch in, logits and features out."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import onnxruntime

from model.bundle import GRAPH, Bundle
from model.cam import Array
from model.errors import BundleError, InferenceError
from model.overdue import noted
from model.sessions import session_options, usable_cores

INPUT, FEATURES, LOGITS = "image", "features", "logits"
PROCESSOR = "CPUExecutionProvider"
PREFERRED_PROVIDERS = ("CUDAExecutionProvider", PROCESSOR)
DEVICES = {"CUDAExecutionProvider": "cuda", PROCESSOR: "cpu"}


class Runtime:
    """One network, ready to run; safe to call from several threads.

    A pass that has the processor to itself takes all threads. Passes that run side by side take a share each,
    from a second session over the same graph: together they are quicker so, each on its own core.
    """

    def __init__(self, bundle: Bundle, threads: int | None = None, beside: int | None = None) -> None:
        """Load the network.

        Args:
            bundle: the network to load
            threads: of one forward pass; default all cores that this process may use
            beside: how many passes may run at the same time; default as many as there are threads

        Raises:
            BundleError: the graph cannot be loaded, or has not the inputs and outputs it must have
        """
        threads = threads or usable_cores()
        self._session = _load(bundle, threads)
        on_processor = self.provider == PROCESSOR
        share = max(1, threads // (beside or threads)) if on_processor else threads
        self._narrow = self._session if share == threads else _load(bundle, share)
        self.beside = threads // share
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

    @property
    def device(self) -> str:
        """Where the network runs, as ONNX Runtime names it: "cpu" or "cuda"."""
        return DEVICES[self.provider]

    def run(self, batch: npt.NDArray[np.uint8], alone: bool = True) -> tuple[Array, Array | None]:
        """One forward pass.

        Args:
            batch: (B, H, W, 3), 8-bit RGB, of a size the network takes
            alone: whether no other pass runs meanwhile, so that this one may take all threads

        Returns:
            logits (B, outputs) and features (B, C, h, w), as the network gave them; no features
            where the head keeps no location

        Raises:
            InferenceError: the pass failed, or its answer has the wrong shape or is not finite
        """
        try:
            session = self._session if alone else self._narrow
            with noted() as options:
                answers: Sequence[Array] = session.run(self._outputs, {INPUT: batch}, options)
        except Exception as error:  # the binding raises a dozen unrelated types
            raise InferenceError("The network could not answer for this picture.") from error
        logits, features = answers[0], answers[1] if len(answers) > 1 else None
        if logits.shape != (len(batch), self._spec.outputs):
            raise InferenceError(f"The network gave logits of shape {logits.shape}, not one per label.")
        if features is not None:
            self._check_features(len(batch), features.shape)
        if not all(np.isfinite(answer).all() for answer in answers):
            raise InferenceError("The network's answer is not a finite number.")
        return logits, features

    def features_there(self, batch: npt.NDArray[np.uint8]) -> onnxruntime.OrtValue:
        """One forward pass whose features stay where the network runs.

        Args:
            batch: as above

        Returns:
            features (B, C, h, w) on the device; whether they are finite is not looked at

        Raises:
            InferenceError: the pass failed, or the features have the wrong shape
            ValueError: the head keeps no location
        """
        if FEATURES not in self._outputs:
            raise ValueError(f"a '{self._spec.head}' head gives no feature maps")
        try:
            binding = self._session.io_binding()
            binding.bind_cpu_input(INPUT, batch)
            binding.bind_output(FEATURES, self.device, 0)
            with noted() as options:
                self._session.run_with_iobinding(binding, options)
            features: onnxruntime.OrtValue = binding.get_outputs()[0]
        except Exception as error:  # as above
            raise InferenceError("The network could not answer for this picture.") from error
        self._check_features(len(batch), tuple(features.shape()))
        return features

    def _check_features(self, batch: int, shape: tuple[int, ...]) -> None:
        if len(shape) != 4 or shape[:2] != (batch, self._spec.channels):
            raise InferenceError(f"The network gave features of shape {shape}, not its feature maps.")


def _load(bundle: Bundle, threads: int) -> onnxruntime.InferenceSession:
    installed = onnxruntime.get_available_providers()
    providers = [name for name in PREFERRED_PROVIDERS if name in installed]
    try:
        return onnxruntime.InferenceSession(bundle.graph, session_options(threads), providers=providers)
    except Exception as error:  # as above
        raise BundleError(f"{bundle.path / GRAPH}: cannot be loaded: {str(error).splitlines()[0]}") from error
