"""Long work that the server has done by a process of its own: a training, an evaluation.

waiting -> running -> done | failed | cancelled
running <-> interrupted    the server ended; it goes on with the next
"""

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from app.rows import Job

EVENTS, LOG, LOCK, DATA, BASE = "events.jsonl", "log.txt", "lock", "data", "base"
KEEP, DISCARD = "keep", "discard"


class JobState(StrEnum):
    """Where a job stands.

    waiting and interrupted ones go on by themselves: the first when its turn comes, the second, which the
    server's own end has stopped, from where it was. The others but running have ended.
    """

    WAITING = "waiting"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


OPEN = tuple(state for state in JobState if not state.ended)
ENDED = tuple(state for state in JobState if state.ended)


def in_line(rows: Sequence[Job]) -> list[str]:
    """The ids of the waiting ones among jobs that have not ended: each person's first, then the seconds."""
    turns: Counter[str] = Counter(row.owner for row in rows if row.state != JobState.WAITING)
    places = []
    waiting = [row for row in rows if row.state == JobState.WAITING]
    for row in sorted(waiting, key=lambda row: (row.created_at, row.id)):
        places.append((turns[row.owner], row.created_at, row.id))
        turns[row.owner] += 1
    return [job_id for *_, job_id in sorted(places)]
