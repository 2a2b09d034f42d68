"""Evaluations and their pictures in lists, for pages."""

from app.contexts_evaluations import EvaluationLine, Tile
from app.evaluation_gallery import query_of
from app.evaluation_picking import Picking
from app.evaluation_words import group_words, headline_of, sentences_of
from app.job_words import share_of, tone_of
from app.schemas_evaluations import Evaluation, PictureItem
from app.text import gettext
from model.evaluation.triage import Group


def line_of(evaluation: Evaluation) -> EvaluationLine:
    """How an evaluation stands."""
    name = evaluation.name or gettext("Pictures that were sent")
    learned = evaluation.asked.split == "train"
    if learned:
        name = gettext("{name}, training pictures").format(name=name)
    return EvaluationLine(
        id=evaluation.id,
        title=gettext("%(model)s on %(name)s") % {"model": evaluation.model_name, "name": name},
        name=name,
        model=evaluation.model_name,
        words=headline_of(evaluation),
        tone=tone_of(evaluation.state),
        share=share_of(evaluation),
        sentences=sentences_of(evaluation),
        pictures=evaluation.pictures,
        created_at=evaluation.created_at,
        page_url=evaluation.page_url,
        is_shared=not evaluation.yours,
        learned=learned,
    )


def tile_of(page_url: str, picture: PictureItem, picking: Picking) -> Tile:
    """A picture of those chosen."""
    titles = [group_words(group).title for group in picture.groups if group is not Group.WRONG]
    marked = [gettext("Marked")] if picture.marks else []
    return Tile(picture, f"{page_url}/pictures/{picture.number}{query_of(picking)}", (*titles, *marked))
