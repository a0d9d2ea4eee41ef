"""The first schema."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

STAND_IN = "stand-in"
NAME = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """Make every table."""
    _customers()
    _stand_in()
    _journeys()
    _proposals()
    _clients()
    _counters()
    _outbox()
    _audit()
    _log()


def _column(name: str, type_: sa.types.TypeEngine[Any] | type) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=False)


def _stand_in() -> None:
    """Add the rows that are read where nothing is found, as long as a customer's."""
    _added(
        "accounts",
        id=STAND_IN,
        name="#stand-in",
        state="closed",
        locale="en",
        created_at=0.0,
        activate_by=0.0,
        profile=bytes(140),
        kind="customer",
        roles=b"[]",
        demands=b"[]",
        version=1,
    )
    _added(
        "credentials",
        id=STAND_IN,
        account_id=STAND_IN,
        kind=STAND_IN,
        label="",
        sealed=bytes(330),
        bound_at=0.0,
        bound_in="",
        identified=False,
    )
    _added("credential_versions", id=STAND_IN, version=1)


def _added(table: str, **values: object) -> None:
    op.bulk_insert(sa.table(table, *(sa.column(name) for name in values)), [values])


def _customers() -> None:
    op.create_table(
        "accounts",
        _column("id", sa.Text),
        _column("name", NAME),
        _column("state", sa.Text),
        _column("locale", sa.Text),
        _column("created_at", sa.Double),
        _column("activate_by", sa.Double),
        _column("profile", sa.LargeBinary),
        _column("kind", sa.Text),
        _column("roles", sa.LargeBinary),
        _column("demands", sa.LargeBinary),
        _column("version", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("name", name="uq_accounts_name"),
    )
    op.create_table(
        "credentials",
        _column("id", sa.Text),
        _column("account_id", sa.Text),
        _column("kind", sa.Text),
        _column("label", sa.Text),
        _column("sealed", sa.LargeBinary),
        sa.Column("handle", sa.Text),
        _column("bound_at", sa.Double),
        _column("bound_in", sa.Text),
        _column("identified", sa.Boolean),
        sa.Column("last_used_at", sa.Double),
        sa.PrimaryKeyConstraint("id", name="pk_credentials"),
        sa.UniqueConstraint("kind", "handle", name="uq_credentials_kind_handle"),
        _of_account("credentials"),
    )
    op.create_index("ix_credentials_account_id_kind", "credentials", ["account_id", "kind"])
    op.create_table(
        "credential_versions",
        _column("id", sa.Text),
        _column("version", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_credential_versions"),
        sa.ForeignKeyConstraint(
            ["id"], ["credentials.id"], name="fk_credential_versions_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "devices",
        _column("account_id", sa.Text),
        _column("id", sa.Text),
        _column("created_at", sa.Double),
        _column("last_seen_at", sa.Double),
        sa.Column("revoked_at", sa.Double),
        sa.PrimaryKeyConstraint("account_id", "id", name="pk_devices"),
        _of_account("devices"),
    )


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=f"fk_{table}_account_id")


def _journeys() -> None:
    op.create_table(
        "enrolments",
        _column("id", sa.Text),
        _column("account_id", sa.Text),
        _column("session_id", sa.Text),
        _column("kind", sa.Text),
        _column("label", sa.Text),
        _column("sealed", sa.LargeBinary),
        _column("replaces", sa.Text),
        _column("message_id", sa.Text),
        _column("expires_at", sa.Double),
        sa.PrimaryKeyConstraint("id", name="pk_enrolments"),
        _of_account("enrolments"),
    )
    op.create_index("ix_enrolments_expires_at", "enrolments", ["expires_at"])
    op.create_table(
        "logins",
        _column("id", sa.Text),
        _column("secret_hash", sa.LargeBinary),
        _column("account_id", sa.Text),
        _column("decoy", sa.Boolean),
        _column("purpose", sa.Text),
        _column("binding", sa.Text),
        _column("state", sa.Text),
        _column("way", sa.Text),
        _column("device_id", sa.Text),
        _column("prefix", sa.Text),
        _column("shown", sa.LargeBinary),
        _column("challenges", sa.LargeBinary),
        _column("deliveries", sa.LargeBinary),
        _column("session_id", sa.Text),
        _column("created_at", sa.Double),
        _column("expires_at", sa.Double),
        _column("version", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_logins"),
    )
    op.create_index("ix_logins_expires_at", "logins", ["expires_at"])
    op.create_table(
        "sessions",
        _column("id", sa.Text),
        _column("secret_hash", sa.LargeBinary),
        _column("account_id", sa.Text),
        _column("purpose", sa.Text),
        _column("shown", sa.LargeBinary),
        _column("approvals", sa.LargeBinary),
        _column("demands", sa.LargeBinary),
        _column("device_id", sa.Text),
        _column("prefix", sa.Text),
        _column("created_at", sa.Double),
        _column("last_seen_at", sa.Double),
        _column("expires_at", sa.Double),
        sa.Column("ended_at", sa.Double),
        _column("version", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("secret_hash", name="uq_sessions_secret_hash"),
        _of_account("sessions"),
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_index("ix_sessions_ended_at", "sessions", ["ended_at"])


def _proposals() -> None:
    op.create_table(
        "proposals",
        _column("id", sa.Text),
        _column("action", sa.Text),
        _column("subject_id", sa.Text),
        _column("roles", sa.LargeBinary),
        _column("reason", sa.Text),
        _column("proposed_by", sa.Text),
        _column("created_at", sa.Double),
        _column("expires_at", sa.Double),
        _column("state", sa.Text),
        _column("decided_by", sa.Text),
        sa.Column("decided_at", sa.Double),
        _column("remark", sa.Text),
        _column("version", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_proposals"),
        sa.ForeignKeyConstraint(["subject_id"], ["accounts.id"], name="fk_proposals_subject_id"),
    )
    op.create_index("ix_proposals_subject_id", "proposals", ["subject_id"])
    op.create_index("ix_proposals_state_created_at", "proposals", ["state", "created_at"])


def _clients() -> None:
    op.create_table(
        "clients",
        _column("id", sa.Text),
        _column("name", sa.Text),
        _column("scopes", sa.LargeBinary),
        _column("audiences", sa.LargeBinary),
        sa.Column("secret_hash", sa.LargeBinary),
        _column("keys", sa.LargeBinary),
        _column("created_at", sa.Double),
        _column("expires_at", sa.Double),
        sa.Column("revoked_at", sa.Double),
        sa.PrimaryKeyConstraint("id", name="pk_clients"),
    )
    op.create_table(
        "assertions",
        _column("client_id", sa.Text),
        _column("jti", sa.Text),
        _column("expires_at", sa.Double),
        sa.PrimaryKeyConstraint("client_id", "jti", name="pk_assertions"),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name="fk_assertions_client_id"),
    )
    op.create_index("ix_assertions_expires_at", "assertions", ["expires_at"])


def _counters() -> None:
    op.create_table(
        "windows",
        _column("key", sa.Text),
        _column("limit_name", sa.Text),
        _column("tat", sa.Double),
        _column("interval", sa.Double),
        _column("burst", sa.Double),
        _column("cap", sa.Double),
        sa.PrimaryKeyConstraint("key", "limit_name", name="pk_windows"),
    )
    op.create_table(
        "marks",
        _column("name", sa.Text),
        _column("item", sa.LargeBinary),
        _column("expires_at", sa.Double),
        sa.PrimaryKeyConstraint("name", "item", name="pk_marks"),
    )
    op.create_index("ix_marks_expires_at", "marks", ["expires_at"])
    op.create_table(
        "secrets",
        _column("name", sa.Text),
        _column("value", sa.LargeBinary),
        _column("expires_at", sa.Double),
        sa.PrimaryKeyConstraint("name", name="pk_secrets"),
    )
    op.create_table(
        "failures",
        _column("account_id", sa.Text),
        _column("kind", sa.Text),
        _column("bucket", sa.Text),
        _column("count", sa.Integer),
        _column("last_at", sa.Double),
        sa.PrimaryKeyConstraint("account_id", "kind", "bucket", name="pk_failures"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        _column("id", sa.Text),
        _column("account_id", sa.Text),
        _column("channel", sa.Text),
        _column("text_id", sa.Text),
        _column("sealed", sa.LargeBinary),
        _column("created_at", sa.Double),
        _column("attempts", sa.Integer),
        _column("due_at", sa.Double),
        _column("expires_at", sa.Double),
        _column("state", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index(
        "ix_outbox_channel_expires_at_due_at", "outbox", ["channel", "expires_at", "due_at"]
    )


def _audit() -> None:
    op.create_table(
        "events",
        _column("writer", sa.Text),
        sa.Column("seq", sa.BigInteger, nullable=False, autoincrement=False),
        _column("at_us", sa.BigInteger),
        _column("kind", sa.Text),
        _column("account_id", sa.Text),
        _column("body", sa.LargeBinary),
        _column("mac", sa.LargeBinary),
        _column("key_id", sa.Text),
        sa.PrimaryKeyConstraint("writer", "seq", name="pk_events"),
    )
    op.create_index("ix_events_account_id_at_us", "events", ["account_id", "at_us"])
    op.create_table(
        "writers",
        _column("id", sa.Text),
        _column("seq", sa.BigInteger),
        _column("beat_us", sa.BigInteger),
        _column("closed", sa.Boolean),
        _column("mac", sa.LargeBinary),
        _column("key_id", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_writers"),
    )


def _log() -> None:
    op.create_table(
        "leaves",
        sa.Column("index", sa.BigInteger, nullable=False, autoincrement=False),
        _column("writer", sa.Text),
        _column("seq", sa.BigInteger),
        _column("hash", sa.LargeBinary),
        sa.PrimaryKeyConstraint("index", name="pk_leaves"),
        sa.UniqueConstraint("writer", "seq", name="uq_leaves_writer_seq"),
    )
    op.create_table(
        "nodes",
        sa.Column("level", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("index", sa.BigInteger, nullable=False, autoincrement=False),
        _column("hash", sa.LargeBinary),
        sa.PrimaryKeyConstraint("level", "index", name="pk_nodes"),
    )
    op.create_table(
        "taken",
        _column("writer", sa.Text),
        _column("seq", sa.BigInteger),
        sa.PrimaryKeyConstraint("writer", name="pk_taken"),
    )
    op.create_table(
        "checkpoints",
        sa.Column("size", sa.BigInteger, nullable=False, autoincrement=False),
        _column("root", sa.LargeBinary),
        _column("at_us", sa.BigInteger),
        _column("note", sa.LargeBinary),
        sa.PrimaryKeyConstraint("size", name="pk_checkpoints"),
    )
