"""From bundles to the JSON contract of models."""

import math
from collections.abc import Mapping

from app.answers import API
from app.registry import Entry
from app.schemas import ModelItem
from app.schemas_models import LayerInfo, ModelDetails
from app.shelf import Shelf
from model.layers import LAYERS, Layer, read_layers

TOLD_ELSEWHERE = (LAYERS, "layers_side", "parameters", "metrics")


def model_item(entry: Entry) -> ModelItem:
    """One line of the list."""
    return ModelItem(
        id=entry.id,
        name=entry.name,
        labels_url=f"{API}/models/{entry.id}/labels",
        head=entry.spec.head.value,
        activation=entry.spec.activation,
        exact=entry.spec.exact,
        metrics=entry.metrics,
        created_at=entry.created_at,
    )


def model_details(shelf: Shelf, entry: Entry) -> ModelDetails:
    """All there is to know.

    Raises:
        NotFound: it has just been deleted
    """
    spec, provenance = entry.spec, entry.provenance
    address = f"{API}/models/{entry.id}"
    files = {name.rpartition("/")[2] for name, _ in shelf.files(entry)}
    layers = layers_of(entry)
    reason = shelf.why_fixed(entry)
    return ModelDetails(
        **model_item(entry).model_dump(exclude={"metrics"}),
        architecture=spec.architecture,
        classes=spec.classes,
        channels=spec.channels,
        input_side=spec.preprocessing.base_side,
        parameters=_whole(provenance.get("parameters")),
        head_parameters=sum(layer.parameters for layer in layers if layer.head) if layers else None,
        layers=layers,
        layers_side=layers_side(entry),
        metrics=entry.metrics,
        metrics_url=f"{address}/metrics" if "metrics.json" in files else None,
        report_url=f"{address}/report" if "report.html" in files else None,
        archive_url=f"{address}/archive",
        page_url=f"/models/{entry.id}",
        provenance={key: json_value(value) for key, value in provenance.items() if key not in TOLD_ELSEWHERE},
        bytes=shelf.size(entry),
        default=shelf.is_default(entry),
        changeable=reason is None,
        unchangeable_reason=reason,
    )


def json_value(value: object) -> object:
    """A value of a manifest as JSON has it, which knows no NaN and no infinity."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {str(key): json_value(inner) for key, inner in value.items()}
        case list() | tuple():
            return [json_value(inner) for inner in value]
    return value


def layers_of(entry: Entry) -> list[LayerInfo]:
    """Its layers; none where it does not tell them."""
    return [_layer(layer) for layer in read_layers(entry.provenance)]


def layers_side(entry: Entry) -> int | None:
    """Side of the square input that the layers' shapes are for, in pixels."""
    return _whole(entry.provenance.get("layers_side"))


def _layer(layer: Layer) -> LayerInfo:
    return LayerInfo(**layer.model_dump() | {"shape": list(layer.shape)})


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None
