"""Consultations are listed newest first, whatever else is asked of them, without sorting all of them."""

from alembic import op

revision = "0013_consultations_in_order"
down_revision = "0012_writing_replies"
breaks = False


def upgrade() -> None:
    op.create_index("consultation_by_opened", "consultation", ["opened_at", "id"])


def downgrade() -> None:
    op.drop_index("consultation_by_opened", "consultation")
