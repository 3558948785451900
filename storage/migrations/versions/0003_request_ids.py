"""The request that an event came with, and that an answer follows from"""

import sqlalchemy as sa
from alembic import op

revision = "0003_request_ids"
down_revision = "0002_words_sealed"
branch_labels = None
depends_on = None
breaks = False


def upgrade() -> None:
    for table in ("inbox", "outbox"):
        op.add_column(table, sa.Column("request_id", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    for table in ("inbox", "outbox"):
        op.drop_column(table, "request_id")
