"""Every answer of every address has the headers that keep browsers safe, and tells nothing of what is inside."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from app.errors import NoSpace, NotReady
from tests.conftest import ClientMaker
from tests.pictures import picture
from tests.routes import routes_of
from tests.test_app_security import check_headers

EXPLANATIONS = "/api/v1/explanations"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
INSIDE = re.compile(r"Traceback|File \"|\.py\b|site-packages|uvicorn|starlette|fastapi|Python/|sqlite", re.IGNORECASE)
OF_PROGRAMS = ("/openapi.json", "/docs", "/metrics")  # which are text of others


def check(answer: Any, address: str) -> None:
    check_headers(answer.headers)
    assert "server" not in answer.headers, address
    assert "x-powered-by" not in answer.headers, address
    told = str(answer.headers) + ("" if address.startswith(OF_PROGRAMS) else answer.text)
    assert not INSIDE.search(told), (address, INSIDE.search(told))
    if answer.status_code >= 400 and answer.request.method != "HEAD":
        assert answer.headers["x-request-id"] in answer.text, address


@pytest.fixture
def known(client: TestClient) -> dict[str, str]:
    """Path parameters of what is there."""
    made = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}).json()
    dataset = client.post("/api/v1/datasets").json()
    return {"explanation_id": made["id"], "model_id": made["model"]["id"], "dataset_id": dataset.get("id", "0" * 32)}


def filled(path: str, known: dict[str, str]) -> str:
    """An address of a route, with ids of what is there, else of what is not."""
    return re.sub(r"{(\w+)(:path)?}", lambda found: known.get(found[1], "none"), path)


def test_every_route_and_method_has_them(client: TestClient, known: dict[str, str]) -> None:
    statuses = set()
    paths = sorted({path for _, path in routes_of(client.app)} | {"/static/icon.svg", "/static", "/static/", "/none"})
    asked = [(method, filled(path, known)) for path in paths for method in ("GET", "PUT", "POST", "PATCH", "DELETE")]
    asked += [("GET", filled(path, {})) for path in paths if "{" in path]
    asked += [(method, path) for method in ("HEAD", "OPTIONS", "TRACE", "PROPFIND") for path in ("/", EXPLANATIONS)]
    for number, (method, address) in enumerate(asked):
        accept = {"accept": ("text/html", "*/*")[number % 2]}
        answer = client.request(method, address, headers=accept, follow_redirects=False)
        statuses.add(answer.status_code)
        assert answer.status_code < 500, (method, address)
        check(answer, address)
    assert statuses >= {200, 201, 400, 403, 404, 405, 422}


def refusals(make: ClientMaker) -> Iterator[tuple[int, Any]]:
    """One answer of every status that can be brought about, with the status it should be."""
    client = make(max_upload_mb=0.01)
    yield 403, client.post(EXPLANATIONS, headers={"sec-fetch-site": "cross-site"})
    yield 413, client.post(EXPLANATIONS, files={"image": ("a.bmp", bytes(400_000))})
    yield 415, client.post(EXPLANATIONS, files={"image": ("a.jpg", b"text")})
    yield 400, client.post(EXPLANATIONS, headers={"content-length": "x"})
    yield 422, client.get(f"{EXPLANATIONS}?limit=0")
    yield 401, make(token=SecretStr("x" * 16)).get("/")
    yield 421, make(hosts=("elsewhere",)).get("/")
    limited = make(rate_limit=1)
    yield 200, limited.get("/")
    yield 429, limited.get("/")
    yield 400, make().get("/", headers={"Camscope-Owner": "short"})
    for status, error in ((503, NotReady()), (507, NoSpace()), (500, RuntimeError("secret inside"))):
        broken: Any = make()

        def fail(*_: object, error: Exception = error) -> None:
            raise error

        broken.app.state.explainer.history = fail
        yield status, broken.get(EXPLANATIONS)
        yield status, broken.get("/explanations", headers={"accept": "text/html"})


def test_every_refusal_has_them(make_client: ClientMaker) -> None:
    seen = set()
    for status, answer in refusals(make_client):
        assert answer.status_code == status
        check(answer, "/")
        assert "secret" not in answer.text
        seen.add(status)
    assert seen == {200, 400, 401, 403, 413, 415, 421, 422, 429, 500, 503, 507}


@pytest.mark.parametrize(
    "wanted", ["bytes=0-3", "bytes=0-1,3-4", "bytes=abc", "bytes=99999999999999999999-", "lines=1-2"]
)
def test_a_part_of_a_file_is_the_whole_file(client: TestClient, wanted: str) -> None:
    made = client.post(EXPLANATIONS, files={"image": ("a.jpg", picture())}).json()
    for address in ("/static/icon.svg", made["image"]["url"], made["cams_url"]):
        answer = client.get(address, headers={"range": wanted, "if-range": '"x"'})
        assert answer.status_code == 200
        assert answer.content == client.get(address).content
        assert answer.headers["accept-ranges"] == "none"
