"""The long half of what strangers may send."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from schemathesis.generation import GenerationMode

from tests.openapi import NEGATABLE, OPERATIONS, check_operation
from tests.properties import PROPERTIES, check
from tests.raw_http import Mutations, ask, statuses
from tests.test_app_raw_http import GOOD, SEEDS, check_answers
from tests.test_app_serving import serving

pytestmark = pytest.mark.torture

MODES = [(operation, GenerationMode.POSITIVE) for operation in OPERATIONS]
MODES += [(operation, GenerationMode.NEGATIVE) for operation in NEGATABLE]
REQUESTS, AT_ONCE, PATIENCE_S = 12_000, 24, 0.4


@pytest.fixture
def url(tmp_path: Path, bundle_path: Path) -> Iterator[str]:
    """A server whose log stays empty as long as nothing is its fault."""
    with serving(tmp_path, "--model", str(bundle_path), CAMSCOPE_LOG_LEVEL="error") as (process, address):
        yield address
        assert process.poll() is None
        process.terminate()
        assert process.communicate(timeout=30)[1] == ""


def test_thousands_of_requests_that_are_nearly_right_are_never_the_servers_fault(url: str) -> None:
    def play(seed: int) -> list[int]:
        mutations, found = Mutations(SEEDS, seed), []
        for _ in range(REQUESTS // AT_ONCE):
            answer = ask(url, mutations.next(), PATIENCE_S)
            check_answers(answer)
            found += statuses(answer)
        return found

    with ThreadPoolExecutor(AT_ONCE) as threads:
        seen = [status for found in threads.map(play, range(100, 100 + AT_ONCE)) for status in found]
    assert len(seen) > REQUESTS // 3
    assert {200, 400, 404} <= set(seen)
    assert statuses(ask(url, GOOD)) == [200]


@pytest.mark.parametrize("name", PROPERTIES)
def test_whatever_a_parser_is_given_is_understood_or_refused_at_length(name: str) -> None:
    check(name, examples=1500)


@pytest.mark.parametrize(("operation", "mode"), MODES)
def test_the_server_keeps_its_document_at_length(
    schema: Any, explained: dict[str, str], operation: str, mode: GenerationMode
) -> None:
    check_operation(schema, explained, operation, mode, examples=40)
