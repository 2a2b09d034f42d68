"""`camscope export … --int8`: a model whose convolutions run in int8, and what it is worth beside the float one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.cli_photos import find_photos
from app.cli_settings import load_settings
from app.examples import EXAMPLES_DIR
from model.bundle import Bundle
from model.errors import DatasetError
from model.int8 import Int8, read_int8

EXAMPLES = "Camscope's example photos"
FEW_JUDGED = 50

Report = Callable[[str], None]


@dataclass(frozen=True)
class Pictures:
    """Files to calibrate with and to judge by, and what a person calls them."""

    files: tuple[Path, ...]
    called: str


def find_pictures(folder: Path | None) -> Pictures:
    """The pictures in a folder; without one, the examples.

    Raises:
        DatasetError: there is no such folder, or no picture in it
    """
    if folder is not None and not folder.is_dir():
        raise DatasetError(f"{folder}: no such folder")
    files = tuple(source.path for source in find_photos([folder or EXAMPLES_DIR]))
    if not files:
        raise DatasetError(f"{folder}: no pictures in it")
    return Pictures(files, EXAMPLES if folder is None else folder.resolve().name)


def own_model(name: str, report: Report) -> Bundle | None:
    """The model folder that a name means, or the embedded network; None where it is a network's name."""
    from model.training.base import own_bundle

    return own_bundle(name, load_settings().cache_dir, report)


def quantised(source: Bundle, out: Path, name: str | None, pictures: Pictures, report: Report) -> Bundle:
    """Write the int8 model of a float one."""
    from model.training.quantise import quantise

    return quantise(
        source, out, pictures.files, name=name or f"{source.name}-int8", called=pictures.called, report=report
    )


def worth(bundle: Bundle) -> Iterator[str]:
    """What was measured of an int8 model, in lines."""
    told = read_int8(bundle.provenance)
    if told is None:
        return
    calibration = told.calibration
    yield f"Its convolutions run in int8, calibrated on {calibration.pictures} pictures of {calibration.source}."
    yield from _agreement(told)
    speed = told.speed
    yield (
        f"Speed here: {speed.alone:g} x float's alone, {speed.batched:g} x in batches of {speed.batch} "
        f"({speed.width} x {speed.height} pixels, {speed.threads} threads)"
    )


def _agreement(told: Int8) -> Iterator[str]:
    found = told.agreement
    shown = "1 other" if found.pictures == 1 else f"{found.pictures:,} others"
    if found.inputs != found.pictures:
        shown = f"{found.inputs:,} views of {shown}"
    words = f"On {shown} it names the class that {told.original_name} names in {found.same_class:.1%}"
    if found.logit_correlation is not None:
        words += f"; logits correlate {found.logit_correlation:.4f}"
    words += f" and differ by {found.logit_difference:.3f} on average"
    if found.map_correlation is not None and found.map_correlation_low is not None:
        words += f"; maps correlate {found.map_correlation:.4f} (median), {found.map_correlation_low:.4f} (5 %)"
    yield words
    if found.pictures < FEW_JUDGED:
        yield "So few say little: give --calibrate FOLDER with at least a hundred pictures like those it is for."
