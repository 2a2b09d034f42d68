"""What the OpenAPI document says of regions."""

from typing import Any

from app import documents
from app.schemas_regions import Coco, RegionsInfo

REGIONS = {
    "width": 500,
    "height": 375,
    "threshold": 0.2,
    "classes": [
        {
            "index": 285,
            "label": "Egyptian cat",
            "probability": 0.61,
            "regions": [
                {
                    "box": {"left": 0, "top": 0, "right": 322, "bottom": 255, "threshold": 0.2},
                    "polygons": [[[0, 0], [321.43, 0], [288.1, 254.12], [0, 254.12]]],
                    "area": 77449.42,
                    "share": 0.97,
                }
            ],
        }
    ],
}
VOC = """<?xml version="1.0" encoding="UTF-8"?>
<annotation>
  <filename>cat.jpg</filename>
</annotation>
"""


def regions_answer() -> dict[str, Any]:
    """What the route answers, in each format."""
    described = documents.answer("JSON, or the format asked for.", REGIONS) | {"model": RegionsInfo | Coco}
    described["content"] |= {
        "application/xml": {"schema": {"type": "string"}, "example": VOC},
        "image/png": {"schema": documents.BINARY},
    }
    return described
