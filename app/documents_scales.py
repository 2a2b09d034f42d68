"""Examples of a photo at other scales, for the OpenAPI document."""

from app.documents import EXPLANATION, ID, IMAGE, MODEL, PREDICTION

URL = f"/api/v1/explanations/{ID}/scales"
HERE = f"{URL}/fused"
VIEW = {"scale": 3, "width": 864, "height": 672, "rows": 2, "columns": 2, "residual": 2e-06, "forward": 214.8}
ACCOUNT = (
    "Each of the 2 looks is exact by itself, and each score is the mean of what the network said; "
    "where the evidence lies is averaged on one raster, and the residual is what that brought in."
)
SCALED = {
    "explanation_id": ID,
    "scale": "fused",
    "model": MODEL,
    "image": IMAGE,
    "pixels": "stored",
    "input": {"width": 864, "height": 672, "scale": 3, "stretch": 0.036},
    "grid": EXPLANATION["grid"],
    "exact": False,
    "account": [ACCOUNT],
    "predictions": [
        PREDICTION
        | {
            "heatmap_url": f"/api/v1/explanations/{ID}/heatmap.png?class=285&scale=fused",
            "logits": [9.0, 9.25],
        }
    ],
    "views": [VIEW | {"mirrored": False}, VIEW | {"mirrored": True}],
    "url": HERE,
    "cams_url": f"{HERE}/cams.npy",
    "scores_url": f"{HERE}/scores",
    "timing_ms": {"decode": 9.3, "queue": 0.4, "forward": 429.6, "cam": 14.2, "total": 453.5, "passes": 2},
}
OFFER = {
    "scale": 2,
    "width": 576,
    "height": 448,
    "grid": {"rows": 14, "columns": 18},
    "passes": 1,
    "estimated_ms": 96,
    "measured_ms": None,
    "known": False,
    "url": f"{URL}/2",
}
OFFERS = {
    "items": [
        OFFER
        | {
            "scale": 1,
            "width": 288,
            "height": 224,
            "grid": {"rows": 7, "columns": 9},
            "estimated_ms": 24,
            "measured_ms": 24,
            "known": True,
            "url": f"{URL}/1",
        },
        OFFER,
    ]
}
