"""The tables. A column has the name of the field it keeps; times are Unix seconds.

Foreign keys stand where a row without its owner would mean nothing. There are none on logins and
failures, which decoys have too, on the outbox, or on the log, which outlives what it tells of.
A change here needs a revision beside it in `migrations/versions`; a test compares the two.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, LargeBinary, Table, Text

from identity.model import (
    AccountKind,
    AccountState,
    Approval,
    LoginState,
    MessageState,
    ProposalState,
    Shown,
)
from identity.storage.sql.columns import Name, Packed, Word

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _key(name: str) -> Column[str]:
    return Column(name, Text, primary_key=True)


def _field(name: str, type_: sa.types.TypeEngine[Any] | type = Text) -> Column[Any]:
    return Column(name, type_, nullable=False)


def _account() -> Column[str]:
    return Column("account_id", Text, sa.ForeignKey("accounts.id"), nullable=False)


STAND_IN = "stand-in"
"""The id of rows in `accounts` and `credentials` that are nobody's: what is read where nothing is
found, so that a miss costs what a hit costs."""

accounts = Table(
    "accounts",
    metadata,
    _key("id"),
    Column("name", Name, nullable=False, unique=True),
    _field("state", Word(AccountState)),
    _field("locale"),
    _field("created_at", Double),
    _field("activate_by", Double),
    _field("profile", LargeBinary),
    _field("kind", Word(AccountKind)),
    _field("roles", Packed(tuple[str, ...])),
    _field("demands", Packed(tuple[str, ...])),
    _field("version", Integer),
)

credentials = Table(
    "credentials",
    metadata,
    _key("id"),
    _account(),
    _field("kind"),
    _field("label"),
    _field("sealed", LargeBinary),
    Column("handle", Text),
    _field("bound_at", Double),
    _field("bound_in"),
    _field("identified", Boolean),
    Column("last_used_at", Double),
    sa.UniqueConstraint("kind", "handle"),
    Index(None, "account_id", "kind"),
)

credential_versions = Table(
    "credential_versions",
    metadata,
    Column("id", Text, sa.ForeignKey("credentials.id", ondelete="CASCADE"), primary_key=True),
    _field("version", Integer),
)

enrolments = Table(
    "enrolments",
    metadata,
    _key("id"),
    _account(),
    _field("session_id"),
    _field("kind"),
    _field("label"),
    _field("sealed", LargeBinary),
    _field("replaces"),
    _field("message_id"),
    _field("expires_at", Double),
    Index(None, "expires_at"),
)

logins = Table(
    "logins",
    metadata,
    _key("id"),
    _field("secret_hash", LargeBinary),
    _field("account_id"),
    _field("decoy", Boolean),
    _field("purpose"),
    _field("binding"),
    _field("state", Word(LoginState)),
    _field("way"),
    _field("device_id"),
    _field("prefix"),
    _field("shown", Packed(tuple[Shown, ...])),
    _field("challenges", Packed(dict[str, bytes])),
    _field("deliveries", Packed(dict[str, str])),
    _field("session_id"),
    _field("created_at", Double),
    _field("expires_at", Double),
    _field("version", Integer),
    Index(None, "expires_at"),
)

sessions = Table(
    "sessions",
    metadata,
    _key("id"),
    Column("secret_hash", LargeBinary, nullable=False, unique=True),
    _account(),
    _field("purpose"),
    _field("shown", Packed(tuple[Shown, ...])),
    _field("approvals", Packed(tuple[Approval, ...])),
    _field("demands", Packed(tuple[str, ...])),
    _field("device_id"),
    _field("prefix"),
    _field("created_at", Double),
    _field("last_seen_at", Double),
    _field("expires_at", Double),
    Column("ended_at", Double),
    _field("version", Integer),
    Index(None, "account_id"),
    Index(None, "expires_at"),
    Index(None, "ended_at"),
)

devices = Table(
    "devices",
    metadata,
    Column("account_id", Text, sa.ForeignKey("accounts.id"), primary_key=True),
    _key("id"),
    _field("created_at", Double),
    _field("last_seen_at", Double),
    Column("revoked_at", Double),
)

proposals = Table(
    "proposals",
    metadata,
    _key("id"),
    _field("action"),
    Column("subject_id", Text, sa.ForeignKey("accounts.id"), nullable=False),
    _field("roles", Packed(tuple[str, ...])),
    _field("reason"),
    _field("proposed_by"),
    _field("created_at", Double),
    _field("expires_at", Double),
    _field("state", Word(ProposalState)),
    _field("decided_by"),
    Column("decided_at", Double),
    _field("remark"),
    _field("version", Integer),
    Index(None, "subject_id"),
    Index(None, "state", "created_at"),
)

clients = Table(
    "clients",
    metadata,
    _key("id"),
    _field("name"),
    _field("scopes", Packed(tuple[str, ...])),
    _field("audiences", Packed(tuple[str, ...])),
    Column("secret_hash", LargeBinary),
    _field("keys", Packed(tuple[dict[str, Any], ...])),
    _field("created_at", Double),
    _field("expires_at", Double),
    Column("revoked_at", Double),
)

assertions = Table(
    "assertions",
    metadata,
    Column("client_id", Text, sa.ForeignKey("clients.id"), primary_key=True),
    _key("jti"),
    _field("expires_at", Double),
    Index(None, "expires_at"),
)

windows = Table(
    "windows",
    metadata,
    _key("key"),
    _key("limit_name"),
    _field("tat", Double),
    # kept so that the conflict branch of a many-row upsert can read them as `excluded`
    _field("interval", Double),
    _field("burst", Double),
    _field("cap", Double),
)

marks = Table(
    "marks",
    metadata,
    _key("name"),
    Column("item", LargeBinary, primary_key=True),
    _field("expires_at", Double),
    Index(None, "expires_at"),
)

secrets = Table(
    "secrets",
    metadata,
    _key("name"),
    _field("value", LargeBinary),
    _field("expires_at", Double),
)

failures = Table(
    "failures",
    metadata,
    _key("account_id"),
    _key("kind"),
    _key("bucket"),
    _field("count", Integer),
    _field("last_at", Double),
)

outbox = Table(
    "outbox",
    metadata,
    _key("id"),
    _field("account_id"),
    _field("channel"),
    _field("text_id"),
    _field("sealed", LargeBinary),
    _field("created_at", Double),
    _field("attempts", Integer),
    _field("due_at", Double),
    _field("expires_at", Double),
    _field("state", Word(MessageState)),
    Index(None, "channel", "expires_at", "due_at"),
)

events = Table(
    "events",
    metadata,
    _key("writer"),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    _field("at_us", BigInteger),
    _field("kind"),
    _field("account_id"),
    _field("body", LargeBinary),
    _field("mac", LargeBinary),
    _field("key_id"),
    Index(None, "account_id", "at_us"),
)

writers = Table(
    "writers",
    metadata,
    _key("id"),
    _field("seq", BigInteger),
    _field("beat_us", BigInteger),
    _field("closed", Boolean),
    _field("mac", LargeBinary),
    _field("key_id"),
)

leaves = Table(
    "leaves",
    metadata,
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    _field("writer"),
    _field("seq", BigInteger),
    _field("hash", LargeBinary),
    sa.UniqueConstraint("writer", "seq"),
)

# the levels above the leaves: a proof takes a few rows of each instead of every leaf
nodes = Table(
    "nodes",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    _field("hash", LargeBinary),
)

# what `leaves` says, kept ready: the sequencer asks every second, and the log only grows
taken = Table("taken", metadata, _key("writer"), _field("seq", BigInteger))

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    _field("root", LargeBinary),
    _field("at_us", BigInteger),
    _field("note", LargeBinary),
)
