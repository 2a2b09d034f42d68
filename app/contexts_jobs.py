"""What the pages of every kind of job are given."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class JobLine:
    """One line of a list of jobs.

    Attributes:
        id: of the job
        title: what it is called
        words: how it stands
        tone: "busy", "good", "bad" or "quiet"
        share: of the present stage, 0..1; None where nothing is under way
    """

    id: str
    title: str
    page_url: str
    words: str
    tone: str
    share: float | None
    created_at: datetime


@dataclass(frozen=True)
class JobsOffered:
    """Of a page to ask for jobs, with the list of them.

    Attributes:
        reason: why none can be started here; None where they can
        command: that does the same without this server
        refusal: why the last one was not started
        folders: on the server, to choose from
        allowed: folders on the server that those lie in
        max_archive_mb: of a zip of pictures
        ongoing: whether the list may change by itself
    """

    reason: str | None
    command: str
    refusal: str | None
    folders: tuple[str, ...]
    allowed: tuple[str, ...]
    max_archive_mb: str
    ongoing: bool
