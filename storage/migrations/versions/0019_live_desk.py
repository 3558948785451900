"""Who else looks at a thread, and what somebody has switched on or off for themselves"""

import sqlalchemy as sa
from alembic import op

revision = "0019_live_desk"
down_revision = "0018_whether_it_helped"
breaks = False


def upgrade() -> None:
    # Renewed every few seconds and worth nothing after a crash: PostgreSQL need not log it.
    unlogged = ["UNLOGGED"] if op.get_bind().dialect.name == "postgresql" else []
    op.create_table(
        "presence",
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("writing_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"]),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("conversation_id", "staff_id"),
        prefixes=unlogged,
    )
    op.add_column("staff", sa.Column("switches", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("staff", "switches")
    op.drop_table("presence")
