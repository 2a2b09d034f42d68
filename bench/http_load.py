"""Section 4: the API under load, beside two plain apps that do what people write today.

Camscope runs as `camscope serve` starts it, its data folder fresh; the apps (bench/rivals/) under uvicorn. All
servers are up all the time and idle but for the one whose turn it is. Clients send one photo after another, each a
file of its own bytes, over connections that stay open, from one process on the same cores.
"""

import contextlib
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import servers
from bench.agreement import check_rivals
from bench.bare import bare_turns
from bench.context import Context
from bench.load import Measured, fill, load, percentile
from bench.pictures import described, jpegs, large_jpeg
from bench.racing import Race, Turn
from bench.results import Result, Row
from bench.servers import Server

PHOTOS = 48
CLIENTS = (1, 4, 16, 64)
JUDGED = (1, 16)  # the numbers of clients that bars are about; the others take a quarter of the rounds
SECONDS, SECONDS_RIVALS = 2.0, 4.0  # some rivals answer a few times a second
PICKING_ROUNDS = 3
AGREEING = 4
BARE, ALONE = "bare forward", "bare, batch 1"
OURS, STORING = "Camscope, store=false", "Camscope, store=true"
LARGE = f"{OURS}, 12 megapixels"
RIVALS = {"gradcam": "app with grad-cam's GradCAM", "torchcam": "app with TorchCAM's CAM"}


@dataclass
class Contestant:
    """A server and what is sent to it, at one number of clients.

    Attributes:
        name: as the table has it
        server: to ask
        photos: folder of the files
        store: the form's field
        seconds: of a turn
        measured: of each of its turns
    """

    name: str
    server: Server
    photos: Path
    store: str = "false"
    seconds: float = SECONDS
    measured: list[Measured] = field(default_factory=list)

    def measure(self, clients: int) -> Measured:
        """Take a turn.

        Raises:
            Disagreement: answers were wrong
        """
        found = load(self.server, self.photos, clients, seconds=self.seconds, store=(self.store,))
        found.confirm(self.name)
        self.measured.append(found)
        return found

    @property
    def latencies_ms(self) -> list[float]:
        """Of all turns."""
        return [latency for one in self.measured for latency in one.latencies_ms]

    def row(self, at_once: str, race: Race) -> Row:
        """For the table: the rate, and its ratio to the bare forward's; latencies and processor time."""
        low, high = race.quartiles(self.name)
        p50, p95, p99 = (percentile(self.latencies_ms, percent) for percent in (50, 95, 99))
        used = statistics.median(one.server_cpu_ms for one in self.measured)
        own = statistics.median(one.client_cpu_ms for one in self.measured)
        return Row(
            f"{at_once}: {self.name}",
            race.median(self.name),
            "requests/s",
            race.ratio(self.name, BARE),
            low=low,
            high=high,
            note=f"p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f} ms; CPU {used:.1f} + {own:.2f} ms{self._not_answered()}",
        )

    def _not_answered(self) -> str:
        """Refusals, by their status."""
        statuses = sum((Counter(one.statuses) for one in self.measured), Counter[str]())
        return "".join(f"; {count} x {status}" for status, count in statuses.items() if not status.startswith("2"))


@dataclass(frozen=True)
class Heat:
    """What a race at one number of clients came to; its figures are answers, or photos, per second."""

    clients: int
    race: Race
    contestants: dict[str, Contestant]

    def over(self, name: str, other: str, percent: float) -> float:
        """A contestant's percentile of latencies over another's, all turns together."""
        one, two = (percentile(self.contestants[each].latencies_ms, percent) for each in (name, other))
        return one / two

    def median_over(self, name: str, times_s: Sequence[float]) -> float:
        """A contestant's median latency over seconds that were measured in the same rounds."""
        pairs = zip(self.contestants[name].measured, times_s, strict=True)
        return statistics.median(one.percentile(50) / 1e3 / time for one, time in pairs)


