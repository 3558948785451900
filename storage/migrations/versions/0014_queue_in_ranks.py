"""What the queue is ranked by, beside what it shows: promises, children under a year, and what is snoozed"""

import sqlalchemy as sa
from alembic import op

revision = "0014_queue_in_ranks"
down_revision = "0013_consultations_in_order"
breaks = False

COLUMNS = ("promised_for", "snoozed", "snoozed_until", "baby")


def upgrade() -> None:
    op.add_column("conversation", sa.Column("promised_for", sa.DateTime(timezone=True)))
    op.add_column(
        "conversation", sa.Column("snoozed", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("conversation", sa.Column("snoozed_until", sa.DateTime(timezone=True)))
    op.add_column("conversation", sa.Column("baby", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("""UPDATE conversation SET promised_for = (SELECT consultation.promised_for FROM consultation
        WHERE consultation.id = conversation.consultation_id) WHERE consultation_id IS NOT NULL""")


def downgrade() -> None:
    for column in COLUMNS:
        op.drop_column("conversation", column)
