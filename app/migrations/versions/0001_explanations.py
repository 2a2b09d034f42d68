"""Bundles and explanations."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bundles",
        sa.Column("id", sa.String(120), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
    )
    op.create_table(
        "explanations",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("bundle_id", sa.String(120), sa.ForeignKey("bundles.id"), nullable=False),
        sa.Column("photo_sha256", sa.String(64), nullable=False),
        sa.Column("photo_width", sa.Integer(), nullable=False),
        sa.Column("photo_height", sa.Integer(), nullable=False),
        sa.Column("stored_width", sa.Integer(), nullable=False),
        sa.Column("stored_height", sa.Integer(), nullable=False),
        sa.Column("scale", sa.Double(), nullable=False),
        sa.Column("input_width", sa.Integer(), nullable=False),
        sa.Column("input_height", sa.Integer(), nullable=False),
        sa.Column("stretch", sa.Double(), nullable=False),
        sa.Column("grid", sa.JSON(), nullable=True),
        sa.Column("predictions", sa.JSON(), nullable=False),
        sa.Column("timing", sa.JSON(), nullable=False),
    )
    op.create_index("ix_explanations_history", "explanations", ["owner", "created_at", "id"])
    op.create_index("ix_explanations_same", "explanations", ["photo_sha256", "bundle_id", "scale"])
    op.create_index("ix_explanations_created_at", "explanations", ["created_at"])
    op.create_index("ix_explanations_bundle_id", "explanations", ["bundle_id"])


def downgrade() -> None:
    op.drop_table("explanations")
    op.drop_table("bundles")
