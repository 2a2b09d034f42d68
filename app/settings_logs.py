"""Settings of what is logged."""

from typing import Literal

from pydantic import BaseModel, Field

from app.settings_values import LogLevel


class LogSettings(BaseModel):
    """What is logged, and how."""

    log_level: LogLevel = Field("info", description="The least serious messages that are logged.")
    log_format: Literal["text", "json"] = Field("text", description="One line per message: for people, or JSON.")
