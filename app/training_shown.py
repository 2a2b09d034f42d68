"""A training and what it made -> what its page and its line in the list say."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from app import job_words
from app.answers import API
from app.contexts_train import Link, Step, TrainingLine, TrainingShown
from app.job_words import place_in_line, standing, time_left, tone_of
from app.jobs import JobState
from app.registry import Entry
from app.report_tables import Fact
from app.schemas_trainings import Training
from app.text import fixed, gettext, percent, share
from app.training_words import correction_sentences, heads, stage_words
from app.translated import translated
from model.intervals import wilson
from model.mended import mended_sentences
from model.metrics import Candidate, Metrics
from model.runs import RunStage

CORRECTION = "correction"  # where a report has it
QUARTERS = 4


@dataclass(frozen=True)
class Made:
    """The model that came of a training.

    Attributes:
        id: as it is called now
        metrics: None where they cannot be read
        has_report: whether there is a report
    """

    id: str
    metrics: Metrics | None
    has_report: bool


def show_training(training: Training, made: Made | None) -> TrainingShown:
    """What the page of a training says.

    Args:
        training: as it is now
        made: None where there is no model, or none any more
    """
    ended = training.state.ended
    headline = headline_of(training)
    done = share_of(training)
    return TrainingShown(
        name=training.name,
        title=f"{share(done)} · {training.name}" if done is not None else f"{headline} · {training.name}",
        announcement=_announcement(headline, done),
        asked=_asked(training),
        created_at=training.created_at,
        tone=tone_of(training.state),
        headline=headline,
        share=done,
        steps=() if ended else _steps(training),
        figures=_result(training, None if made is None else made.metrics) if ended else _figures(training),
        sentences=tuple(_sentences(training, made)),
        links=_links(training, made) if ended else (),
        counts=tuple(training.counts),
        problems=tuple(map(translated, _problems(training, made))),
        ongoing=not ended,
        stoppable=not ended and not training.stopping,
        keepable=bool(training.epochs),
        events_url=training.events_url,
        page_url=training.page_url,
    )


def show_line(training: Training, model: Entry | None) -> TrainingLine:
    """What the list says of a training.

    Args:
        training: as it is now
        model: what it made; None where there is nothing, or nothing any more
    """
    accuracy = training.accuracy
    is_done = training.state is JobState.DONE and accuracy is not None
    return TrainingLine(
        id=training.id,
        title=training.name,
        page_url=training.page_url,
        words=gettext("{accuracy} right").format(accuracy=percent(accuracy or 0)) if is_done else headline_of(training),
        tone=tone_of(training.state),
        share=share_of(training),
        classes=", ".join(one.label for one in training.counts),
        created_at=training.created_at,
        model_url=None if model is None else model_url(model.id),
    )


def model_url(model: str) -> str:
    """The page of a model."""
    return f"/models/{quote(model)}"


def headline_of(training: Training) -> str:
    """How a training stands, in a few words."""
    under_way = stage_words(training.stage) if training.stage else gettext("Starting")
    return standing(training, under_way, gettext("Ready"))


def share_of(training: Training) -> float | None:
    """How far the present stage is, by pictures or by epochs, 0..1; None where nothing is under way or nobody knows."""
    share, epochs = job_words.share_of(training), training.epochs
    known = [] if share is None else [share]
    is_learning = training.state is JobState.RUNNING and epochs and epochs[-1].stage == training.stage
    if is_learning and training.epochs_planned:
        known.append(epochs[-1].epoch / training.epochs_planned)
    return min(max(known), 1.0) if known else None


def _announcement(headline: str, done: float | None) -> str:
    quarters = min(int((done or 0) * QUARTERS), QUARTERS - 1)  # the end is said by what comes next
    return f"{headline}: {share(quarters / QUARTERS)}" if quarters else headline


def _asked(training: Training) -> str:
    way = gettext("Head alone") if training.asked.freeze == "head" else gettext("Head, then network")
    titles = {head.name: head.title for head in heads()}
    head = titles.get(training.asked.head, training.asked.head)
    return way if training.asked.head == "gap" else f"{way} · {head}"


def _stages(training: Training) -> list[RunStage]:
    """Those it goes through, in their order."""
    network: list[RunStage] = [] if training.asked.freeze == "head" else ["network"]
    return ["check", "features", "head", *network, "export", "validate"]


def _steps(training: Training) -> tuple[Step, ...]:
    stages = _stages(training)
    place = stages.index(training.stage) if training.stage in stages else -1
    steps = []
    for index, stage in enumerate(stages):
        if index < place:
            steps.append(Step(stage_words(stage), "done", gettext("done")))
        elif index == place:
            steps.append(Step(stage_words(stage), "now", gettext("under way")))
        else:
            steps.append(Step(stage_words(stage), "next", gettext("to come")))
    return tuple(steps)


def _figures(training: Training) -> tuple[Fact, ...]:
    """Numbers while it goes: how far it is, and what the last epoch reached."""
    if training.state is not JobState.RUNNING:
        return ()
    figures = []
    progress, last = training.progress, training.epochs[-1] if training.epochs else None
    if last is not None and last.stage == training.stage:
        planned = max(training.epochs_planned, last.epoch)
        figures.append(
            Fact(gettext("Epoch"), gettext("{epoch} of {planned}").format(epoch=last.epoch, planned=planned))
        )
    elif progress is not None and progress.total and progress.stage in ("check", "features", "validate"):
        counted = gettext("{done} of {total}").format(done=progress.done, total=progress.total)
        figures.append(Fact(gettext("Pictures"), counted))
    if last is not None:
        figures.append(Fact(gettext("Loss, held out"), fixed(last.held_out_loss)))
        figures.append(Fact(gettext("Accuracy, held out"), percent(last.held_out_accuracy)))
    left = training.seconds_left
    if left is None and progress is not None:
        left = progress.seconds_left
    if left is not None:
        figures.append(Fact(gettext("Time left"), time_left(left)))
    return tuple(figures)


def _result(training: Training, metrics: Metrics | None) -> tuple[Fact, ...]:
    """Numbers of what came of it."""
    if training.state is not JobState.DONE or training.accuracy is None:
        return ()
    figures = [Fact(gettext("Right on validation pictures"), percent(training.accuracy))]
    if metrics is not None:
        low, high = wilson(round(metrics.accuracy * metrics.counts.val), metrics.counts.val)
        sure = gettext("{low} to {high}").format(low=percent(low), high=percent(high))
        figures.append(Fact(gettext("95% interval"), sure))
        figures.append(Fact(gettext("Validation pictures"), str(metrics.counts.val)))
        if metrics.macro_f1 is not None:
            figures.append(Fact(gettext("Mean F1 of the classes"), percent(metrics.macro_f1)))
    if training.started_at is not None and training.ended_at is not None:
        seconds = (training.ended_at - training.started_at).total_seconds()
        figures.append(Fact(gettext("Time taken"), _duration(seconds)))
    return tuple(figures)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    if minutes == 0:
        return gettext("{seconds} s").format(seconds=rest)
    return gettext("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)


def _sentences(training: Training, made: Made | None) -> list[str]:
    _ = gettext
    said = []
    match training.state:
        case JobState.WAITING if training.position is not None:
            said.append(place_in_line(training.position))
            said.append(_("You may leave this page; it stays in line."))
        case JobState.RUNNING if not training.stopping:
            if training.stage is None:
                said.append(_("PyTorch is loading, which takes up to half a minute."))
            said.append(_("You may leave this page; it goes on."))
        case JobState.INTERRUPTED:
            said.append(_("The server was stopped meanwhile. It goes on from where it was."))
        case JobState.DONE:
            if made is None:
                said.append(_("Its model has been deleted since."))
            elif made.metrics is not None:
                said += () if made.metrics.mended is None else correction_sentences(made.metrics.mended)
                said.append(kept(made.metrics, training.asked.freeze == "none"))
        case JobState.FAILED:
            said.append(translated(training.error) if training.error else _("The log of the server says why."))
            said.append(_("The pictures are still there: change what is named above, or start again."))
        case JobState.CANCELLED:
            said.append(_("The pictures are still there: you can start again."))
    return said


def _problems(training: Training, made: Made | None) -> list[str]:
    """What it noted, less what is said above in other words."""
    mended = None if made is None or made.metrics is None else made.metrics.mended
    above = () if mended is None else mended_sentences(mended)
    return [problem for problem in training.problems if problem not in above]


def kept(metrics: Metrics, as_asked: bool) -> str:
    """Which of the trained networks was kept, and why.

    Args:
        metrics: of the one that was
        as_asked: it was to be the fine-tuned one, whatever the head alone reached
    """
    _ = gettext
    by_stage: dict[str, Candidate] = {one.stage: one for one in metrics.candidates}
    head, network = by_stage.get("head"), by_stage.get("network")
    if head is None or network is None:
        if metrics.chosen == "head":
            return _("The head was trained, on what the network already sees.")
        return _("The whole network was fine-tuned.")
    names = {"head": head, "network": network}
    values = {f"{name}_loss": fixed(one.held_out_loss) for name, one in names.items()}
    values |= {f"{name}_right": percent(one.held_out_accuracy) for name, one in names.items()}
    if metrics.chosen == "head":
        said = _(
            "The head alone was kept: on the pictures held out its loss is {head_loss} ({head_right} right), that of "
            "the fine-tuned network {network_loss} ({network_right})."
        )
    elif as_asked:
        said = _(
            "The fine-tuned network was kept, as asked: on the pictures held out its loss is {network_loss} "
            "({network_right} right), that of the head alone {head_loss} ({head_right})."
        )
    else:
        said = _(
            "The fine-tuned network was kept: on the pictures held out its loss is {network_loss} "
            "({network_right} right), that of the head alone {head_loss} ({head_right})."
        )
    return said.format(**values)


def _links(training: Training, made: Made | None) -> tuple[Link, ...]:
    again = f"/train?{urlencode({'again': training.id})}"
    if training.state is not JobState.DONE or made is None:
        return (Link(gettext("Start again"), again),)
    report = f"{API}/models/{quote(made.id)}/report"
    links = []
    if made.has_report and made.metrics is not None and made.metrics.mended is not None:
        links.append(Link(gettext("Before and after, side by side"), f"{report}#{CORRECTION}"))
    links += [
        Link(gettext("Explain a photo with it"), f"/?{urlencode({'model': made.id})}"),
        Link(gettext("Its model"), model_url(made.id)),
    ]
    if made.has_report:
        links.append(Link(gettext("Its report"), report))
    links.append(Link(gettext("Compare with another"), f"/compare?{urlencode({'model': made.id})}"))
    return (*links, Link(gettext("Train again"), again))
