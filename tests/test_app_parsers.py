"""Our own parsers, given anything at all."""

import pytest

from tests.properties import PROPERTIES, check


@pytest.mark.parametrize("name", PROPERTIES)
def test_whatever_a_parser_is_given_is_understood_or_refused(name: str) -> None:
    check(name, examples=60)
