"""LINE's menus: which are set up, and whose talk shows the counselor's"""

import sqlalchemy as sa
from alembic import op

revision = "0017_menus"
down_revision = "0016_enclosures"
branch_labels = None
depends_on = None
breaks = False


def upgrade() -> None:
    op.create_table(
        "menu",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("menu_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("set_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind"),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "menu_link",
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("menu_id", sa.String(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("claim", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"]),
        sa.PrimaryKeyConstraint("conversation_id"),
    )
    op.add_column(
        "conversation", sa.Column("shows_counselor", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    op.drop_column("conversation", "shows_counselor")
    for table in ("menu_link", "lease", "menu"):
        op.drop_table(table)
