"""Every kind of row has editions, and knows what the pack said when it was changed"""

import sqlalchemy as sa
from alembic import op

revision = "0020_ward_data"
down_revision = "0019_live_desk"
branch_labels = None
depends_on = None
breaks = False


def upgrade() -> None:
    op.add_column("facility_change", sa.Column("base", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("facility_change", "base")
