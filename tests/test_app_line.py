"""Who goes through the network next, without threads."""

import time

import pytest

from app.layout import Layout
from app.line import Line
from app.passes import Job, Pass
from tests.queueing import PIXELS, SIDE, Recording, numbered

NETWORK = Recording(may_answer=True)


def waiting(line: Line, *heights: int) -> list[Job]:
    """Photos that have joined, in their order."""
    jobs = [Job(NETWORK, numbered(number, height)) for number, height in enumerate(heights)]
    for job in jobs:
        line.join(job)
    return jobs


def begin(line: Line, most: int = 1, idle: int = 1, on_the_way: int = 0) -> Pass:
    jobs, wait_s = line.next(most, idle, on_the_way)
    assert wait_s is None
    begun = line.begin(jobs, on_the_way)
    assert begun is not None
    return begun


def test_nobody_is_next_where_nobody_waits() -> None:
    assert Line(Layout()).next(4, 1, 0) == ([], None)


def test_a_pass_takes_the_first_and_those_of_its_kind() -> None:
    line = Line(Layout(max_pixels=100 * PIXELS))
    jobs = waiting(line, SIDE, 2 * SIDE, SIDE, SIDE)
    assert begin(line, most=2).jobs == [jobs[0], jobs[2]]
    assert begin(line, most=2).jobs == [jobs[1]]
    assert list(line.waiting.values()) == [jobs[3]]


def test_a_large_input_waits_until_there_is_room_and_nobody_overtakes_it() -> None:
    line = Line(Layout(2, max_pixels=2 * PIXELS))
    jobs = waiting(line, SIDE, 3 * SIDE, SIDE)
    first = begin(line)
    assert line.next(1, 1, 0) == ([], None)
    line.drop(first)
    large = begin(line)
    assert (large.jobs, large.alone) == ([jobs[1]], True)


def test_there_are_as_many_in_a_pass_as_there_is_room_for() -> None:
    line = Line(Layout(2, max_pixels=3 * PIXELS))
    jobs = waiting(line, *[SIDE] * 5)
    assert begin(line, most=2).jobs == jobs[:2]
    assert begin(line, most=2).jobs == jobs[2:3]
    assert line.next(2, 1, 0) == ([], None)


@pytest.mark.parametrize(("on_the_way", "waited_s", "starts"), [(1, 0.0, False), (1, 60.0, True), (0, 0.0, True)])
def test_company_is_waited_for_only_while_it_is_on_the_way_and_not_for_ever(
    on_the_way: int, waited_s: float, starts: bool
) -> None:
    line = Line(Layout(max_pixels=9 * PIXELS, wait_s=50))
    [job] = waiting(line, SIDE)
    job.entered = time.perf_counter() - waited_s
    jobs, wait_s = line.next(2, 1, on_the_way)
    assert jobs == ([job] if starts else [])
    assert wait_s is None if starts else 0 < (wait_s or 0) <= 50


def test_idle_workers_share_what_there_is() -> None:
    line = Line(Layout(2, max_pixels=9 * PIXELS))
    jobs = waiting(line, *[SIDE] * 5)
    assert line.next(4, 2, 0)[0] == jobs[:2]


def test_who_has_gone_is_not_taken_along() -> None:
    line = Line(Layout(max_pixels=9 * PIXELS))
    jobs = waiting(line, SIDE, SIDE, SIDE)
    line.leave(jobs[0].future)
    jobs[1].future.cancel()
    assert begin(line, most=9).jobs == [jobs[2]]
    [gone] = waiting(line, SIDE)
    gone.future.cancel()
    assert line.begin([gone], 0) is None
    assert not line.waiting


def test_passes_that_began_before_a_moment_are_dropped_and_leave_their_room() -> None:
    line = Line(Layout(2, max_pixels=2 * PIXELS))
    waiting(line, SIDE, SIDE, SIDE)
    early = begin(line)
    while time.perf_counter() == early.started:
        pass
    late = begin(line)
    assert line.next(1, 1, 0) == ([], None)
    assert line.drop_all(late.started) == [early]
    assert line.next(1, 1, 0)[0]
    assert line.drop_all() == [late]
    assert not line.running
