"""The index that finds the same photo has its newest explanation first, however many there are."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INDEX, TABLE = "ix_explanations_same", "explanations"
SAME = ["photo_sha256", "bundle_id", "scale"]


def upgrade() -> None:
    op.drop_index(INDEX, TABLE)
    op.create_index(INDEX, TABLE, [*SAME, "created_at"])


def downgrade() -> None:
    op.drop_index(INDEX, TABLE)
    op.create_index(INDEX, TABLE, SAME)
