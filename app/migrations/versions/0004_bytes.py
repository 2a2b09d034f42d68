"""How many bytes an explanation's files have: those that are there are measured once the server runs.

The index by age has them too, so that all can be added up without reading a row.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLE = "explanations"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("bytes", sa.Integer(), nullable=True))
    op.drop_index("ix_explanations_created_at", TABLE)
    op.create_index("ix_explanations_age", TABLE, ["created_at", "id", "bytes"])


def downgrade() -> None:
    op.drop_index("ix_explanations_age", TABLE)
    op.create_index("ix_explanations_created_at", TABLE, ["created_at"])
    op.drop_column(TABLE, "bytes")
