"""How often somebody may ask."""

import tracemalloc
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.rates import SLOT_S, Rate, network_of
from tests.conftest import ClientMaker

PAGE = {"Accept": "text/html"}
MINUTE_S = 60.0


class Clock:
    """Seconds that pass when told."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def tried(rate: Rate, key: str, times: int) -> int:
    """How many of so many attempts are allowed."""
    allowed = 0
    for _ in range(times):
        if rate.wait_s(key) == 0:
            rate.add(key)
            allowed += 1
    return allowed


@pytest.mark.parametrize("start", [0.0, 29.9, 59.9, 1e6])
@pytest.mark.parametrize("limit", [1, 5, 600])
def test_no_minute_has_more_than_the_limit(limit: int, start: float) -> None:
    clock = Clock(start)
    rate = Rate(limit, clock=clock)
    times: list[float] = []
    while clock.now < start + 4 * MINUTE_S:
        times += [clock.now] * tried(rate, "a", 1 + limit // 3)
        clock.now += 1.7
    assert max(sum(time <= other < time + MINUTE_S for other in times) for time in set(times)) == limit
    assert len(times) >= 3 * limit


@pytest.mark.parametrize("limit", [1, 2, 7, 1000])
@pytest.mark.parametrize("start", [0.0, 17.3, 59.99])
def test_after_the_wait_that_is_told_one_more_is_allowed(limit: int, start: float) -> None:
    clock = Clock(start)
    rate = Rate(limit, clock=clock)
    tried(rate, "a", limit)
    wait = rate.wait_s("a")
    assert MINUTE_S <= wait <= MINUTE_S + SLOT_S
    clock.now += wait - 1
    assert rate.wait_s("a") == 1
    clock.now += 1
    assert rate.wait_s("a") == 0
    clock.now += 10 * MINUTE_S
    assert tried(rate, "a", limit + 1) == limit


def test_each_counts_alone_and_refusals_do_not_count() -> None:
    rate = Rate(3, clock=Clock(0))
    assert tried(rate, "a", 100) == 3
    assert tried(rate, "b", 100) == 3


def test_many_addresses_take_bounded_memory() -> None:
    rate = Rate(5, most_keys=1000, clock=Clock(0))
    tracemalloc.start()
    try:
        for number in range(20_000):
            rate.add(f"2001:db8:{number:x}::/64")
        assert tracemalloc.get_traced_memory()[0] < 2**20  # bytes
    finally:
        tracemalloc.stop()
    assert len(rate) == 1000


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix socket", "unix socket"),
        ("x" * 500, "x" * 64),
    ],
)
def test_who_is_counted_together(host: str, network: str) -> None:
    assert network_of({"client": (host, 1)}) == network
    assert network_of({"client": None}) == ""


def test_who_asks_too_often_is_told_when_to_come_back(make_client: ClientMaker) -> None:
    client = make_client(rate_limit=3)
    assert [client.get("/api/v1/models").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = client.get("/api/v1/models")
    assert 1 <= int(refused.headers["retry-after"]) <= 120
    assert refused.json()["status"] == 429
    assert "from your address" in refused.json()["detail"]
    assert "from your address" in client.get("/", headers=PAGE).text
    assert client.post("/api/v1/explanations", files={"image": b"x"}).status_code == 429
    for path in ("/healthz", "/readyz", "/static/icon.svg"):
        assert client.get(path).status_code == 200, path


def test_a_rate_that_is_too_high_is_not_called_a_full_queue(make_client: ClientMaker) -> None:
    client: Any = make_client(rate_limit=1)
    assert [client.get("/api/v1/models").status_code for _ in range(3)] == [200, 429, 429]
    sample = client.app.state.metrics.registry.get_sample_value
    assert sample("camscope_refusals_total", {"reason": "TooOften"}) == 2
    assert sample("camscope_refusals_total", {"reason": "Busy"}) is None


def test_no_limit_by_default(client: TestClient) -> None:
    assert {client.get("/api/v1/models").status_code for _ in range(50)} == {200}


def ask_as(client: TestClient, **headers: str) -> int:
    return client.get(
        "/api/v1/models", headers={name.replace("_", "-"): value for name, value in headers.items()}
    ).status_code


def test_a_forged_forwarded_address_is_not_believed(make_client: ClientMaker) -> None:
    client = make_client(rate_limit=2)
    answers = [
        ask_as(client, X_Forwarded_For=f"198.51.100.{number}", Forwarded=f"for=198.51.100.{number}")
        for number in range(4)
    ]
    assert answers == [200, 200, 429, 429]


def test_a_proxy_that_is_named_says_for_whom_it_asks(make_client: ClientMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    client: Any = make_client(rate_limit=1, trusted_proxies=("192.0.2.0/28",))
    client._transport.client = ("192.0.2.1", 50000)
    assert ask_as(client, X_Forwarded_For="198.51.100.1") == 200
    assert ask_as(client, X_Forwarded_For="198.51.100.2") == 200
    # What stands before the proxy's own entry is the stranger's to write.
    assert ask_as(client, X_Forwarded_For="203.0.113.9, 198.51.100.2") == 429
    assert ask_as(client, X_Forwarded_For="203.0.113.9, 198.51.100.2, 192.0.2.3") == 429
    assert (
        "; Secure"
        in client.get("/", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.3"}).headers[
            "set-cookie"
        ]
    )
    client._transport.client = ("192.0.2.99", 50000)
    assert ask_as(client, X_Forwarded_For="198.51.100.77") == 200
    assert ask_as(client, X_Forwarded_For="198.51.100.78") == 429
