"""What a job works with: a model, and pictures in folders of the server that visitors may name."""

from pathlib import Path

from app.errors import NotFound, Unusable
from app.folders import link_or_copy
from app.registry import Entry
from model.dataset import Dataset
from model.errors import BundleError
from model.manifest import MANIFEST, read_manifest

NO_FOLDER = "'folder': there is no such folder among those that this server trains from."


def lend_model(entry: Entry, lent: Path, watched: Path) -> Path:
    """A model folder to work with; one that may be renamed or deleted meanwhile under names of the job's own.

    Args:
        entry: the model
        lent: a folder for that, which is not there yet
        watched: the folder in which models may be changed

    Raises:
        NotFound: it is being changed
    """
    if entry.path.parent != watched:
        return entry.path
    lent.mkdir(mode=0o700, parents=True)
    try:
        for name in (MANIFEST, *read_manifest(entry.path).files):
            link_or_copy((entry.path / name).resolve(), lent / name)
    except (BundleError, FileNotFoundError):
        raise NotFound("The model to begin from was changed at this very moment; try again.") from None
    return lent


def allowed_folder(asked: str, allowed: tuple[Path, ...]) -> Path:
    """The real path of a folder or table that lies in one of those allowed, wherever links lead.

    Args:
        asked: absolute, or relative to one of them
        allowed: the folders

    Raises:
        NotFound: there are no such folders
        Unusable: no such folder, or it lies elsewhere
    """
    if not allowed:
        raise NotFound("This server has no folders of its own to train from; its operator can name some.")
    for root in allowed:
        try:
            path = (root / asked).resolve(strict=True)
            if path.is_relative_to(root.resolve(strict=True)):
                return path
        except (OSError, RuntimeError, ValueError):  # not there, not readable, links in a circle, no path at all
            continue
    raise Unusable(NO_FOLDER)


def check_within(data: Dataset, allowed: tuple[Path, ...]) -> None:
    """See to it that every picture lies in one of the allowed folders: a table may name any, and so may a link.

    Raises:
        Unusable: one lies elsewhere, whether it is there or not
    """
    roots = [root.resolve() for root in allowed]
    known: dict[Path, bool] = {}  # folders, whether they lie within: most pictures share theirs
    for sample in data.samples:
        place = sample.path if sample.path.is_symlink() else sample.path.parent
        if place not in known:
            real = place.resolve()
            known[place] = any(real.is_relative_to(root) for root in roots)
        if not known[place]:
            raise Unusable(
                f"'folder': '{sample.name}' lies outside of the folders that this server trains from; move it there."
            )
