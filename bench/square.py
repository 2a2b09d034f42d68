"""The embedded network with one input size, 224 x 224: what contestants who share an input are given."""

from pathlib import Path

from model.bundle import read_bundle, write_bundle

SIDE = 224


def write_square(bundle: Path, path: Path) -> Path:
    """Write a model folder like another one, whose spec asks for 224 x 224 whatever the photo's shape."""
    made = read_bundle(bundle)
    preprocessing = made.spec.preprocessing.model_copy(update={"fixed_size": (SIDE, SIDE)})
    write_bundle(
        path,
        name=made.name,
        graph=made.graph,
        spec=made.spec.model_copy(update={"preprocessing": preprocessing}),
        head=made.head,
        network=None,
        provenance={"parent": made.id, "changed": "fixed_size, for side-by-side measurements"},
    )
    return path
