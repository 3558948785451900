"""Drafts of the rules, one a person; a published version says who agreed to it, and what it goes back to"""

import sqlalchemy as sa
from alembic import op

revision = "0009_rule_drafts"
down_revision = "0008_audit_only_grows"
breaks = False


def upgrade() -> None:
    op.create_table(
        "rule_draft",
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replayed", sa.Integer(), nullable=True),
        sa.Column("replay_changed", sa.Integer(), nullable=True),
        sa.Column("replay_of", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["owner"], ["staff.id"]),
        sa.PrimaryKeyConstraint("owner"),
    )
    op.add_column("ruleset", sa.Column("confirmed_by", sa.String(), nullable=True))
    op.add_column("ruleset", sa.Column("goes_back_to", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("ruleset", "goes_back_to")
    op.drop_column("ruleset", "confirmed_by")
    op.drop_table("rule_draft")
