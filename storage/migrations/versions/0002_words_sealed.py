"""Words, addresses and tokens sealed at rest; what erasing, holding and consent need"""

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from storage.sealing import Field, Keyring, NoKeys

revision = "0002_words_sealed"
down_revision = "0001"
branch_labels = None
depends_on = None
breaks = True  # the program before it would read sealed words as plain ones

BATCH = 1000
COLUMNS = (  # table, key, column, whether it is JSON
    ("inbox", "id", "payload", False),
    ("contact", "digest", "address", False),
    ("reply_token", "inbox_id", "token", False),
    ("conversation", "id", "memory", True),
    ("conversation", "id", "last_words", False),
    ("entry", "id", "text", False),
    ("outbox", "id", "body", False),
    ("outbox", "id", "reply_token", False),
)


def upgrade() -> None:
    """Columns are added, filled and renamed: rebuilding a table that others refer to needs more care with SQLite."""
    for table, key, column, is_json in COLUMNS:
        _add_bytes(table, f"{column}_sealed")
        _seal(table, key, column, is_json=is_json)
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {column}_sealed TO {column}")
    _add_bytes("entry", "matched")
    op.add_column("entry", sa.Column("quotes", sa.JSON(none_as_null=True), nullable=True))
    _take_out_matched_words()
    _add_columns()
    _add_tables()


def _add_columns() -> None:
    for name in ("erasure_wanted_at", "forgotten_at", "erased_at"):
        op.add_column("conversation", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_conversation_erasure_wanted_at", "conversation", ["erasure_wanted_at"])
    held: sa.Column[bool] = sa.Column("legal_hold", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("conversation", held)


def _add_tables() -> None:
    op.create_table(
        "consent_text",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("pseudonym", sa.String(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "sealing_key",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    raise NotImplementedError("words that were sealed are not laid open again")


def _add_bytes(table: str, column: str) -> None:
    nothing = sa.text("''" if op.get_bind().dialect.name == "postgresql" else "X''")
    op.add_column(table, sa.Column(column, sa.LargeBinary(), nullable=False, server_default=nothing))


def _seal(table: str, key: str, column: str, *, is_json: bool) -> None:
    field = Field(table, column, key)

    def sealed(row_id: Any, value: Any) -> dict[str, bytes]:
        words = json.dumps(value, ensure_ascii=False) if is_json else value
        return {f"{column}_sealed": _keyring().seal(field, row_id, words or "")}

    _rewrite(table, key, sa.column(column, sa.JSON() if is_json else sa.Text()), sealed)


def _take_out_matched_words() -> None:
    field = Field("entry", "matched")

    def parted(row_id: Any, understanding: Any) -> dict[str, Any]:
        if understanding is None:
            return {}
        matched = json.dumps(understanding.pop("matched", []), ensure_ascii=False)
        return {"matched": _keyring().seal(field, row_id, matched), "understanding": understanding}

    _rewrite("entry", "id", sa.column("understanding", sa.JSON(none_as_null=True)), parted)


def _rewrite(
    table: str, key: str, column: "sa.ColumnClause[Any]", change: Callable[[Any, Any], dict[str, Any]]
) -> None:
    connection = op.get_bind()
    rows = sa.table(
        table,
        sa.column(key),
        column,
        sa.column(f"{column.name}_sealed", sa.LargeBinary()),
        sa.column("matched", sa.LargeBinary()),
    )
    last: Any = None
    while True:
        wanted = sa.select(rows.c[key], rows.c[column.name]).order_by(rows.c[key]).limit(BATCH)
        found = connection.execute(wanted.where(rows.c[key] > last) if last is not None else wanted).all()
        if not found:
            return
        for row_id, value in found:
            if values := change(row_id, value):
                connection.execute(sa.update(rows).where(rows.c[key] == row_id).values(values))
        last = found[-1][0]


def _keyring() -> Keyring:
    keyring = context.config.attributes.get("keyring")
    if not isinstance(keyring, Keyring):
        raise NoKeys
    return keyring
