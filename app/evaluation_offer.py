"""Whether this server evaluates: who may train may do that, too, and less needs to be installed for it."""

from app.config import Settings
from app.text import noted
from app.training_offer import TrainingOffer, offer_of

NEEDED = ("sklearn",)
MISSING = noted(
    "Evaluating takes scikit-learn, which is not installed on this server; its operator can install it with "
    "pip install 'camscope[evaluate]', or run the container image of the target 'full'."
)


def evaluation_offer(settings: Settings) -> TrainingOffer:
    """Whether evaluations are taken, and why not; quick, and nothing is imported."""
    return offer_of(settings, NEEDED, MISSING)
