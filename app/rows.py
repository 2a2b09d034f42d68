"""The database's tables: explanations, pictures to train on, trainings and evaluations, one class a row."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, ForeignKey, Index, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, always in UTC; SQLite keeps it without a zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """To the database."""
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database."""
        return value and value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """All tables; app/migrations makes them, a test keeps the two the same."""

    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[dict[str, Any]]: JSON}  # noqa: RUF012


class BundleRow(Base):
    """A bundle that explained something: kept, so that permalinks stay readable when it is gone."""

    __tablename__ = "bundles"

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    spec: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class ExplanationRow(Base):
    """One explanation; its files lie in the folder named after its id.

    Attributes:
        bytes: of its files, those it shares with others too; null where nobody has measured them yet
    """

    __tablename__ = "explanations"
    __table_args__ = (
        Index("ix_explanations_history", "owner", "created_at", "id"),
        Index("ix_explanations_same", "photo_sha256", "bundle_id", "scale", "created_at"),
        Index("ix_explanations_age", "created_at", "id", "bytes"),
        Index("ix_explanations_bundle_id", "bundle_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    bundle_id: Mapped[str] = mapped_column(ForeignKey("bundles.id"))
    photo_sha256: Mapped[str] = mapped_column(String(64))
    photo_width: Mapped[int]
    photo_height: Mapped[int]
    stored_width: Mapped[int]
    stored_height: Mapped[int]
    scale: Mapped[float]
    input_width: Mapped[int]
    input_height: Mapped[int]
    stretch: Mapped[float]
    grid: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    predictions: Mapped[list[dict[str, Any]]]
    timing: Mapped[dict[str, Any]]
    bytes: Mapped[int | None]

    bundle: Mapped[BundleRow] = relationship(lazy="joined", innerjoin=True)


class DatasetRow(Base):
    """Pictures to train on; they lie in the folder named after its id."""

    __tablename__ = "datasets"
    __table_args__ = (
        Index("ix_datasets_owner", "owner", "created_at", "id"),
        Index("ix_datasets_used_at", "used_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]


class DatasetPictureRow(Base):
    """One of them: by its content, so that none is there twice.

    Attributes:
        file: where it lies in the folder
        name: its path in the archive that it came in, without a folder around all of it; null of a lone picture
    """

    __tablename__ = "dataset_pictures"
    __table_args__ = (Index("ix_dataset_pictures_label", "dataset_id", "label"),)

    dataset_id: Mapped[str] = mapped_column(ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    label: Mapped[str] = mapped_column(String(100))
    split: Mapped[str | None] = mapped_column(String(5))
    file: Mapped[str] = mapped_column(String(200))
    bytes: Mapped[int]
    name: Mapped[str | None]


class Job:
    """What every kind of long work has (app/jobs.py); what it says as it goes lies in the folder named after its id.

    Attributes:
        data: the pictures: within that folder, or absolute
        base: the model folder that it works with
        wish: "keep" or "discard" once it has been told to stop
        starts: how often it was started since it last got anywhere
        reached: how many stages and epochs it had seen when it was last started
        bundle_id: of the model that it made, or judged
    """

    __tablename__: str  # the name of the folder that theirs lie in, too

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    asked: Mapped[dict[str, Any]]
    data: Mapped[str]
    base: Mapped[str]
    wish: Mapped[str | None] = mapped_column(String(8))
    starts: Mapped[int]
    reached: Mapped[int]
    error: Mapped[str | None]
    bundle_id: Mapped[str | None] = mapped_column(String(120))
    accuracy: Mapped[float | None]


class TrainingRow(Job, Base):
    """One training; name is that of the model it makes."""

    __tablename__ = "trainings"
    __table_args__ = (
        Index("ix_trainings_owner", "owner", "created_at", "id"),
        Index("ix_trainings_state", "state"),
    )

    counts: Mapped[list[dict[str, Any]]]


class EvaluationRow(Job, Base):
    """One evaluation of a model; name is that of the pictures. One without an owner is everybody's to read.

    Attributes:
        bytes: of all in its folder once it has ended; null where nobody has measured them yet
    """

    __tablename__ = "evaluations"
    __table_args__ = (
        Index("ix_evaluations_owner", "owner", "created_at", "id"),
        Index("ix_evaluations_state", "state"),
    )

    model: Mapped[str] = mapped_column(String(100))
    pictures: Mapped[int]
    bytes: Mapped[int | None]
