"""What Camscope is asked for: explain a photo, find, list, draw and delete explanations.

The API and the pages call this and nothing below it.
"""

from dataclasses import dataclass, field

from fastapi import Request, UploadFile

from app.schemas import Explanation, ExplanationPage, Scores
from model.rendering import Style

DEFAULT_TOP_K = 5


@dataclass(frozen=True)
class Wish:
    """What somebody wants to know about a photo.

    Attributes:
        model: a bundle's id or name; default the server's first
        top_k: how many of the most probable classes, 1..K; default 5
        classes: labels, or indices as "index:285", to explain as well
        scale: of the input, one of SCALES
        store: whether to keep the answer
    """

    model: str | None = None
    top_k: int | None = None
    classes: tuple[str, ...] = ()
    scale: float = 1
    store: bool = True


@dataclass(frozen=True)
class Drawing:
    """How the server draws a map.

    Attributes:
        index: the class
        versus: a class whose map is subtracted: what speaks for the one against the other
        style: colours, opacity, threshold, smoothing
        overlay: over the photo; otherwise the map alone on a transparent ground
        legend: a strip below with values in logits
        width: of the picture in pixels; default the stored photo's, which is also the most
    """

    index: int
    versus: int | None = None
    style: Style = field(default_factory=Style)
    overlay: bool = True
    legend: bool = True
    width: int | None = None


class Explainer:
    """Answers requests about explanations; everything it knows is in the store and the registry."""

    async def explain(self, request: Request, image: UploadFile, wish: Wish, owner: str) -> Explanation:
        """Explain an uploaded photo, and keep the answer unless the wish says otherwise.

        Raises:
            AppError, ModelError: 413, 415, 422, 429, 503, 507
        """
        raise NotImplementedError

    def find(self, explanation_id: str) -> Explanation:
        """A stored explanation, whoever asks. Blocking: call it from a plain `def` route."""
        raise NotImplementedError

    def scores(self, explanation_id: str) -> Scores:
        """Every class's logit, probability and bias."""
        raise NotImplementedError

    def history(self, owner: str, limit: int = 20, cursor: str | None = None) -> ExplanationPage:
        """An owner's explanations, newest first."""
        raise NotImplementedError

    def owns(self, explanation_id: str, owner: str) -> bool:
        """Whether this owner may delete it."""
        raise NotImplementedError

    def delete(self, explanation_id: str, owner: str) -> None:
        """Delete an owner's explanation with everything of it; NotFound for anybody else."""
        raise NotImplementedError

    def draw(self, explanation_id: str, drawing: Drawing) -> bytes:
        """A map as a PNG file."""
        raise NotImplementedError
