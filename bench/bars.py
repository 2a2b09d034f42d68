"""What must be reached. A section measures a bar by its key; which side of the limit is good stands here."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """One figure and its limit.

    Attributes:
        key: "section/what"
        what: in words, for the table
        limit: at least, or at most, this much
        at_least: more is better; otherwise less is
        unit: "x" for a ratio, "" for a bare number, else of the figure
        optional: measured on some machines alone; not in the table where it was not
    """

    key: str
    what: str
    limit: float
    at_least: bool
    unit: str = "x"
    optional: bool = False

    @property
    def section(self) -> str:
        """Which section measures it."""
        return self.key.partition("/")[0]

    def met(self, measured: float) -> bool:
        """Whether a figure is on the good side of the limit; NaN is not."""
        return measured >= self.limit if self.at_least else measured <= self.limit

    @property
    def wanted(self) -> str:
        """The limit in words."""
        return f"{'at least' if self.at_least else 'at most'} {amount(self.limit, self.unit)}"


def amount(value: float, unit: str) -> str:
    """A figure with its unit: 1.35 x, 2.5 s, 350 MB, 0.9995."""
    if unit == "MB":
        return f"{value:.0f} MB"
    number = f"{value:.4f}" if unit == "" else f"{value:.2f}"
    return f"{number} {unit}".strip()


BARS = (
    Bar("one-photo/agreement", "Camscope's map and TorchCAM's raw CAM: correlation", 0.999, at_least=True, unit=""),
    Bar("one-photo/gradcam", "JPEG to map: faster than grad-cam's GradCAM", 5, at_least=True),
    Bar("one-photo/torchcam-cam", "JPEG to map: faster than TorchCAM's CAM", 1.8, at_least=True),
    Bar("one-photo/torchcam-gradcam", "JPEG to map: faster than TorchCAM's GradCAM", 1.8, at_least=True),
    Bar("one-photo/bare", "JPEG to map over the bare forward", 1.35, at_least=False),
    Bar("classes/all", "all 1,000 maps over the top one, whole job", 1.05, at_least=False),
    Bar("batched/bare", "64 decoded photos: rate over the bare forward at its best batch", 0.9, at_least=True),
    Bar("http/bare", "HTTP, 16 clients, store=false: rate over the bare forward at its best", 0.7, at_least=True),
    Bar("http/bare-store", "HTTP, 16 clients, store=true: the same", 0.45, at_least=True),
    Bar("http/gradcam-rate", "HTTP, 16 clients: rate over the plain grad-cam app", 5, at_least=True),
    Bar("http/gradcam-p99", "HTTP, 16 clients: p99 over the plain grad-cam app's", 1, at_least=False),
    Bar("http/p50", "HTTP, 1 client: p50 over the bare forward", 1.5, at_least=False),
    Bar("http/large", "HTTP, 1 client: 12 megapixels over 500 x 375", 3.5, at_least=False),
    Bar("start/warm", "warm start to the first answer", 2.5, at_least=False, unit="s"),
    Bar("start/memory", "server's memory after 1,000 requests, scale 1, 16 clients", 350, at_least=False, unit="MB"),
    Bar("start/memory-scale-3", "server's memory with scale 3 mixed in", 700, at_least=False, unit="MB"),
    Bar("pages/switch", "another class in the browser, worst question: p95", 16, at_least=False, unit="ms"),
    Bar("pages/slide", "a slider's step in the browser, worst question: p95", 16, at_least=False, unit="ms"),
    Bar("pages/usable", "page to map and keys, processor slowed 4 times", 1, at_least=False, unit="s"),
    Bar("folder/bare", "folder to JSON and overlays: rate over the bare forward", 0.55, at_least=True),
    Bar("folder/evaluate", "folder to an evaluation, scale 1: rate over the bare forward", 0.55, at_least=True),
    Bar("localisation/one-v2", "maps on boxes, scale 1: MaxBoxAccV2 less the peers' way's", 0, at_least=True, unit=""),
    Bar(
        "localisation/one-pointing", "maps on boxes, scale 1: pointing less the peers' way's", 0, at_least=True, unit=""
    ),
    Bar(
        "localisation/fused-v2", "maps on boxes, fused: MaxBoxAccV2 less the peers' way's", 0.04, at_least=True, unit=""
    ),
    Bar(
        "localisation/fused-pointing",
        "maps on boxes, fused: pointing less the peers' way's",
        0.05,
        at_least=True,
        unit="",
    ),
    *(
        Bar(
            f"corrections/{key}{where}",
            f"marks unlearned, {what}: more right {words}",
            20,
            at_least=True,
            unit="points",
        )
        for key, what in (("shapes", "generated pictures, head"), ("photos", "photos, network"))
        for where, words in (("", "without the mark"), ("-wrong", "with it on the other class"))
    ),
    *(
        Bar(
            f"gpu/{network}-{batch}",
            f"GPU, {title}, batch {batch}: rate over the bare forward",
            0.9,
            at_least=True,
            optional=True,
        )
        for network, title in (("lite0", "EfficientNet-Lite0"), ("resnet50", "ResNet-50"))
        for batch in (64, 256)
    ),
)
BY_KEY = {bar.key: bar for bar in BARS}
