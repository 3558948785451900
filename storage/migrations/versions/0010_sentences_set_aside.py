"""Unanswered first messages that somebody has looked at and left"""

import sqlalchemy as sa
from alembic import op

revision = "0010_sentences_set_aside"
down_revision = "0009_rule_drafts"
breaks = False


def upgrade() -> None:
    op.create_table(
        "set_aside",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("entry_id"),
    )


def downgrade() -> None:
    op.drop_table("set_aside")
