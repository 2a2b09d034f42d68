"""Settings of the models there are, and of who may change them."""

from pydantic import BaseModel, Field

from app.settings_values import Folder, Paths, Switch
from app.units import MIB


class ModelSettings(BaseModel):
    """Which models are served, and whether visitors may change them."""

    model: Paths = Field(
        (), description="Model folders to serve, separated by colons; the first is the default, none the embedded one."
    )
    models_dir: Folder | None = Field(
        None,
        description="Folder watched for more model folders while the server runs; default models in the data folder.",
    )
    change_models: Switch = Field(
        "auto",
        description="Whether visitors may rename, import and delete models; auto: only while the server listens on a "
        "loopback address, and only under the name localhost or such an address. Behind a proxy that others can reach, "
        "say off.",
    )
    max_model_mb: float = Field(
        2000, gt=0, le=1_000_000, description="Largest model that is imported, packed or unpacked, in megabytes."
    )

    @property
    def max_model_bytes(self) -> int:
        """The largest model that is imported, in bytes."""
        return round(self.max_model_mb * MIB)
