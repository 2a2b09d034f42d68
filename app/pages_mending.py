"""What an evaluation's page offers to do about wrong reasons: mark more of them, look further, mend the model."""

from typing import Annotated

from fastapi import APIRouter, Form, Response
from fastapi.responses import RedirectResponse

from app.api_evaluation_pictures import MOST_NUMBERS, PickingDep
from app.api_models import ShelfDep
from app.deps import TrainingsDep, require_room
from app.errors import NotFound
from app.evaluation_gallery import address_of
from app.evaluation_marking import spread
from app.mending import Mending
from app.pages_evaluations import BenchDep
from app.pages_train import free_name
from app.schemas_evaluations import AskedEvaluation
from app.shelf import Shelf
from model.plan import Freeze

router = APIRouter(prefix="/evaluations/{evaluation_id}", include_in_schema=False)

Numbers = Annotated[list[int], Form(max_length=MOST_NUMBERS)]


@router.post("/marks")
def mark_alike(bench: BenchDep, evaluation_id: str, picking: PickingDep, number: Numbers = []) -> Response:  # noqa: B006
    """Mark the ticked pictures where the last one was marked."""
    opened = bench.evaluations.open(evaluation_id, bench.owner)
    spread(bench.evaluations.changeable(evaluation_id, bench.owner), opened, number)
    return RedirectResponse(address_of(f"/evaluations/{evaluation_id}", picking), 303)


@router.post("/learned", dependencies=[require_room])
def learned(bench: BenchDep, evaluation_id: str) -> Response:
    """Go to the evaluation of the pictures to learn from; it is begun where there is none."""
    evaluation = bench.evaluations.find(evaluation_id, bench.owner)
    found = Mending(bench.evaluations, evaluation, bench.owner).learned()
    if isinstance(found, AskedEvaluation):
        found = bench.evaluations.start(found, bench.owner)
    return RedirectResponse(found.page_url, 303)


@router.post("/mend", dependencies=[require_room])
def mend(bench: BenchDep, evaluation_id: str, trainings: TrainingsDep, shelf: ShelfDep) -> Response:
    """Begin a training that unlearns what is marked, and go there."""
    evaluation = bench.evaluations.find(evaluation_id, bench.owner)
    bench.evaluations.changeable(evaluation_id, bench.owner)
    taken = {entry.name for entry in shelf.entries()}
    taken |= {one.name for one in trainings.all_of(bench.owner) if not one.state.ended}
    name = free_name(f"{evaluation.model_name[:90]}-mended", taken)
    asked = Mending(bench.evaluations, evaluation, bench.owner).asked(name, _as_before(shelf, evaluation.model))
    return RedirectResponse(trainings.start(asked, bench.owner).page_url, 303)


def _as_before(shelf: Shelf, key: str) -> Freeze:
    """A model whose head alone was trained is mended in seconds, likewise; of others the better is kept."""
    try:
        return Freeze.HEAD if shelf.metrics(shelf.find(key)).chosen == "head" else Freeze.AUTO
    except NotFound:  # of a model that was not trained here, or is gone
        return Freeze.AUTO
