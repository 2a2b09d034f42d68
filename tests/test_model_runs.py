"""What a training says of itself: written line by line, read by others while it goes on, also after a crash."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from model.metrics import EpochFigures
from model.runs import (
    Done,
    EpochDone,
    Event,
    Failed,
    Note,
    Progress,
    StageBegun,
    append_event,
    read_events,
    run_folder,
)

FIGURES = EpochFigures(stage="head", epoch=2, train_loss=0.5, held_out_loss=0.25, held_out_accuracy=0.75, seconds=1.5)
EVENTS: tuple[Event, ...] = (
    StageBegun(stage="features"),
    Progress(stage="features", done=3, total=10),
    Progress(stage="network", done=3, total=10, seconds_left=12.5),
    EpochDone(figures=FIGURES, epochs=10, seconds_left=0.0),
    Note(message="Zwölf Bilder — \u2028 left out\r\n\x85 (\U0001f4f7)"),
    Done(path="models/shapes", bundle_id="shapes-0123456789ab", accuracy=1.0),
    Failed(message="no room"),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def written(file: Path, *events: Event) -> None:
    for event in events:
        append_event(file, event)


def test_events_come_back_as_they_were_written(file: Path) -> None:
    written(file, *EVENTS)
    assert tuple(event for event, _ in read_events(file)) == EVENTS
    assert len(file.read_bytes().split(b"\n")) == len(EVENTS) + 1


def test_each_place_leads_to_the_next_event(file: Path) -> None:
    written(file, *EVENTS)
    places = [place for _, place in read_events(file)]
    assert places[-1] == file.stat().st_size
    for index, place in enumerate(places, start=1):
        assert tuple(event for event, _ in read_events(file, place)) == EVENTS[index:]


def test_event_is_seen_at_once(file: Path) -> None:
    place = 0
    for event in EVENTS:
        append_event(file, event)
        ((seen, place),) = read_events(file, place)
        assert seen == event


def test_file_that_is_not_there_yet_has_no_events(file: Path) -> None:
    assert list(read_events(file)) == []
    file.touch()
    assert list(read_events(file)) == []


def test_half_written_line_waits_for_its_end(file: Path) -> None:
    written(file, EVENTS[0], EVENTS[4])
    content = file.read_bytes()
    first = content.index(b"\n") + 1
    for end in range(first, len(content)):
        file.write_bytes(content[:end])
        assert [event for event, _ in read_events(file)] == [EVENTS[0]]
    file.write_bytes(content)
    assert [event for event, _ in read_events(file, first)] == [EVENTS[4]]


def test_line_cut_short_by_a_crash_takes_no_later_event_with_it(file: Path) -> None:
    written(file, EVENTS[0], EVENTS[1])
    file.write_bytes(file.read_bytes()[:-9])
    written(file, *EVENTS[2:4])
    assert [event for event, _ in read_events(file)] == [EVENTS[0], *EVENTS[2:4]]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'{"kind": "other"}',
        b'{"kind": "note"}',
        b"\xff\xfe",
        b'{"kind": "note", "message": 1}',
    ],
)
def test_damaged_line_is_passed_over(file: Path, line: bytes) -> None:
    written(file, EVENTS[0])
    with file.open("ab") as stream:
        stream.write(line + b"\n")
    written(file, EVENTS[1])
    found = list(read_events(file))
    assert [event for event, _ in found] == [EVENTS[0], EVENTS[1]]
    assert found[-1][1] == file.stat().st_size


def test_place_beyond_the_end_has_nothing(file: Path) -> None:
    written(file, EVENTS[0])
    assert list(read_events(file, 10_000)) == []


def test_event_with_something_unknown_is_no_event() -> None:
    with pytest.raises(ValidationError):
        Note.model_validate({"kind": "note", "message": "a", "more": 1})
    with pytest.raises(ValidationError):
        Done(path="a", bundle_id="b", accuracy=1.01)


def test_kind_is_told_in_each_line(file: Path) -> None:
    written(file, *EVENTS)
    kinds = [json.loads(line)["kind"] for line in file.read_text(encoding="utf-8").split("\n")[:-1]]
    assert kinds == ["stage", "progress", "progress", "epoch", "note", "done", "failed"]


def test_run_folder_is_hidden_beside_the_model() -> None:
    assert run_folder(Path("models/shapes")) == Path("models/.shapes.training")
    assert run_folder(Path("shapes.v2")) == Path(".shapes.v2.training")
