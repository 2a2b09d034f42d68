import asyncio
import base64
import contextlib
import hashlib
import io
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import uvicorn
import uvloop
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request as WebRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bench import agreement, client, pictures, processes
from bench.load import Measured, fill, load, percentile
from bench.results import Disagreement
from bench.servers import Server, environment
from bench.uploads import ask, digits, request

PATH = "/api/v1/explanations"


class Served:
    """A server that writes down what it was sent; `answers` says what it answers, by the request's place."""

    def __init__(self) -> None:
        self.forms: list[dict[str, str]] = []
        self.files: list[bytes] = []
        self.asked = 0
        self.refuse: set[int] = set()
        self.broken = False

    async def answer(self, web: WebRequest) -> Response:
        self.asked += 1
        if self.asked in self.refuse:
            return JSONResponse({"title": "busy"}, 429, {"Retry-After": "0"})
        if self.broken:
            return JSONResponse({"title": "broken"}, 500)
        async with web.form() as form:
            data = await form["image"].read()
            self.forms.append({name: value for name, value in form.items() if name != "image"})
        self.files.append(data)
        return JSONResponse(explanation(data))


def explanation(data: bytes) -> dict[str, object]:
    cam = [[1.0, 2.0], [3.0, 6.0]]
    first = {"label": str(Image.open(io.BytesIO(data)).size), "cam": cam, "bias": 0.5, "logit": 3.5, "residual": 0.0}
    return {"image": {"sha256": hashlib.sha256(data).hexdigest()}, "predictions": [first]}


@pytest.fixture
def served() -> Iterator[tuple[Served, Server]]:
    served = Served()
    app = Starlette(routes=[Route(PATH, served.answer, methods=["POST"])])
    running = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    yield served, Server("made up", f"http://127.0.0.1:{port}{PATH}", os.getpid(), 0)
    running.should_exit = True
    thread.join()


def files() -> list[bytes]:
    return pictures.jpegs(None, 3, (64, 48))


def plan(server: Server, **wanted: object) -> client.Plan:
    port = int(server.url.split(":")[2].split("/")[0])
    requests = [request(file, PATH, f"127.0.0.1:{port}", [("store", "false")]) for file in files()]
    return client.Plan("127.0.0.1", port, requests, **{"clients": 3, "warm_seconds": 0, "count": 12, **wanted})


def test_every_upload_is_one_photo_with_bytes_of_its_own(served: tuple[Served, Server]) -> None:
    taken, server = served
    report = uvloop.run(client.run(plan(server, first=5)))
    assert len(set(taken.files)) == len(taken.files) >= 12
    assert taken.forms[0] == {"store": "false"}
    assert sum(digits(5) in data for data in taken.files) == 1
    originals = {np.asarray(Image.open(io.BytesIO(file))).tobytes() for file in files()}
    assert {np.asarray(Image.open(io.BytesIO(data))).tobytes() for data in taken.files} == originals
    assert report["statuses"] == {"200": 12}
    assert report["wrong"] == []
    assert report["checked"] >= 1


def test_a_refused_client_comes_again_and_its_photo_is_answered_once(served: tuple[Served, Server]) -> None:
    taken, server = served
    taken.refuse = {2, 3, 4}
    report = uvloop.run(client.run(plan(server)))
    assert report["statuses"] == {"200": 12, "429": 3}
    assert len(report["latencies_ms"]) == 12
    assert len(set(taken.files)) == len(taken.files)


def test_a_server_whose_answers_are_all_faults_is_given_up(served: tuple[Served, Server]) -> None:
    taken, server = served
    taken.broken = True
    with pytest.raises(client.GaveUp, match="most answers are wrong: 500"):
        uvloop.run(client.run(plan(server)))


def test_nobody_listening_is_given_up(served: tuple[Served, Server], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "LOST_WAIT_S", 0)
    nobody = plan(served[1])
    nobody.port = 1
    with pytest.raises(client.GaveUp, match="most answers are wrong"):
        uvloop.run(client.run(nobody))


def test_the_client_runs_as_a_process_of_its_own(served: tuple[Served, Server], tmp_path: Path) -> None:
    taken, server = served
    folder = fill(tmp_path / "photos", files())
    found = load(server, folder, 2, seconds=0.3, warm=0.05, store=("true", "false"), scale=("1", "3"))
    assert found.per_second > 0
    assert found.seconds == pytest.approx(0.3, abs=0.2)
    assert set(found.statuses) == {"200"}
    assert 0 < found.client_cpu_ms < 100
    assert found.percentile(50) <= found.percentile(99)
    wanted = {(store, scale) for store in ("true", "false") for scale in ("1", "3")}
    assert {(form["store"], form["scale"]) for form in taken.forms} == wanted
    assert "200" in str(found)


