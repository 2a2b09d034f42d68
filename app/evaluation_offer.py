"""Whether this server evaluates: who may train may do that, too, and less needs to be installed for it."""

import importlib.util

from app.config import Settings
from app.text import noted
from app.training_offer import TrainingOffer, training_refusal

NEEDED = ("sklearn",)


def evaluation_offer(settings: Settings) -> TrainingOffer:
    """Whether evaluations are taken, and why not; quick, and nothing is imported."""
    installed = all(importlib.util.find_spec(name) is not None for name in NEEDED)
    refusal = training_refusal(settings)
    missing = noted(
        "Evaluating takes scikit-learn, which is not installed on this server; its operator can install it with "
        "pip install 'camscope[evaluate]', or run the container image of the target 'full'."
    )
    reason = refusal or (None if installed else missing)
    folders = tuple(map(str, settings.training_folders))
    return TrainingOffer(reason is None, reason, installed or refusal is not None, folders)
