"""What a network uses for a class: finds pictures whose maps have their evidence in the same places.

As SpRAy does (Lapuschkin et al. 2019), every map is brought to one small raster over the whole picture and the rasters
of a class are clustered. Here a raster holds what each place gives of all that is given, so that how sure the network
was does not count; the clusters are k-means' (scikit-learn), and their number is that of the largest mean silhouette,
if that is LEAST_SILHOUETTE or more. Else the maps of the class are of one kind. A few pictures are no kind: there is at
most one cluster for every PER_CLUSTER, and none of fewer than LEAST_MEMBERS.

The maps are those of the true class, at scale 1.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from model.cam import Array
from model.evaluation.clusters import FILE, RASTER, ClassClusters, Cluster, Clusters
from model.evaluation.folder import EvaluationFolder, write_atomically
from model.evaluation.records import PictureRecord
from model.geometry import Grid, resize_map

LEAST_PICTURES = 8
MOST_CLUSTERS = 5
PER_CLUSTER = 5
LEAST_MEMBERS = 3
LEAST_SILHOUETTE = 0.15
SAMPLE = 1000  # pictures that a silhouette is computed of
DIGITS = 6

Vectors = npt.NDArray[np.float64]


def on_raster(values: Array, grid: Grid, size: tuple[int, int]) -> Vectors | None:
    """What each place of a picture gives of all that is given, (RASTER * RASTER,); None where nothing is.

    Args:
        values: a map, (rows, columns), in logits
        grid: where its cells lie
        size: (width, height) of the picture
    """
    given = np.maximum(resize_map(values, grid, (RASTER, RASTER), size), 0).astype(np.float64).ravel()
    whole = given.sum()
    return given / whole if whole > 0 else None


def clusters_of(index: int, numbers: Sequence[int], rasters: Vectors) -> ClassClusters:
    """The clusters of a class.

    Args:
        index: of the class
        numbers: of its pictures
        rasters: of these, (N, RASTER * RASTER)
    """
    assigned, silhouette = _assigned(rasters)
    found = []
    for place in range(int(assigned.max()) + 1):
        members = np.flatnonzero(assigned == place)
        mean = rasters[members].mean(axis=0)
        order = np.argsort(((rasters[members] - mean) ** 2).sum(axis=1), kind="stable")
        found.append(
            Cluster(
                members=tuple(int(numbers[member]) for member in members[order]),
                mean=tuple(map(tuple, mean.reshape(RASTER, RASTER).round(DIGITS).tolist())),
            )
        )
    found.sort(key=lambda cluster: (-len(cluster.members), cluster.members))
    return ClassClusters(index=index, silhouette=silhouette, clusters=tuple(found))


def write_clusters(folder: EvaluationFolder) -> Clusters:
    """Cluster the maps of an evaluation's pictures, class by class, and keep that in its folder."""
    rasters: dict[int, list[tuple[int, Vectors]]] = defaultdict(list)
    for record in folder.pictures():
        values = folder.map_of(record, "true")
        if values is not None and record.grid is not None:
            grid = Grid(**record.grid.model_dump())
            if (raster := on_raster(values, grid, (record.width, record.height))) is not None:
                rasters[_class_of(record)].append((record.number, raster))
    found = Clusters(
        classes=tuple(
            clusters_of(index, [number for number, _ in pairs], np.array([raster for _, raster in pairs]))
            for index, pairs in sorted(rasters.items())
            if len(pairs) >= LEAST_PICTURES
        )
    )
    write_atomically(folder.path / FILE, found)
    return found


def _class_of(record: PictureRecord) -> int:
    """The true class whose map is kept: of several the one that was said, else the most probable of those known."""
    if record.said in record.true:
        return record.said
    return next((index for index, _ in record.top if index in record.true), record.true[0])


def _assigned(rasters: Vectors) -> tuple[npt.NDArray[np.int64], float | None]:
    """The cluster of each raster, and how well they are told apart."""
    from sklearn.cluster import KMeans  # noqa: PLC0415 - of the extra `evaluate`
    from sklearn.metrics import silhouette_score  # noqa: PLC0415

    best, silhouette = np.zeros(len(rasters), np.int64), None
    different = len(np.unique(rasters.round(DIGITS), axis=0))
    for count in range(2, min(MOST_CLUSTERS, different - 1, len(rasters) // PER_CLUSTER) + 1):
        assigned = KMeans(count, n_init=4, random_state=0).fit_predict(rasters)
        if np.bincount(assigned, minlength=count).min() < LEAST_MEMBERS:
            continue
        sample = SAMPLE if len(rasters) > SAMPLE else None
        score = float(silhouette_score(rasters, assigned, sample_size=sample, random_state=0))
        if score >= LEAST_SILHOUETTE and (silhouette is None or score > silhouette):
            best, silhouette = assigned.astype(np.int64), score
    return best, silhouette
