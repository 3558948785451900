"""The audit tells which entries and whose account, and can only be added to"""

import sqlalchemy as sa
from alembic import op

revision = "0008_audit_only_grows"
down_revision = "0007_ways_in"
breaks = False

# Of `reason` only the key it is sealed with may change (bytes 2 to 5): that is `tsunagu keys rotate`.
SQLITE = (
    """CREATE TRIGGER audit_is_not_changed BEFORE UPDATE OF id, at, actor, act, pseudonym, account, first_entry, last_entry
       ON audit BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END""",
    """CREATE TRIGGER audit_is_only_sealed_anew BEFORE UPDATE OF reason ON audit
       WHEN length(OLD.reason) <> length(NEW.reason) OR substr(OLD.reason, 2, 4) = substr(NEW.reason, 2, 4)
       BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END""",
    """CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
       WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
       BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END""",
    """CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
       WHEN NOT EXISTS (SELECT 1 FROM audit_sweep WHERE OLD.at < before)
       BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END""",
)
POSTGRESQL = (
    """CREATE OR REPLACE FUNCTION tsunagu_guard_audit() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF TG_OP = 'DELETE' THEN
           IF EXISTS (SELECT 1 FROM audit_sweep WHERE OLD.at < before) THEN RETURN OLD; END IF;
         ELSIF TG_OP = 'UPDATE' THEN
           IF to_jsonb(OLD) - 'reason' = to_jsonb(NEW) - 'reason' AND length(OLD.reason) = length(NEW.reason)
              AND substr(OLD.reason, 2, 4) <> substr(NEW.reason, 2, 4) THEN RETURN NEW; END IF;
         END IF;
         RAISE EXCEPTION 'the audit is only added to';
       END $$""",
    """CREATE TRIGGER audit_is_not_changed BEFORE UPDATE OR DELETE ON audit
       FOR EACH ROW EXECUTE FUNCTION tsunagu_guard_audit()""",
    """CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit
       FOR EACH STATEMENT EXECUTE FUNCTION tsunagu_guard_audit()""",
)


def upgrade() -> None:
    account: sa.Column[str] = sa.Column("account", sa.String(), nullable=False, server_default="")
    op.add_column("audit", account)
    for name in ("first_entry", "last_entry"):
        op.add_column("audit", sa.Column(name, sa.Integer(), nullable=True))
    op.create_index("ix_audit_at", "audit", ["at"])
    for name in ("actor", "act", "pseudonym", "account"):
        op.create_index(f"audit_by_{name}", "audit", [name, "id"])
    op.create_table(
        "audit_sweep",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("before", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("the audit is not laid open to changes again")
