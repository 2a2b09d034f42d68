"""What pictures were called in the archive that they came in."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLE = "dataset_pictures"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("name", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column(TABLE, "name")
