"""Section 1: the bytes of one photo to its best class and that class's map, the size of the photo; then in colour."""

import io
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from bench import peers
from bench.agreement import CAM_AGREES, correlation
from bench.bare import forward, inputs, session
from bench.context import Context
from bench.mapped import mapped
from bench.peers import Peer, Reader
from bench.pictures import described, jpegs
from bench.racing import Race, timed
from bench.results import Disagreement, Result, Row
from bench.square import SIDE
from model.bundle import read_bundle
from model.classifier import Classifier
from model.geometry import resize_map
from model.photos import read_photo
from model.rendering import Style, overlay
from model.scores import top_classes
from model.sessions import session_options

OURS, BARE, BARE_TORCH = "Camscope", "bare forward, ONNX Runtime", "bare forward, torch"
BARE_SPINNING = "bare forward, ONNX Runtime as Camscope has it"
COLOURED = ("grad-cam GradCAM", "TorchCAM CAM")
PNG_LEVEL = 1
FASTER = {  # bars, and whom they are about
    "one-photo/gradcam": "grad-cam GradCAM",
    "one-photo/torchcam-cam": "TorchCAM CAM",
    "one-photo/torchcam-gradcam": "TorchCAM GradCAM",
}


def run(context: Context) -> Result:
    """Everybody with the same threads, weights and input."""
    peers.limit_threads(context.threads)
    bundle = read_bundle(context.square)
    reader, network = Reader(bundle.spec.preprocessing, SIDE), peers.load_network()
    classifier = Classifier.open(context.square, context.threads)
    files = jpegs(context.photos, 8)
    agreement = check_agreement(classifier, network, reader, files)
    context.say(f"    the maps of {OURS} and TorchCAM's CAM: correlation {agreement:.6f}")
    jobs = contestants(classifier, peers.all_peers(network, reader), files[0])
    jobs[BARE] = forward(session(bundle.graph, context.threads), inputs(bundle, files[:1]))
    options = session_options(context.threads)
    jobs[BARE_SPINNING] = forward(session(bundle.graph, context.threads, options=options), inputs(bundle, files[:1]))
    jobs[BARE_TORCH] = torch_forward(network, reader, files[0])
    race = context.race({name: timed(job) for name, job in jobs.items()})
    return Result(
        title="One photo: JPEG to the best class and its map, the size of the photo",
        rows=[row(race, name) for name in sorted(jobs, key=race.median)],
        bars={
            "one-photo/agreement": agreement,
            "one-photo/bare": race.ratio(OURS, BARE),
            **{key: race.ratio(name, OURS) for key, name in FASTER.items()},
        },
        notes=[
            f"Input: {described(files[:1])}; every network sees it at {SIDE} x {SIDE}.",
            f"In colour: drawn by each library's own function, one PNG encoder for all (Pillow, level {PNG_LEVEL}).",
            f"{BARE_SPINNING}: its threads spin while a pass lasts; the yardstick's sleep whenever they wait.",
            f"Agreement: the least correlation of {OURS}'s map with TorchCAM's raw CAM over {len(files)} photos.",
        ],
    )


def row(race: Race, name: str) -> Row:
    """A contestant's line."""
    low, high = race.quartiles(name)
    return Row(name, race.median(name) * 1e3, "ms", race.ratio(name, BARE), "bare forward", low * 1e3, high * 1e3)


def contestants(classifier: Classifier, others: Mapping[str, Peer], data: bytes) -> dict[str, Callable[[], object]]:
    """From the bytes of a photo to a map, and of some to a PNG file."""
    jobs: dict[str, Callable[[], object]] = {
        OURS: lambda: best_map(classifier, data),
        f"{OURS}, in colour": lambda: png(coloured(classifier, data)),
    }
    for name, peer in others.items():
        jobs[name] = partial(peer.explain, data)
        if name in COLOURED:
            jobs[f"{name}, in colour"] = partial(in_colour, peer, data)
    return jobs


def in_colour(peer: Peer, data: bytes) -> bytes:
    """From the bytes of a photo to a PNG file, by a peer."""
    return png(peer.overlay(peer.explain(data)))


def best_map(classifier: Classifier, data: bytes) -> tuple[int, npt.NDArray[np.float32]]:
    """The best class, and its map in logits at the photo's size."""
    photo = read_photo(data)
    [found] = classifier.explain([photo])
    [best] = top_classes(found.logits, 1)
    maps, grid = mapped(found)
    size = photo.width, photo.height
    return best, resize_map(maps[best], grid, size, size)


def coloured(classifier: Classifier, data: bytes) -> npt.NDArray[np.uint8]:
    """The best class's map over the photo."""
    photo = read_photo(data)
    [found] = classifier.explain([photo])
    [best] = top_classes(found.logits, 1)
    maps, grid = mapped(found)
    return overlay(photo.pixels, maps[best], grid, Style(), (photo.width, photo.height))


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """One encoder at one level for all: it costs more than the network."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=PNG_LEVEL)
    return file.getvalue()


def torch_forward(network: torch.nn.Module, reader: Reader, data: bytes) -> Callable[[], object]:
    """One pass of the network in torch, its input ready."""
    tensor = reader.photo(data)[1]

    def run_once() -> object:
        with torch.inference_mode():
            return network(tensor)

    return run_once


def check_agreement(classifier: Classifier, network: torch.nn.Module, reader: Reader, files: Sequence[bytes]) -> float:
    """The least correlation of the best class's map with TorchCAM's raw CAM, over photos.

    Raises:
        Disagreement: less than 0.999, or another best class: then not the same thing would be timed
    """
    least = 1.0
    for place, data in enumerate(files):
        best, theirs = peers.raw_cam(network, reader, data)
        [found] = classifier.explain([read_photo(data)])
        [ours] = top_classes(found.logits, 1)
        agrees = correlation(mapped(found)[0][ours], theirs)
        if ours != best or not agrees >= CAM_AGREES:
            raise Disagreement(
                f"photo {place}: {OURS} says class {ours} and TorchCAM {best}; their maps correlate by {agrees}"
            )
        least = min(least, agrees)
    return least
