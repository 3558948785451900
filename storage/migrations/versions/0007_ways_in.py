"""What accounts need: desks, second factor, failed log-ins, the organisation's sign-in, sessions that can be ended"""

import sqlalchemy as sa
from alembic import op

revision = "0007_ways_in"
down_revision = "0006_outbox_in_order"
breaks = False


def upgrade() -> None:
    _widen_staff()
    op.create_table(
        "second_factor",
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("staff_id"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_recovery_code_staff_id", "recovery_code", ["staff_id"])
    op.create_table(
        "log_in_try",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_log_in_try_last_at", "log_in_try", ["last_at"])


def _widen_staff() -> None:
    desks: sa.Column[list[str]] = sa.Column("desks", sa.JSON(), nullable=False, server_default="[]")
    change: sa.Column[bool] = sa.Column(
        "must_change_password", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    version: sa.Column[int] = sa.Column("session_version", sa.Integer(), nullable=False, server_default="1")
    for column in (desks, change, version):
        op.add_column("staff", column)
    op.add_column("staff", sa.Column("last_log_in_at", sa.DateTime(timezone=True), nullable=True))
    for name in ("email", "subject"):
        op.add_column("staff", sa.Column(name, sa.String(), nullable=True))
        op.create_index(f"ix_staff_{name}", "staff", [name], unique=True)


def downgrade() -> None:
    raise NotImplementedError("accounts would lose their second factor")
