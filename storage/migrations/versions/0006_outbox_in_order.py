"""The oldest open request is found without a walk through all that were ever sent."""

from alembic import op
from sqlalchemy import text

revision = "0006_outbox_in_order"
down_revision = "0005_confirmations"
breaks = False

OPEN = text("state IN ('queued', 'sending', 'held')")


def upgrade() -> None:
    op.create_index("outbox_in_order", "outbox", ["id"], sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    op.drop_index("outbox_in_order", "outbox")
