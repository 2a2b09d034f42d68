"""Pictures in folders named for their classes, at any depth below them."""

import os
from collections.abc import Iterator
from pathlib import Path

from model.errors import DatasetError
from model.findings import Finding, counted, listed, shown_name
from model.listing import VALIDATION, Entry, Listing, Split, clean_label
from model.photos import SUFFIXES, is_picture_file

TRAINING, TESTING = "train", "test"
DROPPINGS = "__MACOSX"  # what a Mac adds to an archive beside the folder that was meant


def list_folder(root: Path, to_learn: bool = True) -> Listing:
    """The pictures of a folder of class folders, or of one with train/ and val/.

    It is split where it has a folder `train` with folders in it, and one called val, valid, validation
    or, failing these, test; or nothing but `train`. Links are followed; hidden files and folders do not
    count; files that are neither named nor begin like pictures are left out, and said to be.

    Args:
        root: absolute
        to_learn: whether there must be two classes, and a picture of each; else one is enough

    Raises:
        DatasetError: there is no class folder, a class without a picture, or a name that is no label
        OSError: a folder cannot be read
    """
    folders = {entry.name.lower(): Path(entry.path) for entry in _visible(root) if _is_folder(entry)}
    scan = _Scan(root, to_learn)
    if splits := _split_folders(root, folders):
        train, val = splits
        scan.beside(root, {folder.name for folder in splits if folder}, "of no split")
        scan.classes(train, "train" if val else None)
        if val:
            scan.classes(val, "val")
        return scan.listing()
    if len(folders) == 1:
        _check_lone_folder(root, next(iter(folders.values())), to_learn)
    scan.classes(root, None)
    return scan.listing()


def _split_folders(root: Path, folders: dict[str, Path]) -> tuple[Path, Path | None] | None:
    """The folders of training and, if there are any, of validation pictures; None where the folders are classes."""
    if not (train := folders.get(TRAINING)):
        return None
    named = [folders[name] for name in VALIDATION if name in folders]
    val = named[0] if named else folders.get(TESTING)
    others = folders.keys() - {TRAINING, TESTING, *VALIDATION}
    if others and not (val and any(_is_folder(entry) for entry in _visible(train))):
        return None
    if len(named) > 1:
        raise DatasetError(
            f"{root}: holds {listed([folder.name for folder in named])}; keep one folder of validation pictures."
        )
    return train, val


def _check_lone_folder(root: Path, folder: Path, to_learn: bool) -> None:
    """One folder cannot be two classes; maybe it is the data folder, as archives like to have it."""
    shown = shown_name(folder.name)
    if any(_is_folder(entry) for entry in _visible(folder)):
        raise DatasetError(
            f"{root}: holds one folder alone, '{shown}'; if its folders are the classes, name it instead."
        )
    if not to_learn:
        return
    raise DatasetError(
        f"{root}: holds one class folder alone, '{shown}'; add a folder of at least one other class "
        "for it to be told from."
    )


class _Scan:
    """A walk through class folders; what it finds gathers in it."""

    def __init__(self, root: Path, to_learn: bool) -> None:
        self._root = root
        self._to_learn = to_learn
        self._skipped = len(os.path.join(root, ""))  # noqa: PTH118 (with the separator at its end)
        self._entries: list[Entry] = []
        self._empty: dict[str, list[str]] = {"train": [], "val": []}
        self._strangers: list[str] = []
        self._outside: list[Finding] = []

    def listing(self) -> Listing:
        """What was found.

        Raises:
            DatasetError: not a single picture
        """
        if not self._entries:
            raise DatasetError(f"{self._root}: there is no picture in it.")
        findings = list(self._outside)
        if names := tuple(self._strangers):
            are = counted(len(names), "file of the class folders is", "files of the class folders are")
            findings.append(Finding(f"{are} left out (no picture): {listed(names)}.", names))
        empty = {split: tuple(labels) for split, labels in self._empty.items()}
        return Listing(self._entries, empty=empty, findings=tuple(findings))

    def beside(self, folder: Path, used: set[str], reason: str) -> None:
        """Note what lies in a folder and is not used, and why."""
        names = tuple(self._name(entry.path) for entry in _visible(folder) if entry.name not in used)
        if names:
            are = "is" if len(names) == 1 else "are"
            self._outside.append(Finding(f"{listed(names)} {are} left out ({reason}).", names))

    def classes(self, parent: Path, split: Split | None) -> None:
        """Gather the pictures of all class folders in a folder."""
        folders = [entry for entry in _visible(parent) if _is_folder(entry)]
        if not folders:
            raise DatasetError(
                f"{parent}: holds no class folders; put the pictures of each class into a folder with its name."
            )
        self.beside(parent, {entry.name for entry in folders}, "in no class folder")
        seen: dict[str, str] = {}
        for folder in folders:
            label = clean_label(folder.name, self._name(folder.path))
            if label in seen:
                raise DatasetError(f"{parent}: two folders are called '{label}'; move their pictures into one.")
            seen[label] = folder.path
            before = len(self._entries)
            self._entries.extend(self._pictures(folder.path, label, split))
            if len(self._entries) == before:
                if split:
                    self._empty[split].append(label)
                elif self._to_learn:
                    raise DatasetError(f"{folder.path}: this class has no picture; add some, or remove the folder.")
                else:
                    self._outside.append(Finding(f"The class '{label}' has no picture.", (label,)))

    def _pictures(self, top: str, label: str, split: Split | None) -> Iterator[Entry]:
        """Every picture below a class folder, depth first; no folder twice, wherever links lead."""
        labels = (label,)
        waiting, seen = [top], {_identity(top)}
        while waiting:
            inner = []
            for entry in _visible(Path(waiting.pop())):
                if _is_folder(entry):
                    if (identity := _identity(entry.path)) not in seen:
                        seen.add(identity)
                        inner.append(entry.path)
                elif _is_picture(entry, path := Path(entry.path)):
                    yield Entry(path, self._name(entry.path), labels, split)
                else:
                    self._strangers.append(self._name(entry.path))
            waiting.extend(reversed(inner))

    def _name(self, path: str) -> str:
        return shown_name(path[self._skipped :]).replace(os.sep, "/")


def _visible(folder: Path) -> "list[os.DirEntry[str]]":
    """What is in a folder and not hidden, by name."""
    with os.scandir(folder) as entries:
        return sorted((one for one in entries if not one.name.startswith((".", DROPPINGS))), key=lambda one: one.name)


def _identity(folder: str) -> tuple[int, int]:
    status = Path(folder).stat()
    return status.st_dev, status.st_ino


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    """Also through a link; a link that leads nowhere, or in a circle, is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_picture(entry: "os.DirEntry[str]", path: Path) -> bool:
    """A link that leads nowhere counts by its name, to be named as unreadable."""
    if _is_file(entry):
        return is_picture_file(path)
    return path.suffix.lower() in SUFFIXES and not path.exists()


def _is_file(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False
