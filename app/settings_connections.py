"""Settings of connections: how many there may be, how much they may bring, how long they may take."""

from pydantic import BaseModel, Field


class ConnectionSettings(BaseModel):
    """How many connections there may be, and how long what comes and goes over them may take."""

    max_connections: int = Field(
        4096,
        ge=1,
        le=1_000_000,
        description="How many connections there may be before the longest idle ones are closed; fewer where the "
        "system allows fewer open files. Health checks have a reserve.",
    )
    max_header_kb: float = Field(
        32, ge=1, le=1024, description="Longest address and header fields of a request, in kilobytes of 1,024 bytes."
    )
    headers_timeout_s: float = Field(
        10, gt=0, le=3600, description="How many seconds a client may take to send a request's header fields."
    )
    idle_timeout_s: float = Field(
        15, gt=0, le=3600, description="How many seconds a connection may do nothing between two requests."
    )
    max_uploads: int = Field(
        64,
        ge=1,
        le=10_000,
        description="How many request bodies of more than 64 kB are received at the same time before others are told "
        "to come later; one that comes slowly makes room. Each takes a megabyte of memory at most, and more on disk.",
    )
    body_timeout_s: float = Field(
        60,
        gt=0,
        le=86_400,
        description="How many seconds a request's body may take to come, or, of a longer one, its next "
        "CAMSCOPE_BODY_MIN_KB.",
    )
    body_min_kb: float = Field(
        256,
        gt=0,
        le=1_000_000,
        description="How many kilobytes of a long body have to come in CAMSCOPE_BODY_TIMEOUT_S; what comes slower "
        "is given up.",
    )
    answer_timeout_s: float = Field(
        60,
        gt=0,
        le=86_400,
        description="How many seconds a client may take over the next CAMSCOPE_ANSWER_MIN_KB of an answer that waits "
        "for it, or over all the rest.",
    )
    answer_min_kb: float = Field(
        64,
        gt=0,
        le=1_000_000,
        description="How many kilobytes of an answer that waits have to be taken in CAMSCOPE_ANSWER_TIMEOUT_S; who "
        "takes less is let go.",
    )
    drain_s: float = Field(
        2,
        ge=0,
        le=300,
        description="How many seconds a server that was told to stop (SIGTERM) still takes requests, while /readyz "
        "says 503 already, so that a proxy in front turns to another; then it finishes what is under way.",
    )
