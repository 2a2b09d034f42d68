"""Jobs in words: how one stands, what comes before it, how long it still takes."""

from app.jobs import JobState
from app.schemas_jobs import Standing
from app.text import gettext, ngettext

MINUTE_S, HOUR_S = 60, 3600
TONES = {JobState.DONE: "good", JobState.FAILED: "bad", JobState.CANCELLED: "quiet"}


def tone_of(state: JobState) -> str:
    """How a state is shown: "busy", "good", "bad" or "quiet"."""
    return TONES.get(state, "busy")


def standing(job: Standing, under_way: str, done: str) -> str:
    """How a job stands, in a few words; what is under way, and what came of it, is told by its kind."""
    _ = gettext
    if job.stopping:
        return _("Stopping …")
    return {
        JobState.WAITING: _("Waiting for its turn"),
        JobState.RUNNING: under_way,
        JobState.INTERRUPTED: _("Interrupted; it goes on by itself"),
        JobState.DONE: done,
        JobState.FAILED: _("It failed"),
        JobState.CANCELLED: _("Stopped; nothing was kept"),
    }[job.state]


def share_of(job: Standing) -> float | None:
    """How far the present stage is, 0..1; None where nothing is under way or nobody knows."""
    progress = job.progress
    if job.state is not JobState.RUNNING or progress is None or not progress.total:
        return None
    return min(1.0, progress.done / progress.total)


def time_left(seconds: float) -> str:
    """About how long it still takes."""
    if seconds < 10:
        return gettext("a few seconds")
    if seconds < MINUTE_S:
        return gettext("less than a minute")
    if seconds < HOUR_S:
        minutes = round(seconds / MINUTE_S)
        return ngettext("about {count} minute", "about {count} minutes", minutes).format(count=minutes)
    hours = round(seconds / HOUR_S)
    return ngettext("about {count} hour", "about {count} hours", hours).format(count=hours)


def place_in_line(position: int) -> str:
    """How many come before a waiting job; position 1 is next."""
    before = position - 1
    if before == 0:
        return gettext("It is next in line.")
    return ngettext("{count} other comes before it.", "{count} others come before it.", before).format(count=before)
