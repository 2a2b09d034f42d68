"""Labels that mean no class of the network: the refusal, and what the form proposes to write."""

from collections.abc import Sequence

from app.errors import Unusable
from app.text import noted
from model.errors import UnknownLabels
from model.findings import listed


class StrangeLabels(Unusable):
    """Pictures or boxes have labels that the network does not know; `lines` say what each most likely means."""

    def __init__(self, error: UnknownLabels) -> None:
        """Say all of them at once."""
        self.lines = [f"{label}={known or ''}" for label, known in error.meant.items()]
        example = next((line for line in self.lines if not line.endswith("=")), "ants=ant")
        super().__init__(
            noted(
                f"The network has no class, or more than one, called {listed(sorted(set(error.written.values())))}. "
                f"Say in 'labels' what it calls them, a line each, such as {example}."
            )
        )


def with_proposals(written: str, lines: Sequence[str]) -> str:
    """What was written, and a line for each label that is not in it, or was said to be what no class is called."""
    proposed = {line.partition("=")[0]: line for line in lines}
    kept = [line for line in written.splitlines() if line.strip() and line.partition("=")[0].strip() not in proposed]
    return "\n".join([*kept, *proposed.values()])
