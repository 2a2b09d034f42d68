"""A data folder as the first version of Camscope left it: its database word for word, its files as it wrote them."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
from PIL import Image

from model.classifier import Classifier
from model.photos import read_photo
from tests.pictures import encoded, halves

OWNER = {"Camscope-Owner": "somebody-of-the-first-day"}
ID = "74fc1f5b81c79cadacc9dd1ff5da56c1"
DATABASE = """
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE bundles (
	id VARCHAR(120) NOT NULL,
	name VARCHAR(100) NOT NULL,
	spec JSON NOT NULL,
	created_at DATETIME NOT NULL,
	PRIMARY KEY (id)
);
INSERT INTO "bundles" VALUES('tiny-f4e9638a9e21', 'tiny', '{"architecture": "test/tiny", "labels": ["red", "green",
 "blue", "bright", "dark"], "activation": "softmax", "outputs": 5, "head": "gap", "channels": 5, "rectified": false,
 "preprocessing": {"mean": [0.0, 0.0, 0.0], "std": [1.0, 1.0, 1.0], "interpolation": "bilinear", "multiple": 16,
 "base_side": 128, "min_side": 16, "max_side": 512, "fixed_size": null, "transform_input": false},
 "grid": {"stride_x": 16.0, "stride_y": 16.0, "left": 0.0, "top": 0.0}}', '2026-11-22 08:56:43.000000');
CREATE TABLE explanations (
	id VARCHAR(32) NOT NULL,
	owner VARCHAR(64) NOT NULL,
	created_at DATETIME NOT NULL,
	bundle_id VARCHAR(120) NOT NULL,
	photo_sha256 VARCHAR(64) NOT NULL,
	photo_width INTEGER NOT NULL,
	photo_height INTEGER NOT NULL,
	stored_width INTEGER NOT NULL,
	stored_height INTEGER NOT NULL,
	scale DOUBLE NOT NULL,
	input_width INTEGER NOT NULL,
	input_height INTEGER NOT NULL,
	stretch DOUBLE NOT NULL,
	grid JSON,
	predictions JSON NOT NULL,
	timing JSON NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(bundle_id) REFERENCES bundles (id)
);
INSERT INTO "explanations" VALUES('74fc1f5b81c79cadacc9dd1ff5da56c1',
 '212d871db1024284e02f6c5d02ee278bcb1d9260c707bc486cc1660bfc6897fc', '2026-11-22 08:56:43.244636', 'tiny-f4e9638a9e21',
 '58d53211cb5607e9089df545e433257310ac8f8c9bec064449d005708a0a6452', 192, 96, 192, 96, 1.0, 176, 96,
 8.33333333333333703407e-02, '{"rows": 6, "columns": 11, "cell_width": 17.454545454545453, "cell_height": 16.0,
 "left": 0.0, "top": 0.0}', '[{"index": 0, "probability": 0.31444952, "box": [0, 0, 102, 96, 0.2]},
 {"index": 2, "probability": 0.30588168, "box": [95, 0, 192, 96, 0.2]}]', '{"decode": 1.4393650008059922,
 "queue": 0.008492999768350273, "forward": 0.31126200019571115, "cam": 0.0681609999446664,
 "total": 45.66876900025818}');
CREATE INDEX ix_explanations_history ON explanations (owner, created_at, id);
CREATE INDEX ix_explanations_same ON explanations (photo_sha256, bundle_id, scale);
CREATE INDEX ix_explanations_created_at ON explanations (created_at);
CREATE INDEX ix_explanations_bundle_id ON explanations (bundle_id);
"""


def leave_data(folder: Path, classifier: Classifier) -> Path:
    """Make such a data folder; the path of its database."""
    photo = read_photo(halves(), 1)
    [explained] = classifier.explain([photo])
    files = folder / "explanations" / ID[:2] / ID
    files.mkdir(parents=True)
    np.save(files / "cams.npy", np.asarray(explained.maps))
    np.savez(files / "scores.npz", logits=explained.logits, probabilities=explained.probabilities, bias=explained.bias)
    (files / "photo.jpg").write_bytes(encoded(Image.fromarray(photo.pixels), "JPEG", quality=90))
    (files / "thumbnail.jpg").write_bytes(encoded(Image.fromarray(photo.pixels), "JPEG", quality=80))
    path = folder / "camscope.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(DATABASE)
    return path
