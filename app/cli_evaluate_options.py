"""What `camscope evaluate` can be told."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperCommand

from model.listing import Split

FAITHFULNESS, SANITY = 50, 30
"""Pictures that are enough for intervals of a few percent, in a few minutes."""

BARE = {"--faithfulness": FAITHFULNESS, "--sanity": SANITY}


class BareCommand(TyperCommand):
    """A command some of whose options have a value of their own where none is written."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """See click."""
        return super().parse_args(ctx, list(completed(args, BARE)))


def completed(words: Sequence[str], bare: Mapping[str, int]) -> Iterator[str]:
    """A command line with a value behind each option that has none."""
    for word, after in zip(words, [*words[1:], ""], strict=True):
        yield word
        if word in bare and not after.isdigit():
            yield str(bare[word])


ModelArgument = Annotated[
    Path,
    typer.Argument(
        metavar="MODEL",
        help="A model folder, or the name of one that `camscope models` lists, such as efficientnet_lite0.",
        show_default=False,
    ),
]
DataArgument = Annotated[
    Path,
    typer.Argument(
        metavar="DATA",
        help="A folder of class folders, one with train/ and val/ (val/ is asked), or a CSV with path and label.",
        show_default=False,
    ),
]
OutOption = Annotated[
    Path, typer.Option("--out", "-o", help="A new folder for the report and its numbers.", show_default=False)
]
LabelOption = Annotated[
    list[str] | None,
    typer.Option(
        "--label",
        metavar="DATA=NETWORK",
        help="What a label of the data is called by the network, or index:N; repeatable.",
    ),
]
BoxesOption = Annotated[
    Path | None,
    typer.Option(
        help="Boxes around things: a CSV with path, label, left, top, right, bottom; a COCO JSON; a Pascal VOC XML, or "
        "a folder of these.",
        show_default=False,
    ),
]
MasksOption = Annotated[
    Path | None,
    typer.Option(
        help="Outlines of things: a folder of PNG masks that mirrors the data (not zero is the thing), or a COCO JSON "
        "with segmentations. May be given beside --boxes.",
        show_default=False,
    ),
]
ScalesOption = Annotated[
    str | None,
    typer.Option(
        help="Ways to look, such as 1,fused; default 1, and all five with --boxes or --masks.", show_default=False
    ),
]
StepOption = Annotated[float, typer.Option(min=0.001, max=0.5, help="Between thresholds of a map.")]
LimitOption = Annotated[
    int | None, typer.Option(min=1, help="Ask about a sample of so many pictures.", show_default=False)
]
SeedOption = Annotated[int, typer.Option(min=0, help="Of the samples of --limit, --faithfulness and --sanity.")]
SplitOption = Annotated[
    Split,
    typer.Option(help="Of a set with train/ and val/: the pictures to judge by, or those to learn from."),
]
FaithfulnessOption = Annotated[
    int,
    typer.Option(
        metavar="[N]",
        min=0,
        help="Ask about N pictures again without their evidence: does the network need what its maps show? "
        f"{FAITHFULNESS} without a number.",
        show_default=False,
    ),
]
SanityOption = Annotated[
    int,
    typer.Option(
        metavar="[N]",
        min=0,
        max=1000,
        help="Compare the maps of N pictures with those of the network as it forgets, layer by layer: do they hang on "
        f"what it has learned? {SANITY} without a number.",
        show_default=False,
    ),
]
JobsOption = Annotated[
    int | None,
    typer.Option(
        "--jobs", "-j", min=1, help="Pictures at the same time; default one more than cores.", show_default=False
    ),
]
KeepOption = Annotated[
    bool,
    typer.Option(
        "--keep",
        help="Put a copy into the server's data folder, where all its visitors can read it.",
        show_default=False,
    ),
]
ResumeOption = Annotated[
    bool, typer.Option("--resume", help="Go on where an evaluation in this folder was left.", show_default=False)
]
