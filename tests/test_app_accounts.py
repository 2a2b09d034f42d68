"""What a page says about exactness is true of the very network it is about."""

import html
from pathlib import Path

import pytest

from app.accounts import account_of
from model.classifier import Classifier
from model.spec import Activation, HeadKind
from tests.bundles import LABELS, make_bundle, make_spec
from tests.conftest import ClientMaker
from tests.pictures import picture

FORMULAS = {
    "gap": "logit = Σ w · mean(f) + bias",
    "sum": "logit = Σ w · sum(f) + bias",
    "gmp": "logit = Σ w · max(f) + bias",
    "conv": "logit = mean(M)",
    "gap_norm": "logit = Σ w · norm(mean(f)) + bias",
}


@pytest.mark.parametrize("kind", FORMULAS)
def test_the_page_gives_the_formula_of_the_networks_own_head(
    make_client: ClientMaker, tmp_path: Path, kind: str
) -> None:
    client = make_client(classifiers=[Classifier.open(make_bundle(tmp_path, kind=kind), threads=1)])
    made = client.post("/api/v1/explanations", files={"image": picture()}).json()
    page = html.unescape(client.get(made["page_url"]).text)
    assert [formula for formula in FORMULAS.values() if formula in page] == [FORMULAS[kind]]


@pytest.mark.parametrize("kind", FORMULAS)
def test_every_head_has_a_formula_and_a_reason(kind: str) -> None:
    account = account_of(make_spec(HeadKind(kind), LABELS))
    assert any(FORMULAS[kind] in sentence for sentence in account.sentences)
    assert len(account.sentences) == len(set(account.sentences)) == 7


def test_probabilities_of_several_labels_are_not_said_to_compete() -> None:
    softmax = account_of(make_spec(HeadKind.GAP, LABELS))
    sigmoid = account_of(make_spec(HeadKind.GAP, LABELS, Activation.SIGMOID))
    assert any("hang on differences between classes" in sentence for sentence in softmax.sentences)
    assert not any("differences" in sentence for sentence in sigmoid.sentences)
    assert "odds" in sigmoid.logit
    assert "odds" not in softmax.logit


def test_maps_that_cannot_be_negative_say_so() -> None:
    spec = make_spec(HeadKind.CONV, LABELS)
    assert account_of(spec).unsigned is None
    assert "cannot be below zero" in (account_of(spec.model_copy(update={"rectified": True})).unsigned or "")


def test_a_network_without_maps_has_no_account_of_them() -> None:
    assert account_of(make_spec(HeadKind.FC, LABELS)).sentences == ()
