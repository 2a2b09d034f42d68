"""Pictures of a class whose maps have their evidence in the same places; clustering.py finds them.

A raster lies over the whole picture and holds what each place gives of all that is given.
"""

from pathlib import Path

from model.errors import EvaluationError
from model.figures import Count
from model.spec import Record

FILE = "clusters.json"
RASTER = 12


class Cluster(Record):
    """Pictures of a class whose maps are alike.

    Attributes:
        members: their numbers, those nearest to the middle first
        mean: what each place of the raster gives of all that is given, on average: rows of RASTER shares
    """

    members: tuple[Count, ...]
    mean: tuple[tuple[float, ...], ...]


class ClassClusters(Record):
    """The clusters of one class, the largest first.

    Attributes:
        index: of the class
        silhouette: how well they are told apart, up to 1; None where there is one alone
    """

    index: Count
    silhouette: float | None
    clusters: tuple[Cluster, ...]


class Clusters(Record):
    """clusters.json: the classes that have enough pictures."""

    classes: tuple[ClassClusters, ...] = ()


def read_clusters(folder: Path) -> Clusters:
    """The clusters that were found; none where nobody looked.

    Raises:
        EvaluationError: the file is none of ours
    """
    try:
        return Clusters.model_validate_json((folder / FILE).read_bytes())
    except FileNotFoundError:
        return Clusters()
    except (OSError, ValueError) as error:
        raise EvaluationError(f"{folder / FILE}: cannot be read.") from error
