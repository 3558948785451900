"""Alerts outside the console: one row for each wait, kind and way"""

import sqlalchemy as sa
from alembic import op

revision = "0015_alerts"
down_revision = "0014_queue_in_ranks"
branch_labels = None
depends_on = None
breaks = False


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("wait", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("wait", "kind", "way"),
    )
    unsent = sa.text("sent_at IS NULL")
    op.create_index("alert_unsent", "alert", ["next_try_at"], sqlite_where=unsent, postgresql_where=unsent)
    op.create_index("ix_alert_conversation_id", "alert", ["conversation_id"])


def downgrade() -> None:
    op.drop_table("alert")
