"""The lines that matter of an evaluation, in the terminal."""

import typer
from rich.console import Console
from rich.table import Table

from app.evaluation_faithfulness import faithfulness_part
from app.evaluation_opened import Opened
from app.evaluation_sanity import sanity_part
from app.evaluation_tables import NOTHING, columns
from app.evaluation_words import group_words, recurring_sentences
from model.evaluation.baselines import BOX, CENTRE
from model.evaluation.figures import LocalisationFigures
from model.evaluation.folder import METRICS, REPORT, TRIAGE
from model.scales import FUSED

LOOKS = {FUSED: "fused", CENTRE: "the middle", BOX: "a mean box"}


def tell(opened: Opened) -> None:
    """How often it is right, whether it looks at the right place, what is worth a look, where all of it is."""
    metrics, out = opened.metrics, opened.folder.path
    told, sure = metrics.classification, metrics.classification.intervals
    typer.echo(
        f"{told.accuracy:.1%} right on {metrics.data.pictures:,} pictures "
        f"(95% interval {sure.accuracy[0]:.1%} to {sure.accuracy[1]:.1%})"
    )
    if metrics.localisation is not None:
        Console().print(localisation_table(metrics.localisation))
    if metrics.faithfulness is not None:
        typer.echo(faithfulness_part(metrics.faithfulness).verdict)
    if metrics.sanity is not None:
        for verdict in sanity_part(metrics.sanity).verdicts:
            typer.echo(verdict)
    if groups := [f"{group_words(group).title} {count:,}" for group, count in opened.counts.items() if count]:
        typer.echo(f"Worth a look: {', '.join(groups)}.")
    for sentence in recurring_sentences(metrics):
        typer.echo(sentence)
    for problem in metrics.problems:
        typer.echo(problem, err=True)
    typer.echo(f"The report is {out / REPORT}, its numbers are in {out / METRICS}, its pictures in {out / TRIAGE}.")


def localisation_table(where: LocalisationFigures) -> Table:
    """A line a way to look; variants of measures, intervals and how to read them stand in the report."""
    shown = [column for column in columns(where) if not column.is_variant]
    table = Table(box=None, pad_edge=False)
    table.add_column("look", no_wrap=True)
    for column in shown:
        table.add_column(column.title, justify="right", overflow="fold")
    for name, measures in (where.scales | where.baselines).items():
        figures = (column.figure(measures) for column in shown)
        table.add_row(LOOKS.get(name, f"scale {name}"), *(NOTHING if one is None else one.value for one in figures))
    return table