def run(context: Context) -> Result:
    """Measure at all numbers of clients.

    Raises:
        Disagreement: a rival computes another map, or somebody's answers were wrong
        RuntimeError: a server or the client failed
    """
    small, large = jpegs(context.photos, PHOTOS), [large_jpeg(context.photos)]
    folders = {
        "small": fill(context.scratch / "http-small", small),
        "large": fill(context.scratch / "http-large", large),
    }
    bare = {name: _rate(turn) for name, turn in bare_turns(context.bundle, small, context.threads).items()}
    best = context.race(bare, PICKING_ROUNDS).best(list(bare), most=True)
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(servers.camscope({"CAMSCOPE_CACHE_DIR": str(context.cache_dir)}))
        rivals = {name: stack.enter_context(servers.rival(name)) for name in RIVALS}
        agreement = check_rivals(ours.url, rivals["gradcam"].url, rivals["torchcam"].url, small[:AGREEING])
        heats = {}
        for clients in CLIENTS:
            context.say(f"    {clients} at once")
            contestants = _contestants(ours, rivals, folders, clients == 1)
            heats[clients] = _heat(context, clients, contestants, {BARE: bare[best], ALONE: bare[ALONE]})
    return Result(
        title="The API under load",
        rows=[row for heat in heats.values() for row in _rows(heat)],
        bars=_bars(heats),
        notes=[
            f"Sent: {described(small)}; and {described(large)}.",
            "A client sends its next photo as soon as it has its answer; every file has bytes of its own.",
            (
                f"Bare forward: ONNX Runtime in a process of its own, servers idle, {best.removeprefix('bare, ')}; "
                "in the same rounds."
            ),
            "Ratios are to it. CPU: processor time of the server's processes for an answer, and of the client's.",
            "The apps answer with one class's map, Camscope with those of five, in logits, and whose photo it was.",
            *agreement,
        ],
    )


def _contestants(
    ours: Server, rivals: Mapping[str, Server], folders: Mapping[str, Path], with_large: bool
) -> dict[str, Contestant]:
    made = [
        Contestant(OURS, ours, folders["small"]),
        Contestant(STORING, ours, folders["small"], "true"),
        *(Contestant(title, rivals[name], folders["small"], seconds=SECONDS_RIVALS) for name, title in RIVALS.items()),
    ]
    if with_large:
        made.append(Contestant(LARGE, ours, folders["large"]))
    return {each.name: each for each in made}


def _heat(context: Context, clients: int, contestants: dict[str, Contestant], bare: Mapping[str, Turn]) -> Heat:
    turns = {name: lambda each=each: each.measure(clients).per_second for name, each in contestants.items()}
    rounds = context.rounds if clients in JUDGED else max(1, context.rounds // 4)
    return Heat(clients, context.race({**bare, **turns}, rounds), contestants)


def _rate(turn: Turn) -> Turn:
    """Photos per second instead of seconds per photo."""
    return lambda: 1 / turn()


def _rows(heat: Heat) -> list[Row]:
    names = (BARE, *((ALONE,) if heat.clients == 1 else ()))
    at_once = f"{heat.clients} client{'s' if heat.clients > 1 else ''}"
    bare = [
        Row(f"{at_once}: {name}", heat.race.median(name), "photos/s", heat.race.ratio(name, BARE)) for name in names
    ]
    return bare + [each.row(at_once, heat.race) for each in heat.contestants.values()]


def _bars(heats: Mapping[int, Heat]) -> dict[str, float]:
    many, one = heats[16], heats[1]
    small_s = [each.percentile(50) / 1e3 for each in one.contestants[OURS].measured]
    return {
        "http/bare": many.race.ratio(OURS, BARE),
        "http/bare-store": many.race.ratio(STORING, BARE),
        "http/gradcam-rate": many.race.ratio(OURS, RIVALS["gradcam"]),
        "http/gradcam-p99": many.over(OURS, RIVALS["gradcam"], 99),
        "http/p50": one.median_over(OURS, [1 / rate for rate in one.race.figures[ALONE]]),
        "http/large": one.median_over(LARGE, small_s),
    }
