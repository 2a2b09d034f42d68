"""Whether this server trains: whether its operator allows it, and whether what it takes is installed."""

import importlib.util
import ipaddress
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass

from app.config import Settings
from app.errors import NotAllowed, NotReady
from app.text import noted

ASKED_AS_LOCAL: ContextVar[bool] = ContextVar("asked_as_local", default=True)  # app/hosts.py says it of a request
NEEDED = ("torch", "torchvision", "timm", "lightning")
MISSING = noted(
    "Training takes PyTorch, which is not installed on this server; its operator can install it with "
    "pip install 'camscope[train]', or run the container image of the target 'full'."
)


@dataclass(frozen=True)
class TrainingOffer:
    """What a visitor is offered.

    Attributes:
        allowed: whether trainings are taken
        reason: why not, and what to do about it, in a sentence; None where they are
        installed: whether what training takes is installed
        folders: on the server that may be trained from
    """

    allowed: bool
    reason: str | None
    installed: bool
    folders: tuple[str, ...]

    def require(self) -> None:
        """Raise unless trainings are taken.

        Raises:
            NotAllowed: the operator does not want them
            NotReady: what they take is not installed
        """
        if self.reason is not None:
            raise NotAllowed(self.reason) if self.installed else NotReady(self.reason)


def training_offer(settings: Settings) -> TrainingOffer:
    """Whether trainings are taken, and why not; quick, and nothing is imported."""
    return offer_of(settings, NEEDED, MISSING)


def offer_of(settings: Settings, needed: Iterable[str], missing: str) -> TrainingOffer:
    """Whether a kind of job is taken; who may train may do all of them.

    Args:
        settings: say who may
        needed: names of the packages that it takes
        missing: what to say where they are not installed
    """
    installed = all(importlib.util.find_spec(name) is not None for name in needed)
    refusal = training_refusal(settings)
    reason = refusal or (None if installed else missing)
    folders = tuple(map(str, settings.training_folders))
    return TrainingOffer(reason is None, reason, installed or refusal is not None, folders)


def training_refusal(settings: Settings) -> str | None:
    """Why the operator does not want visitors to train here; None where they may."""
    if settings.training == "off":
        return noted("Training is switched off on this server; its operator can allow it with CAMSCOPE_TRAINING=on.")
    if settings.training == "auto" and not is_private(settings):
        return noted(
            "Training is costly, so a server that others can reach, or that is asked under another name than "
            "localhost, does not offer it by itself; its operator can allow it with CAMSCOPE_TRAINING=on."
        )
    return None


def is_private(settings: Settings) -> bool:
    """Whether this machine alone asks: by the address to listen on, and by the name that the request has for it.

    A page of a stranger's can have its own name lead to 127.0.0.1, and is then of one site with this server.
    """
    return is_loopback(settings.host) and ASKED_AS_LOCAL.get()


def is_loopback(host: str) -> bool:
    """Whether an address to listen on can be reached from this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
