"""Examples for the OpenAPI document: trainings, and pictures to train on."""

from app.documents import BUNDLE, archive_form

DATASET_ID = "7c2e4a91d05b4f6e8a3b9c0d1e2f3a4b"
TRAINING_ID = "9b1d3f5a7c8e4d2b6a0f1e2d3c4b5a69"
DATASET = {
    "id": DATASET_ID,
    "created_at": "2026-01-31T12:00:00Z",
    "expires_at": "2026-02-07T12:00:00Z",
    "classes": [{"label": "ants", "pictures": 123}, {"label": "bees", "pictures": 121}],
    "validation": 0,
    "pictures": 244,
    "bytes": 31457280,
    "problems": ["1 picture was there already and kept once: 'ants/17.jpg'."],
}
NEW_DATASET = DATASET | {
    "classes": [],
    "pictures": 0,
    "bytes": 0,
    "problems": ["Pictures of at least two classes are needed."],
}
DATASETS = {"items": [DATASET]}
ASKED = {"name": "insects", "dataset": DATASET_ID}
EPOCH = {
    "stage": "head",
    "epoch": 1,
    "train_loss": 0.41,
    "held_out_loss": 0.22,
    "held_out_accuracy": 0.94,
    "seconds": 0.3,
}
TRAINING = {
    "id": TRAINING_ID,
    "name": "insects",
    "state": "running",
    "created_at": "2026-01-31T12:00:00Z",
    "started_at": "2026-01-31T12:00:01Z",
    "ended_at": None,
    "position": None,
    "stopping": False,
    "asked": {
        "name": "insects",
        "dataset": DATASET_ID,
        "folder": None,
        "base": None,
        "head": "gap",
        "loss": "softmax",
        "single_logit": False,
        "freeze": "auto",
        "epochs": None,
        "balance": "none",
        "image_size": None,
        "batch_size": None,
        "lr": None,
        "seed": 0,
    },
    "counts": DATASET["classes"],
    "stage": "head",
    "progress": {"stage": "head", "done": 1, "total": 100, "seconds_left": 12.5},
    "seconds_left": 12.5,
    "epochs": [EPOCH],
    "epochs_planned": 100,
    "problems": [],
    "accuracy": None,
    "model": None,
    "error": None,
    "url": f"/api/v1/trainings/{TRAINING_ID}",
    "events_url": f"/api/v1/trainings/{TRAINING_ID}/events",
    "page_url": f"/trainings/{TRAINING_ID}",
}
WAITING = TRAINING | {
    "state": "waiting",
    "started_at": None,
    "position": 1,
    "stage": None,
    "progress": None,
    "seconds_left": None,
    "epochs": [],
    "epochs_planned": 0,
}
DONE = TRAINING | {
    "state": "done",
    "ended_at": "2026-01-31T12:06:10Z",
    "stage": "validate",
    "progress": None,
    "seconds_left": None,
    "accuracy": 0.954,
    "model": BUNDLE,
}
STOPPING = TRAINING | {"stopping": True}
TRAININGS = {"items": [DONE, WAITING]}
EVENTS = (
    'id: 118\nevent: stage\ndata: {"kind":"stage","stage":"head"}\n\n'
    'id: 310\nevent: epoch\ndata: {"kind":"epoch","epochs":100,"figures":{"stage":"head","epoch":1}}\n\n'
)
EVENT_SCHEMA = {
    "type": "object",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string", "description": "Where it stands: a `Last-Event-ID`."},
        "event": {"enum": ["stage", "progress", "epoch", "note", "done", "failed", "training"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}
ARCHIVE_FORM = archive_form("A zip of class folders, or of train/ and val/ with class folders.")
