"""What counselors need for writing: drafts, canned replies, that they are writing, and replies that are given up"""

import sqlalchemy as sa
from alembic import op

revision = "0012_writing_replies"
down_revision = "0011_facility_editions"
breaks = False

NOT_SHOWN = sa.text("NOT shown")


def upgrade() -> None:
    op.add_column("outbox", sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("outbox", sa.Column("given_up_by", sa.String(), nullable=True))
    op.create_table(
        "draft",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"]),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for name in ("conversation_id", "saved_at"):
        op.create_index(f"ix_draft_{name}", "draft", [name])
    op.create_table(
        "canned_reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("shortcut", sa.String(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["owner"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_canned_reply_owner", "canned_reply", ["owner"])
    op.create_table(
        "writing",
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"]),
        sa.PrimaryKeyConstraint("conversation_id"),
    )
    op.create_index(
        "writing_asked", "writing", ["asked_at"], sqlite_where=NOT_SHOWN, postgresql_where=NOT_SHOWN
    )


def downgrade() -> None:
    raise NotImplementedError("what was begun would be lost")
