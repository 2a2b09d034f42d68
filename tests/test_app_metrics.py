import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app import holdings
from app.database import Database
from app.errors import NotReady
from app.holdings import Holdings
from app.jobs import JobState
from app.metrics import Metrics
from app.rows import TrainingRow
from app.version import VERSION
from tests.conftest import ClientMaker
from tests.pictures import picture
from tests.stored import stored_files

EXPLANATIONS = "/api/v1/explanations"


def told(client: TestClient) -> dict[str, float]:
    """Every sample of `/metrics`, by its name and labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def explain(client: TestClient, **data: str) -> Any:
    return client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}, data=data)


def test_how_much_is_kept_and_how_much_room_there_is(
    client: TestClient, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holdings, "GOOD_FOR_S", 0)
    explain(client)
    now = told(client)
    assert now["camscope_stored_explanations"] == 1
    assert now["camscope_stored_bytes"] == sum(path.stat().st_size for path in stored_files(settings.data_dir))
    assert now["camscope_disk_free_bytes"] > now["camscope_disk_reserve_bytes"] == settings.disk_reserve_bytes
    assert now["camscope_dataset_bytes"] == now['camscope_trainings{state="waiting"}'] == 0
    assert explain(client).status_code == 201
    assert told(client)["camscope_stored_bytes"] == 2 * now["camscope_stored_bytes"], "shared files count for each"


def test_stages_batches_bodies_and_places_are_told(client: TestClient, settings: Any) -> None:
    explain(client)
    explain(client, store="false")
    now = told(client)
    for stage, times in {"receive": 2, "decode": 2, "queue": 2, "forward": 2, "cam": 2, "store": 1}.items():
        assert now[f'camscope_stage_seconds_count{{stage="{stage}"}}'] == times, stage
    assert now["camscope_batch_size_sum"] == 2
    assert now["camscope_queue_capacity"] == settings.queue_size + 1
    assert now["camscope_request_body_bytes_total"] > 2 * len(picture())
    assert now["camscope_requests_in_progress"] == 1, "the one that asks"


def test_the_process_the_version_and_the_model_are_told(client: TestClient) -> None:
    now = told(client)
    assert now["process_resident_memory_bytes"] > 1e6
    assert now["process_open_fds"] > 3
    assert now["process_start_time_seconds"] > 1e9
    (build,) = [name for name in now if name.startswith("camscope_build_info")]
    assert f'version="{VERSION}"' in build
    (model,) = [name for name in now if name.startswith("camscope_model_info")]
    assert 'architecture="test/tiny",head="gap"' in model
    assert now[model] == 1


def test_whatever_clients_send_the_labels_stay_few(client: TestClient) -> None:
    told(client)
    client.get("/nowhere")
    client.get("/static/nothing.js")
    client.request("BREW", "/")
    before = set(told(client))
    for number in range(30):
        client.get(f"/nowhere/{number}?x={number}", headers={"x-request-id": f"id-{number}"})
        client.get(f"/static/{number}.js")
        client.get(f"{EXPLANATIONS}/{number:032x}")
        client.request(f"BREW{number}", "/")
    new = {re.sub(r",le=.*", "", name) for name in set(told(client)) - before}
    assert len({name for name in new if "requests_total" in name}) == 1, "of the route that was not asked before"
    assert not [name for name in new if re.search(r"\d{2}\.js|BREW|nowhere", name)]


def test_a_scrape_asks_the_database_once_in_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(tmp_path / "x.sqlite")
    kept = Holdings(database)
    asked: list[int] = []
    looked_up = kept._looked_up
    monkeypatch.setattr(kept, "_looked_up", lambda: asked.append(1) or looked_up())
    assert [kept.now().explanations for _ in range(20)] == [0] * 20
    assert asked == [1]
    database.close()


def test_a_database_that_does_not_answer_takes_no_other_number_away(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise NotReady

    monkeypatch.setattr(Holdings, "_looked_up", broken)
    now = told(client)
    assert now["camscope_stored_bytes"] != now["camscope_stored_bytes"], "not a number"
    assert now["camscope_queue_capacity"] > 0


def test_trainings_that_have_not_ended_are_counted_by_state(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.sqlite")
    with database.writing() as session:
        for number, state in enumerate(["waiting", "waiting", "running", "done"]):
            session.add(
                TrainingRow(
                    id=str(number),
                    owner="o",
                    name="n",
                    state=state,
                    created_at=datetime.now(UTC),
                    asked={},
                    counts=[],
                    data="",
                    base="",
                    starts=0,
                    reached=0,
                )
            )
    counted = Holdings(database).now().trainings
    assert counted == {JobState.WAITING: 2, JobState.RUNNING: 1, JobState.INTERRUPTED: 0}
    database.close()


def test_a_server_without_a_model_has_numbers_too(make_client: ClientMaker) -> None:
    assert not [name for name in told(make_client(classifiers=[])) if name.startswith("camscope_model_info")]


def test_each_app_counts_for_itself() -> None:
    first, second = Metrics(), Metrics()
    first.decode_worker_restarts.inc()
    assert first.registry.get_sample_value("camscope_decode_worker_restarts_total") == 1
    assert second.registry.get_sample_value("camscope_decode_worker_restarts_total") == 0
