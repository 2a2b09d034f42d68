"""What is asked of a sample of the pictures once all are seen: without their evidence, and of a spoiled network.

faithfulness.jsonl    a line a picture (model.evaluation.faithfulness)
sanity.jsonl          a line a spoiled network (model.evaluation.sanity)

Each is appended to as it is done; whoever goes on after a kill begins behind the last whole line.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from model.classifier import Classifier
from model.dataset import Sample
from model.errors import ModelError
from model.evaluation.appended import Appended
from model.evaluation.asking import Asker, Chosen
from model.evaluation.data import sampled
from model.evaluation.faithfulness import AskedAgain, faithfulness_figures
from model.evaluation.figures import FaithfulnessFigures, SanityFigures
from model.evaluation.folder import EvaluationFolder
from model.evaluation.sanity import Original, Spoiled, Spoiler, sanity_figures
from model.threads import map_ahead

FAITHFULNESS, SANITY = "faithfulness.jsonl", "sanity.jsonl"

Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Trials:
    """A sample of the pictures of a folder, tried again.

    Attributes:
        classifier: the network
        folder: of which all pictures are done
        samples: the pictures, by their number
        max_megapixels: larger pictures are left out
        workers: pictures at the same time
        threads: of one forward pass
        batch: photos that share a pass
    """

    classifier: Classifier
    folder: EvaluationFolder
    samples: Sequence[Sample]
    max_megapixels: float
    workers: int
    threads: int
    batch: int

    def without_evidence(self, progress: Told) -> None:
        """Ask about those pictures without parts of them that were not asked about yet."""
        file = Appended(self.folder.path / FAITHFULNESS, AskedAgain)
        done = len(file.mended())
        chosen = self._chosen(self.folder.settings().faithfulness)
        for count, line in enumerate(map_ahead(self._asker.ask, chosen[done:], self.workers), done + 1):
            file.append(line)
            progress(count, len(chosen))

    def spoiled(self, progress: Told) -> None:
        """Compare the maps with those of networks that forgot more and more, but for those that were compared."""
        file = Appended(self.folder.path / SANITY, Spoiled)
        done = len(file.mended())
        settings = self.folder.settings()
        chosen = self._chosen(settings.sanity)
        originals = [one for one in map_ahead(self._original, chosen, self.workers) if one is not None]
        spoiler = Spoiler(self.classifier, originals, settings.seed, self.workers, self.threads, progress)
        for line in spoiler.steps(done):
            file.append(line)

    @property
    def _asker(self) -> Asker:
        return Asker(self.classifier, self.max_megapixels, self.folder.settings().seed, self.batch)

    def _chosen(self, count: int) -> list[Chosen]:
        """A sample of the pictures that have maps."""
        settings = self.folder.settings()
        mapped = [record for record in self.folder.pictures() if record.maps is not None]
        return [Chosen(one, self.samples[one.number]) for one in sampled(mapped, count, settings.seed)]

    def _original(self, one: Chosen) -> Original | None:
        """A picture and its map; None where it cannot be read any more."""
        try:
            prepared = self.classifier.prepare(self._asker.photo(one.sample))
            [answer] = self.classifier.answer([prepared], alone=False)
        except (ModelError, OSError):
            return None
        if answer.maps is None or answer.grid is None:
            return None
        said = one.record.said
        return Original(one.record.number, said, prepared, answer.maps[said], answer.grid)


def faithfulness_of(folder: EvaluationFolder) -> FaithfulnessFigures | None:
    """What the pictures without their evidence come to; None where none was asked about."""
    return faithfulness_figures(Appended(folder.path / FAITHFULNESS, AskedAgain).read())


def sanity_of(folder: EvaluationFolder) -> SanityFigures | None:
    """What the spoiled networks come to; None where there was none."""
    return sanity_figures(Appended(folder.path / SANITY, Spoiled).read())
