"""Photos and files that parents sent, beside the entries that they came with"""

import sqlalchemy as sa
from alembic import op

revision = "0016_enclosures"
down_revision = "0015_alerts"
branch_labels = None
depends_on = None
breaks = False  # whoever runs the old code deletes them with their entries, by the cascade


def upgrade() -> None:
    op.create_table(
        "enclosure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("abandoned", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.LargeBinary(), nullable=False),
        sa.Column("thumbnail", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    wanted = sa.text("state = 'wanted'")
    op.create_index("enclosure_wanted", "enclosure", ["id"], sqlite_where=wanted, postgresql_where=wanted)
    op.create_index("ix_enclosure_entry_id", "enclosure", ["entry_id"], unique=True)
    op.create_index("ix_enclosure_conversation_id", "enclosure", ["conversation_id"])


def downgrade() -> None:
    op.drop_table("enclosure")
