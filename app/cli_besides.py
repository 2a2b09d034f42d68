"""What `camscope explain` is asked for besides the classes and their maps."""

from dataclasses import dataclass, replace

from app.cli_evidence import Question, check


@dataclass(frozen=True)
class Besides:
    """Of every photo.

    Attributes:
        question: about a part of it; None for none
        channels: how many of the first class's to list; 0 for none
    """

    question: Question | None = None
    channels: int = 0

    def checked(self, labels: tuple[str, ...]) -> "Besides":
        """The same, once it is known which classes there are.

        Raises:
            Unusable: the question names a class that the network does not have
        """
        return replace(self, question=check(self.question, labels) if self.question else None)
