"""What can go wrong in the model package, and nothing else.

    ModelError
    ├── PhotoError             a picture that cannot be used
    │   ├── UnsupportedPhoto   not an accepted kind of picture
    │   ├── OversizedPhoto     more pixels than allowed
    │   └── BrokenPhoto        an accepted kind, but damaged
    ├── BundleError            a model folder that cannot be trusted
    ├── NetworkError           a network that has no exact map, or cannot be exported
    ├── WeightsError           weights that cannot be had or do not fit
    ├── DatasetError           labelled pictures that cannot be trained on or judged by
    ├── TrainingError          a training that cannot begin or go on
    ├── EvaluationError        an evaluation that cannot begin or go on
    │   └── UnknownLabels      labels that mean no class of the network
    └── InferenceError         the network answered with something that is no answer

Every message is one public sentence: it says what is wrong and what to do, and
holds nothing that its reader did not bring (no path of the server, no traceback).
Errors of bundles, networks, weights, datasets, trainings and evaluations are read by the operator and do name files.
"""

from collections.abc import Mapping


class ModelError(Exception):
    """Anything the model package refuses."""


class PhotoError(ModelError):
    """A picture that cannot be used."""


class UnsupportedPhoto(PhotoError):
    """Not an accepted kind of picture."""


class OversizedPhoto(PhotoError):
    """More pixels than allowed, known from the header alone."""


class BrokenPhoto(PhotoError):
    """An accepted kind of picture whose content is damaged."""


class BundleError(ModelError):
    """A model folder that cannot be trusted; the message names file and reason."""


class NetworkError(ModelError):
    """A network that has no exact map, or that cannot be exported; the message says why."""


class WeightsError(ModelError):
    """Weights that cannot be had or do not fit; the message names the file and what to do."""


class InferenceError(ModelError):
    """The network's answer is not finite or has the wrong shape."""


class DatasetError(ModelError):
    """A folder or table of labelled pictures cannot be trained on or judged by; the message says why."""


class TrainingError(ModelError):
    """A training cannot begin or go on; the message says why and what to do."""


class EvaluationError(ModelError):
    """An evaluation cannot begin or go on, or its folder cannot be read; the message says why and what to do."""


class UnknownLabels(EvaluationError):
    """Labels of pictures or boxes that mean no one class of the network.

    Attributes:
        written: for each what it was said to mean: itself, where nothing was said
        meant: for each what it most likely means; None where nothing resembles it
    """

    def __init__(self, message: str, written: Mapping[str, str], meant: Mapping[str, str | None]) -> None:
        super().__init__(message)
        self.written, self.meant = dict(written), dict(meant)
