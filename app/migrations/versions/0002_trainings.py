"""Trainings and the pictures to train on."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "datasets",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_datasets_owner", "datasets", ["owner", "created_at", "id"])
    op.create_index("ix_datasets_used_at", "datasets", ["used_at"])
    op.create_table(
        "dataset_pictures",
        sa.Column("dataset_id", sa.String(32), sa.ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("label", sa.String(100), nullable=False),
        sa.Column("split", sa.String(5), nullable=True),
        sa.Column("file", sa.String(200), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
    )
    op.create_index("ix_dataset_pictures_label", "dataset_pictures", ["dataset_id", "label"])
    op.create_table(
        "trainings",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("data", sa.String(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("wish", sa.String(8), nullable=True),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("bundle_id", sa.String(120), nullable=True),
        sa.Column("accuracy", sa.Double(), nullable=True),
    )
    op.create_index("ix_trainings_owner", "trainings", ["owner", "created_at", "id"])
    op.create_index("ix_trainings_state", "trainings", ["state"])


def downgrade() -> None:
    op.drop_table("trainings")
    op.drop_table("dataset_pictures")
    op.drop_table("datasets")
