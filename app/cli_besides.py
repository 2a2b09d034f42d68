"""What `camscope explain` is asked for besides the classes and their maps."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from app.cli_evidence import Question, check
from app.cli_regions import RegionFiles


@dataclass(frozen=True)
class Besides:
    """Of every photo.

    Attributes:
        question: about a part of it; None for none
        channels: how many of the first class's to list; 0 for none
        report: the file or folder for reports that open without a server; None for none
        files: of the first class's regions, and of those of the classes that were asked for
    """

    question: Question | None = None
    channels: int = 0
    files: RegionFiles = field(default_factory=RegionFiles)
    report: Path | None = None

    def checked(self, labels: tuple[str, ...]) -> "Besides":
        """The same, once it is known which classes there are.

        Raises:
            Unusable: the question names a class that the network does not have
        """
        return replace(self, question=check(self.question, labels) if self.question else None)
