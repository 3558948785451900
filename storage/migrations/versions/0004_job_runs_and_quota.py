"""How often each job by the clock went well or failed, and what LINE last said of the month's messages"""

import sqlalchemy as sa
from alembic import op

revision = "0004_job_runs_and_quota"
down_revision = "0003_request_ids"
branch_labels = None
depends_on = None
breaks = False


def upgrade() -> None:
    op.create_table(
        "job_run",
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("job", "outcome"),
    )
    op.create_table(
        "quota",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel"),
    )


def downgrade() -> None:
    op.drop_table("quota")
    op.drop_table("job_run")
