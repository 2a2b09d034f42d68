"""Clusters of maps, as the page of an evaluation shows them."""

from collections import defaultdict

from app.answers_evaluations import picture_item
from app.contexts_evaluations import ClassClusters, ClusterTile
from app.evaluation_notes import Notes
from app.evaluation_opened import Opened, Picking
from app.evaluation_words import numbered_kind
from app.evaluations_shown import address_of, tile_of
from model.evaluation.clusters import Cluster

MOST_CLASSES = 40
NEAREST = 6


def clusters_of(page_url: str, evaluation_id: str, opened: Opened, notes: Notes) -> tuple[ClassClusters, ...]:
    """What a network uses for each class; those with the most kinds of maps first."""
    by_class: dict[int, list[ClusterTile]] = defaultdict(list)
    for key, cluster in opened.clusters.items():
        by_class[int(key.partition(".")[0])].append(_tile(page_url, evaluation_id, opened, notes, key, cluster))
    order = sorted(by_class, key=lambda index: -len(by_class[index]))
    labels = opened.metrics.model.labels
    return tuple(ClassClusters(labels[index], tuple(by_class[index])) for index in order[:MOST_CLASSES])


def _tile(page_url: str, evaluation_id: str, opened: Opened, notes: Notes, key: str, cluster: Cluster) -> ClusterTile:
    name = notes.names.get(key, "")
    nearest = [picture_item(evaluation_id, opened, opened.find(one), notes) for one in cluster.members[:NEAREST]]
    return ClusterTile(
        key=key,
        title=name or numbered_kind(key),
        name=name,
        pictures=len(cluster.members),
        map_url=f"{page_url}/clusters/{key}.png",
        url=address_of(page_url, Picking(cluster=key)),
        nearest=tuple(tile_of(page_url, one) for one in nearest),
    )
