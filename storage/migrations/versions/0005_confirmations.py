"""Who confirmed which row of the municipality's data, and when"""

import sqlalchemy as sa
from alembic import op

revision = "0005_confirmations"
down_revision = "0004_job_runs_and_quota"
branch_labels = None
depends_on = None
breaks = False


def upgrade() -> None:
    op.create_table(
        "confirmation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_confirmation_subject", "confirmation", ["subject"])


def downgrade() -> None:
    op.drop_table("confirmation")