def test_a_client_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="the client failed"):
        load(Server("nobody", "http://127.0.0.1:1/x", 0, 0), fill(tmp_path / "none", []), 1, seconds=0.1)


def test_one_photo_is_asked_about(served: tuple[Served, Server]) -> None:
    taken, server = served
    assert ask(server.url, files()[0])["predictions"][0]["label"] == "(64, 48)"
    taken.broken = True
    with pytest.raises(RuntimeError, match="500"):
        ask(server.url, files()[0])


def test_answers_about_another_photo_or_that_do_not_add_up_are_found() -> None:
    data = files()[0]
    answer = explanation(data)
    assert client.check_explanation(answer, data) == "(64, 48)"
    with pytest.raises(ValueError, match="another photo"):
        client.check_explanation(answer, files()[1])
    answer["predictions"][0]["logit"] += 0.01
    with pytest.raises(ValueError, match="off the logit"):
        client.check_explanation(answer, data)
    assert client.check_explanation({"label": "a rival's"}, data) == "a rival's"


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([3.0], 99, 3.0), ([1.0, 2.0], 50, 1.5), ([5, 1, 2, 4, 3], 95, 4.8), (range(101), 99, 99), ([1, 2], 100, 2)],
)
def test_percentiles_are_numpys(values: list[float], percent: float, expected: float) -> None:
    assert percentile(values, percent) == pytest.approx(expected) == np.percentile(list(values), percent)


def test_nothing_has_no_percentile_and_no_rate() -> None:
    nothing = Measured(1.0, [], {"429": 3}, 0.1, 0, 0, [])
    assert np.isnan(nothing.percentile(50))
    assert nothing.per_second == 0


def test_what_answers_wrongly_is_not_timed() -> None:
    refused = Measured(1.0, [5.0], {"200": 1, "429": 3, "lost": 1}, 0.1, 0, 1, [])
    refused.confirm("the server")
    with pytest.raises(Disagreement, match="the server gave wrong answers: 500"):
        Measured(1.0, [5.0], {"200": 1, "500": 1}, 0.1, 0, 1, ["500: b'broken'"]).confirm("the server")


def test_a_connection_that_is_lost_is_no_wrong_answer() -> None:
    took = client.Load(client.Plan("here", 1, [], 1))
    took.lost(ConnectionResetError("gone"))
    assert took.report()["statuses"] == {"lost": 1}
    assert took.report()["wrong"] == []


def test_maps_of_other_shapes_and_depths_are_compared() -> None:
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert agreement.correlation(values, 2 * values + 5) == pytest.approx(1)
    large = agreement.enlarged(values, (30, 40))
    assert large.shape == (30, 40)
    assert large.reshape(3, 10, 4, 10).mean((1, 3)) == pytest.approx(values, abs=1)
    eight_bits = (large / large.max() * 255).astype(np.uint8)
    told = {"map": base64.b64encode(eight_bits.tobytes()).decode(), "shape": [30, 40]}
    assert (agreement.gradcam_map(told) == eight_bits).all()
    assert agreement.correlation(agreement.gradcam_map(told), large) > agreement.GRADCAM_AGREES


def test_a_process_tells_its_memory_and_time() -> None:
    own = processes.memory(os.getpid())
    assert 10 < own.now_mb <= own.most_mb
    assert processes.processor_s(os.getpid()) > 0


def test_servers_have_the_defaults_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CAMSCOPE_INFERENCE_THREADS", "OMP_NUM_THREADS", "CAMSCOPE_CACHE_DIR", "PYTHONDONTWRITEBYTECODE"):
        monkeypatch.setenv(name, "1")
    found = environment({"CAMSCOPE_DATA_DIR": "fresh"})
    ours = {name for name in found if name.startswith(("CAMSCOPE_", "OMP_", "PYTHONDONT"))}
    assert ours == {"CAMSCOPE_CACHE_DIR", "CAMSCOPE_DATA_DIR"}


def test_a_connection_that_the_server_ends_is_made_anew() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n" + b'{"label": "it"}'

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0]))
            writer.write(answer[:20])
            await asyncio.sleep(0)
            writer.write(answer[20:])
        writer.close()

    async def both() -> dict[str, object]:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            requests = [request(file, PATH, "here") for file in files()]
            return await client.run(client.Plan("127.0.0.1", port, requests, clients=2, count=6, warm_seconds=0))

    report = uvloop.run(both())
    assert report["statuses"].get("200", 0) >= 6
