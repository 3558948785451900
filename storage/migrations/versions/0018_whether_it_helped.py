"""Whether a consultation helped, as its parent says: asked when, answered what and when"""

import sqlalchemy as sa
from alembic import op

revision = "0018_whether_it_helped"
down_revision = "0017_menus"
breaks = False


def upgrade() -> None:
    op.add_column("consultation", sa.Column("helped_asked_at", sa.DateTime(timezone=True)))
    op.add_column("consultation", sa.Column("helped", sa.String()))
    op.add_column("consultation", sa.Column("helped_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    for column in ("helped_asked_at", "helped", "helped_at"):
        op.drop_column("consultation", column)
