"""Equal questions answered once: who waits for whom, what is kept and for how long, and what failing leaves behind."""

import asyncio
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.insides import Tapped
from app.learn_translation_curves import LayerFollowed
from app.shared_answers import IDLE_S, SharedAnswers, bytes_of
from app.units import MIB
from tests.queueing import run, until
from tests.test_app_learn import own_photo


class Making:
    """Makes answers once it is let; counts how often it began, and how often it ended early."""

    def __init__(self, answer: Any = "made", *, fails: bool = False) -> None:
        self.answer, self.fails = answer, fails
        self.begun = self.left = 0
        self.let = asyncio.Event()

    async def __call__(self) -> Any:
        self.begun += 1
        try:
            await self.let.wait()
        except asyncio.CancelledError:
            self.left += 1
            raise
        if self.fails:
            raise ValueError("refused")
        return self.answer


def test_all_who_ask_the_same_wait_for_one_answer_and_later_ones_for_none() -> None:
    async def scenario() -> None:
        shared, making = SharedAnswers(), Making()
        asked = [asyncio.create_task(shared.ask("question", making)) for _ in range(30)]
        await until(lambda: making.begun)
        making.let.set()
        assert await asyncio.gather(*asked) == ["made"] * 30
        assert await shared.ask("question", making) == "made"
        assert making.begun == 1
        assert await shared.ask("another", making) == "made"
        assert making.begun == 2

    run(scenario())


def test_whoever_leaves_takes_the_answer_from_nobody_and_the_last_one_ends_it() -> None:
    async def scenario() -> None:
        shared, making = SharedAnswers(), Making()
        first, second = (asyncio.create_task(shared.ask("question", making)) for _ in range(2))
        await until(lambda: making.begun)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert not making.left
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        await until(lambda: making.left)
        third = asyncio.create_task(shared.ask("question", making))
        await until(lambda: making.begun == 2)
        making.let.set()
        assert await third == "made"

    run(scenario())


def test_what_fails_fails_for_all_who_waited_and_is_tried_anew_by_the_next() -> None:
    async def scenario() -> None:
        shared, making = SharedAnswers(), Making(fails=True)
        asked = [asyncio.create_task(shared.ask("question", making)) for _ in range(2)]
        await until(lambda: making.begun)
        making.let.set()
        assert [str(one) for one in await asyncio.gather(*asked, return_exceptions=True)] == ["refused"] * 2
        making.fails = False
        assert await shared.ask("question", making) == "made"

    run(scenario())


def test_the_answers_asked_for_longest_ago_go_first_and_one_too_large_is_not_kept() -> None:
    async def ask(shared: SharedAnswers, name: str, size: int = 400) -> bool:
        making = Making(np.zeros(size, dtype=np.uint8))
        making.let.set()
        await shared.ask(name, making)
        return bool(making.begun)

    async def scenario() -> None:
        shared = SharedAnswers(room=1000)
        assert [await ask(shared, name) for name in "aba"] == [True, True, False]
        assert await ask(shared, "c")  # b goes
        assert shared.size == 800
        assert [await ask(shared, name) for name in "acb"] == [False, False, True]
        assert [await ask(shared, "large", 1001) for _ in range(2)] == [True, True]

    run(scenario())


def test_what_nobody_asks_for_is_let_go_after_a_while() -> None:
    now = 0.0
    shared = SharedAnswers(clock=lambda: now)

    async def ask(name: str) -> int:
        making = Making()
        making.let.set()
        await shared.ask(name, making)
        return making.begun

    run(ask("old"))
    now = IDLE_S - 1
    run(ask("new"))
    shared.close_idle()
    assert run(ask("old")) == 0
    now = 2 * IDLE_S - 1
    shared.close_idle()
    assert shared.size == 0


def test_an_answer_is_as_large_as_its_arrays_and_words_wherever_they_stand() -> None:
    values = np.zeros(100, dtype=np.float32)
    assert bytes_of(values) == 400
    assert 800 <= bytes_of({"a": [values, (values,)]}) < 1000
    assert bytes_of(LayerFollowed("x" * 5000, 2.0, (1.0,), None)) > 5000


@pytest.mark.parametrize(
    "path", ["", "/layers", "/pooling", "/translation", "/translation?curves=true", "/global-pooling", "/location"]
)
def test_rooms_ask_the_network_once_for_all_who_open_them(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    seen = []
    answered = Tapped.answer

    def answer(self: Tapped, *args: Any) -> Any:
        seen.append(args)
        return answered(self, *args)

    monkeypatch.setattr(Tapped, "answer", answer)
    first = client.get(f"/learn{path}").text
    count = len(seen)
    assert client.get(f"/learn{path}").text == first
    assert len(seen) == count
    assert client.get(f"/learn{path}", headers={"Accept-Language": "ko"}).text != first
    assert client.app.state.learning._shared.size < 64 * MIB  # type: ignore[attr-defined]


def test_a_deleted_photo_has_no_answers_any_more(client: TestClient) -> None:
    mine = own_photo(client)
    assert client.get(f"/learn/translation?photo={mine}").status_code == 200
    assert client.delete(f"/api/v1/explanations/{mine}").status_code == 204
    assert client.get(f"/learn/translation?photo={mine}").status_code == 404
