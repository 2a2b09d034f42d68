import logging
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest

from app import batch_size
from app.batch_size import measured
from app.layout import Layout
from model.classifier import Explanation
from model.errors import InferenceError
from model.preprocess import Prepared
from tests.conftest import ClientMaker
from tests.queueing import PIXELS, Recording, serving

ONE_S = 0.004


class Timed(Recording):
    """A classifier whose passes take `fixed_s`, and `each_s` more for every photo."""

    def __init__(self, fixed_s: float, each_s: float) -> None:
        super().__init__(may_answer=True)
        self.fixed_s, self.each_s = fixed_s, each_s

    def answer(self, batch: Sequence[Prepared], alone: bool = True) -> list[Explanation]:
        time.sleep(self.fixed_s + self.each_s * len(batch))
        return super().answer(batch, alone)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_size, "QUIET_S", 0)
    monkeypatch.setattr(batch_size, "PAUSE_S", 0.0001)


def found(network: Any, layout: Layout) -> int:
    """The batch size that was measured."""
    with serving(layout=layout) as queue:
        queue.batch_max = 0
        with measured(queue, network, layout):
            end = time.monotonic() + 10
            while not queue.batch_max:
                assert time.monotonic() < end
                time.sleep(0.001)
        return queue.batch_max


def test_where_company_brings_nothing_everybody_goes_alone() -> None:
    network = Timed(-ONE_S, 2 * ONE_S)
    assert found(network, Layout(max_pixels=64 * PIXELS)) == 1
    assert max(len(asked.numbers) for asked in network.passes) == 2, "and no more is tried: it would cost memory"
    assert not any(asked.alone for asked in network.passes), "measured as it is used: beside others"


def test_where_company_pays_it_is_doubled_as_far_as_its_pixels_may() -> None:
    assert found(Timed(ONE_S, 0), Layout(max_pixels=9 * PIXELS)) == 8


def test_where_there_is_no_room_for_two_nothing_is_tried() -> None:
    network = Timed(ONE_S, 0)
    assert found(network, Layout(max_pixels=PIXELS)) == 1
    assert not network.passes


def test_nothing_is_measured_while_somebody_asks_and_leaving_gives_up() -> None:
    network = Timed(0, 0)
    with serving() as queue, queue.place(), measured(queue, network, Layout(max_pixels=9 * PIXELS)):
        time.sleep(0.02)
    assert not network.passes
    assert not [thread for thread in threading.enumerate() if thread.name == "measure"]


def test_a_network_that_does_not_answer_is_said_and_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Timed):
        said = threading.Event()

        def answer(self, batch: Sequence[Prepared], alone: bool = True) -> list[Explanation]:
            self.said.set()
            raise InferenceError("no answer")

    network = Broken(0, 0)
    with caplog.at_level(logging.WARNING), serving() as queue:
        with measured(queue, network, Layout(max_pixels=9 * PIXELS)):
            assert network.said.wait(10)
        assert queue.batch_max == 1
    assert "cannot be measured: no answer" in caplog.text


def test_a_server_measures_unless_it_was_told(make_client: ClientMaker, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "camscope.batching")
    make_client(batch_max=0)
    end = time.monotonic() + 10
    while "that share a forward pass: at most" not in caplog.text:
        assert time.monotonic() < end
        time.sleep(0.005)
    caplog.clear()
    make_client(batch_max=1)
    make_client(batch_max=0, classifiers=[])
    time.sleep(0.02)
    assert not caplog.text
