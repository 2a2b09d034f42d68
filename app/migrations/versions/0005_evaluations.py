"""Evaluations: models asked about labelled pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLE = "evaluations"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("data", sa.String(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("wish", sa.String(8), nullable=True),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("bundle_id", sa.String(120), nullable=True),
        sa.Column("accuracy", sa.Double(), nullable=True),
        sa.Column("model", sa.String(100), nullable=False),
        sa.Column("pictures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_evaluations_owner", TABLE, ["owner", "created_at", "id"])
    op.create_index("ix_evaluations_state", TABLE, ["state"])


def downgrade() -> None:
    op.drop_table(TABLE)
