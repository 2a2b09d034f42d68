"""How many bytes an evaluation's folder has: those that are there are measured once the server runs."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLE = "evaluations"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("bytes", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column(TABLE, "bytes")
