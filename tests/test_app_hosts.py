"""By which names the server may be asked, and that no answer repeats one."""

import pytest
from fastapi.testclient import TestClient

from app.hosts import host_name
from tests.conftest import ClientMaker
from tests.pictures import picture

EVIL = "evil.example"


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("camscope.example", "camscope.example"),
        ("CamScope.Example.:8000", "camscope.example"),
        ("127.0.0.1:1", "127.0.0.1"),
        ("[::1]:80", "::1"),
        ("", None),
        ("[::1", None),
        ("a:b", None),
        ("a:99999", None),
        ("user@camscope.example", None),
        ("camscope.example/path", None),
        ("camscope.example?x", None),
        ("a\\b@c", None),
    ],
)
def test_the_name_in_a_host_header(host: str, name: str | None) -> None:
    assert host_name(host) == name


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("camscope.example", 200),
        ("CAMSCOPE.example:8000", 200),
        ("a.b.lab.example", 200),
        ("lab.example", 421),
        ("evillab.example", 421),
        ("camscope.example.evil.example", 421),
        ("127.0.0.1", 421),
        ("[::1]:8000", 200),
        ("[broken", 400),
        ("camscope.example@evil.example", 400),
        ("", 400),
    ],
)
def test_another_name_is_refused_where_names_are_set(make_client: ClientMaker, host: str, status: int) -> None:
    client = make_client(hosts=("camscope.example", "*.lab.example", "::1"))
    for path in ("/api/v1/models", "/", "/static/icon.svg", "/no/such"):
        answer = client.get(path, headers={"host": host, "accept": "text/html"})
        assert answer.status_code == (404 if path == "/no/such" and status == 200 else status), path
        assert answer.headers["content-security-policy"]
    assert client.get("/healthz", headers={"host": host}).status_code == 200
    assert client.get("/readyz", headers={"host": host}).status_code == 200


def test_two_hosts_are_no_host(make_client: ClientMaker) -> None:
    client = make_client(hosts=("localhost",))
    twice = [("host", "localhost"), ("host", EVIL)]
    assert client.get("/", headers=twice).status_code == 400


@pytest.mark.parametrize("host", [EVIL, "[broken", '"><script>'])
def test_any_name_will_do_by_default_and_no_answer_repeats_it(client: TestClient, host: str) -> None:
    headers = {"host": host, "x-forwarded-host": EVIL, "forwarded": f"host={EVIL}", "x-original-url": f"//{EVIL}"}
    made = client.post("/api/v1/explanations", files={"image": picture()}, headers=headers)
    assert made.status_code == 201
    page = made.json()["page_url"]
    addresses = ["/", "/explanations", page, f"{page}/heatmap", f"{page}/delete", "/models", "/train", "/docs",
                 "/nowhere", "/openapi.json", "/api/v1/models", "/api/v1/explanations",
                 made.headers["location"]]  # fmt: skip
    for accept in ("*/*", "text/html"):
        for address in addresses:
            answer = client.get(address, headers={**headers, "accept": accept}, follow_redirects=False)
            assert answer.status_code in (200, 404), address
            assert EVIL not in answer.text + str(answer.headers), address
            assert "<script>" not in answer.text
    answer = client.post("/explanations", data={"example": "coffee"}, headers=headers, follow_redirects=False)
    assert answer.headers["location"].startswith("/explanations/")


def test_under_another_name_nothing_is_trained_and_no_model_changed_by_itself(make_client: ClientMaker) -> None:
    usual, chosen = make_client(), make_client(training="on", change_models="on")

    def statuses(client: TestClient, host: str) -> list[int]:
        headers = {"host": host, "origin": f"http://{host}", "sec-fetch-site": "same-origin"}
        answers = [
            client.post("/api/v1/datasets", headers=headers),
            client.patch("/api/v1/models/none", json={"name": "other"}, headers=headers),
            client.post("/models", files={"archive": b"no zip"}, headers=headers),
            client.post("/train", data={"name": "x"}, headers=headers),
        ]
        return [answer.status_code for answer in answers]

    for host in (
        "evil.example:18474",
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "10.0.0.1",
        "",
    ):
        assert statuses(usual, host) == [403] * 4, host
        assert 403 not in statuses(chosen, host)
    for host in ("localhost:18474", "LOCALHOST.", "127.0.0.1:8000", "[::1]:8000", "app.localhost"):
        assert 403 not in statuses(usual, host), host
