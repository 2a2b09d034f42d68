"""Networks that are looked into: one is kept, and goes when nobody looks."""

from pathlib import Path

import numpy as np
import pytest

from app.config import Settings
from app.insides import IDLE_S, Inside, Insides, inside_of
from app.passes import Answer
from app.registry import Registry
from model.classifier import Classifier
from model.photos import Photo
from tests.bundles import make_bundle


class Clock:
    """A clock that stands until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registry(settings: Settings, classifier: Classifier, tmp_path: Path) -> Registry:
    return Registry(settings, [classifier, Classifier.open(make_bundle(tmp_path, name="other", kind="fc"), threads=1)])


def test_the_answer_is_the_networks_own_with_what_its_layers_gave(registry: Registry, classifier: Classifier) -> None:
    tapped = Insides(registry).open(registry.find(None))
    photos = [Photo(np.full((96, 128, 3), value, np.uint8), "PNG") for value in (10, 200)]
    batch = [tapped.prepare(photo) for photo in photos]
    for found, expected, seen in zip(tapped.answer(batch), classifier.answer(batch), batch, strict=True):
        assert isinstance(found, Inside)
        np.testing.assert_array_equal(found.logits, expected.logits)
        np.testing.assert_array_equal(found.pixels, seen.pixels)
        assert found.photo_size == (128, 96)
        assert expected.features is not None
        np.testing.assert_allclose(found.activations[-1], expected.features, atol=1e-5)
        assert [values.shape[0] for values in found.activations] == [tap.channels for tap in found.taps]
    assert (tapped.bundle, tapped.spec, tapped.provider) == (classifier.bundle, classifier.spec, classifier.provider)
    assert tapped.with_features() is tapped
    tapped.probe()


def test_an_answer_that_was_not_looked_into_says_so(classifier: Classifier) -> None:
    [explained] = classifier.explain([Photo(np.zeros((64, 64, 3), np.uint8), "PNG")])
    with pytest.raises(TypeError, match="not looked into"):
        inside_of(Answer(explained, 0.0))


def test_one_network_is_kept_for_all_who_look(registry: Registry) -> None:
    insides = Insides(registry)
    first, other = registry.entries()
    assert not insides.is_open
    kept = insides.open(first)
    assert insides.open(first) is kept
    assert insides.open(other) is not kept
    assert insides.open(first) is not kept
    assert insides.is_open


def test_a_network_goes_when_nobody_has_looked_for_a_while(registry: Registry, clock: Clock) -> None:
    insides = Insides(registry, clock)
    entry = registry.find(None)
    insides.open(entry)
    clock.now = IDLE_S - 1
    insides.open(entry)
    clock.now = 2 * IDLE_S - 2
    insides.close_idle()
    assert insides.is_open
    clock.now = 2 * IDLE_S - 1
    insides.close_idle()
    assert not insides.is_open
    insides.close_idle()
