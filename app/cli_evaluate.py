"""`camscope evaluate`: whether a network says the right thing and looks at the right place, over labelled pictures."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from app.cli_evaluate_options import (
    BareCommand,
    BoxesOption,
    DataArgument,
    FaithfulnessOption,
    JobsOption,
    KeepOption,
    LabelOption,
    LimitOption,
    MasksOption,
    ModelArgument,
    OutOption,
    ResumeOption,
    SanityOption,
    ScalesOption,
    SeedOption,
    StepOption,
)
from app.cli_files import write_whole
from app.cli_networks import need
from app.cli_train import EventsOption, ParentOption, check_events, end_with_parent
from app.loading import uncollected
from model.errors import EvaluationError, ModelError
from model.evaluation.folder import REPORT
from model.runs import Done, Failed, Listener

if TYPE_CHECKING:
    from app.config import Settings
    from model.evaluation.records import EvaluationMetrics

INTERRUPTED = 130


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("evaluate", cls=BareCommand)(evaluate)


def evaluate(
    model: ModelArgument,
    data: DataArgument,
    out: OutOption,
    labels: LabelOption = None,
    boxes: BoxesOption = None,
    masks: MasksOption = None,
    scales: ScalesOption = None,
    threshold_step: StepOption = 0.01,
    limit: LimitOption = None,
    seed: SeedOption = 0,
    faithfulness: FaithfulnessOption = 0,
    sanity: SanityOption = 0,
    jobs: JobsOption = None,
    resume: ResumeOption = False,
    keep: KeepOption = False,
    events: EventsOption = None,
    with_parent: ParentOption = None,
) -> None:
    """Say whether a network says the right thing, and looks at the right place.

    Ctrl-C, or a kill, loses nothing: --resume goes on.
    """
    from app.cli_settings import load_settings

    if with_parent is not None:
        end_with_parent(with_parent)
    need("evaluate", "sklearn")
    if data.is_dir() and out.resolve().is_relative_to(data.resolve()):
        raise typer.BadParameter(f"--out: {out} lies among the pictures, whose folders are classes; name another place")
    ways = _scales(scales, boxes is not None or masks is not None)
    asked = Asked(
        model,
        data,
        out,
        _renamed(labels or ()),
        boxes,
        masks,
        ways,
        threshold_step,
        limit,
        seed,
        faithfulness,
        sanity,
        jobs,
        resume,
    )
    if events is not None:
        check_events(events)
    status = _run(asked, settings := load_settings(), events)
    if keep and status == 0:
        from app.evaluation_keeping import keep_evaluation

        typer.echo(f"It is kept for the server as {keep_evaluation(out, data, settings)}.")
    raise typer.Exit(status)


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    model: Path
    data: Path
    out: Path
    renamed: dict[str, str]
    boxes: Path | None
    masks: Path | None
    scales: tuple[str, ...]
    step: float
    limit: int | None
    seed: int
    faithfulness: int
    sanity: int
    jobs: int | None
    resume: bool


def _renamed(written: Sequence[str]) -> dict[str, str]:
    """What labels of the data are called by the network."""
    found = {}
    for one in written:
        label, equals, meant = one.partition("=")
        if not (label.strip() and equals and meant.strip()):
            raise typer.BadParameter(f"--label takes DATA=NETWORK, such as ants=ant; not {one!r}")
        found[label.strip()] = meant.strip()
    return found


def _scales(written: str | None, has_truth: bool) -> tuple[str, ...]:
    """The ways to look, in their usual order."""
    from model.scales import NAMES

    if written is None:
        return NAMES if has_truth else ("1",)
    wanted = {one.strip() for one in written.split(",")}
    if strangers := sorted(wanted - set(NAMES)):
        raise typer.BadParameter(f"--scales takes {', '.join(NAMES)}; not {strangers[0]!r}")
    return tuple(name for name in NAMES if name in wanted)


def _run(asked: Asked, settings: "Settings", events: Path | None) -> int:
    """Evaluate; what fails is the last event, too."""
    from app.cli_evaluate_told import tell
    from app.evaluation_lists import write_lists
    from app.evaluation_opened import open_evaluation
    from app.evaluation_report import draw_evaluation
    from app.evaluation_report_pictures import report_pictures
    from app.training_terminal import Terminal

    with Terminal(events=events) as terminal:
        try:
            metrics = _evaluate(asked, settings, terminal.listen)
            opened = open_evaluation(asked.out)
            write_whole(asked.out / REPORT, draw_evaluation(metrics, report_pictures(opened)))
            write_lists(opened)
        except KeyboardInterrupt:
            terminal.listen(Failed(message="Stopped; what was seen is kept."))
            typer.echo("camscope: stopped; what was seen is kept, and --resume goes on", err=True)
            return INTERRUPTED
        except ModelError as error:
            terminal.listen(Failed(message=str(error)))
            raise
        except OSError as error:  # a disk that is full, above all
            broken = EvaluationError(f"{error.filename or asked.out}: {error.strerror or error}; --resume goes on.")
            with suppress(OSError):  # the file of events may lie on the same disk
                terminal.listen(Failed(message=str(broken)))
            raise broken from error
        terminal.listen(Done(path=str(asked.out), bundle_id=metrics.model.id, accuracy=metrics.classification.accuracy))
    tell(opened)
    return 0


def _evaluate(asked: Asked, settings: "Settings", listener: Listener) -> "EvaluationMetrics":
    with uncollected():
        from app.cli_explain import open_classifier
        from app.cli_models import folder_of
        from app.layout import plan
        from model.evaluation.clustering import write_clusters
        from model.evaluation.data import read_labelled
        from model.evaluation.drawings import Drawings, Target, read_marks
        from model.evaluation.folder import EvaluationWriter
        from model.evaluation.marks import fingerprint
        from model.evaluation.records import EvaluationSettings
        from model.evaluation.run import Question, evaluate
        from model.scales import names_for

    threads = settings.inference_threads or 1
    classifier = open_classifier(folder_of(asked.model, settings), settings, threads)
    found = read_labelled(asked.data, classifier.spec.labels, asked.renamed, asked.limit, asked.seed)
    spec = classifier.spec
    if (asked.boxes or asked.masks) and not spec.exact:
        raise EvaluationError(f"{asked.model}: a '{spec.head}' head has no maps that could lie in boxes or on masks.")
    if (asked.faithfulness or asked.sanity) and not spec.exact:
        raise EvaluationError(f"{asked.model}: a '{spec.head}' head has no maps that could be put to the test.")
    target = Target(found.samples, found.meanings(spec.labels), found.beside, found.renamed)
    marks, noticed = read_marks(target, Drawings(asked.boxes, asked.masks))
    scales = tuple(name for name in asked.scales if name in names_for(spec.preprocessing))
    wanted = EvaluationSettings(
        created_at=datetime.now(UTC),
        bundle=classifier.bundle.id,
        data=str(asked.data),
        listing=fingerprint(found.listing, marks),
        pictures=len(found.samples),
        scales=scales or ("1",),
        boxes=asked.boxes and str(asked.boxes),
        masks=asked.masks and str(asked.masks),
        step=asked.step,
        renamed=asked.renamed,
        limit=asked.limit,
        seed=asked.seed,
        faithfulness=asked.faithfulness,
        sanity=asked.sanity,
    )
    question = Question(
        samples=found.samples,
        data=asked.data.absolute().name,
        marks=marks,
        findings=(*found.findings, *noticed),
        max_megapixels=settings.max_megapixels,
        jobs=asked.jobs,
        batch=plan(settings, classifier.provider).batch_max,
        threads=threads,
        listener=listener,
    )
    with EvaluationWriter.begin(asked.out, wanted, asked.resume) as writer:
        metrics = evaluate(classifier, question, writer)
        write_clusters(writer)
        return metrics
