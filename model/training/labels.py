"""What classes are called."""

from pathlib import Path

from model.errors import WeightsError
from model.training.networks import NetworkName
from model.training.traits import torchvision_entries

IMAGENET_CLASSES = 1000
MAX_LABEL = 200  # characters, as in ModelSpec


def imagenet_labels() -> tuple[str, ...]:
    """ImageNet's 1,000 class names, in the order of the logits; torchvision's weights carry them."""
    entries = torchvision_entries(NetworkName("torchvision", "resnet18"))
    return tuple(entries.DEFAULT.meta["categories"])


def read_labels(path: Path) -> tuple[str, ...]:
    """Labels from a text file, one a line, in the order of the logits.

    Raises:
        WeightsError: the file cannot be read, or a line is no label; the message says which
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise WeightsError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise WeightsError(f"{path}: is no text in UTF-8") from error
    labels = tuple(line.strip() for line in text.rstrip().split("\n"))
    for number, label in enumerate(labels, start=1):
        if not 1 <= len(label) <= MAX_LABEL or not label.isprintable():
            raise WeightsError(f"{path}: line {number} is no label of 1 to {MAX_LABEL} printable characters")
    return labels
