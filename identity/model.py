"""The records the shell keeps, as plain frozen values.

Times are Unix time in seconds. Bytes named `sealed` open only through `identity.keys`. A record
with a `version` is replaced by compare-and-swap: the store writes it only where the version is
still the one that was read, and raises the version by one.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Any

import msgspec

from factors.contract import Evidence


class AccountState(StrEnum):
    """Where an account stands. Clause: CC-18000.2.g, ECD.3.4

    applied -> registered -> active <-> suspended -> closed
    """

    APPLIED = "applied"  # waits for an operator; nothing was sent, nothing opens
    REGISTERED = "registered"  # the initial electronic password is out, nothing may be done yet
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class AccountKind(StrEnum):
    """Whose account it is: the two are entered by different doors."""

    CUSTOMER = "customer"
    OPERATOR = "operator"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A customer or an operator. `name` is what is typed at login, normalised.

    `roles` are an operator's (see `identity.accounts.roles`), a customer has none. `demands` is
    what its owner asks beyond the policy, in words of `identity.policy`. `profile` is sealed
    `Profile`.
    """

    id: str
    name: str
    state: AccountState
    locale: str
    created_at: float
    activate_by: float
    profile: bytes
    kind: AccountKind = AccountKind.CUSTOMER
    roles: tuple[str, ...] = ()
    demands: tuple[str, ...] = ()
    version: int = 1


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Personal data: sealed at rest, never logged, never in an event."""

    display_name: str
    email: str
    phone: str = ""

    def __repr__(self) -> str:
        return "Profile(...)"


class StoredCredential(msgspec.Struct, frozen=True, kw_only=True):
    """A credential as stored. `handle` is unique for its `kind` among all accounts, or None.

    `identified` is True where it was bound in a journey that identified the person (activation,
    re-proofing): such a credential is never "fresh". `bound_in` is the session that bound it.
    """

    id: str
    account_id: str
    kind: str
    label: str
    sealed: bytes = b""
    handle: str | None = None
    bound_at: float
    bound_in: str
    identified: bool
    last_used_at: float | None = None
    version: int = 1


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """An enrolment begun and not yet confirmed. `sealed` is the factor's private offer.

    `replaces` is the credential that goes when this one comes, or "". `message_id` is the message
    that brings its code, or "".
    """

    id: str
    account_id: str
    session_id: str
    kind: str
    label: str
    sealed: bytes
    replaces: str = ""
    message_id: str = ""
    expires_at: float


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of evidence, and when and with what it was given.

    `fresh` is decided when it is shown: bound in this session, or less than a day ago without the
    person having been identified. `at_login` is True for what opened the session, False for what
    was given in a later step-up.
    """

    evidence: Evidence
    at: float
    credential_id: str
    fresh: bool = False
    at_login: bool = True


class LoginState(StrEnum):
    """Where a login transaction stands."""

    OPEN = "open"
    SUCCEEDED = "succeeded"


class LoginTransaction(msgspec.Struct, frozen=True, kw_only=True):
    """A login, activation or step-up in progress.

    `account_id` is the account's, or a decoy's that no account has; `decoy` says which. `way` is
    how the caller comes in (a known device or a network prefix), fixed at opening. `challenges`
    maps a method to its sealed private offer; an answer consumes it. `session_id` is set for
    step-ups. `binding` is the hash of what is being approved. `deliveries` maps a method to the
    message that brings its code.
    """

    id: str
    secret_hash: bytes
    account_id: str
    decoy: bool
    purpose: str
    binding: str
    state: LoginState
    way: str
    device_id: str
    prefix: str
    shown: tuple[Shown, ...] = ()
    challenges: dict[str, bytes] = {}
    deliveries: dict[str, str] = {}
    session_id: str = ""
    created_at: float
    expires_at: float
    version: int = 1


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """Something the customer approved in a step-up, not yet used: an order, by its hash."""

    transaction_id: str
    purpose: str
    binding: str
    at: float


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody signed in. The cookie holds a secret; only its hash is stored.

    `purpose` is what it was opened for: `login`, `operator` for an operator's work, `activation`
    for a session that may do nothing but finish its own activation, `recovery` for one that may
    do nothing but set a new password. `prefix` is the network it was opened from. `demands` are
    its account's. An approval is used by swapping it away.
    """

    id: str
    secret_hash: bytes
    account_id: str
    purpose: str
    shown: tuple[Shown, ...]
    approvals: tuple[Approval, ...] = ()
    demands: tuple[str, ...] = ()
    device_id: str
    prefix: str = ""
    created_at: float
    last_seen_at: float
    expires_at: float
    ended_at: float | None = None
    version: int = 1


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A browser or app from which this account completed a login. `id` is a hash of its cookie."""

    id: str
    account_id: str
    created_at: float
    last_seen_at: float
    revoked_at: float | None = None


class ProposalState(StrEnum):
    """Where a proposal stands. One that is open and past its time answers to nobody."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What one operator wants done to an account, waiting for a second. Clause: CC-18000.2.h

    `action` is of `identity.accounts.actions`, `subject_id` the account it is done to, `roles`
    what an operator is to have. `reason` and `remark` are the two operators' own words.
    """

    id: str
    action: str
    subject_id: str
    roles: tuple[str, ...] = ()
    reason: str
    proposed_by: str
    created_at: float
    expires_at: float
    state: ProposalState = ProposalState.OPEN
    decided_by: str = ""
    decided_at: float | None = None
    remark: str = ""
    version: int = 1


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """A program that may call us. `keys` are public JWKs where it signs, `secret_hash` else.

    `scopes` say what it may do, `audiences` which access tokens it may ask about.
    """

    id: str
    name: str
    scopes: tuple[str, ...]
    audiences: tuple[str, ...]
    secret_hash: bytes | None
    keys: tuple[dict[str, Any], ...] = ()
    created_at: float
    expires_at: float
    revoked_at: float | None = None


class MessageState(StrEnum):
    """How far a message has come. One that was carried is deleted, so `SENT` is never stored."""

    QUEUED = "queued"
    FAILED = "failed"  # and will be tried again
    DROPPED = "dropped"  # and will not
    SENT = "sent"


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message to a customer, waiting to be carried. `sealed` holds address and text.

    From `expires_at` on it is of no use and is dropped; the infinite one never is.
    """

    id: str
    account_id: str
    channel: str
    text_id: str
    sealed: bytes
    created_at: float
    attempts: int = 0
    due_at: float
    expires_at: float = math.inf
    state: MessageState = MessageState.QUEUED


class SealedPlace(StrEnum):
    """Where sealed values are kept."""

    CREDENTIAL = "credential"
    PROFILE = "profile"
    ENROLMENT = "enrolment"
    CHALLENGE = "challenge"
    MESSAGE = "message"


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed value, and what says whose it is.

    `id` is its record's: credential, account, enrolment, login transaction or message. `kind` is
    the factor's, and "" for profiles and messages. `version` is a credential's or a login's.
    """

    place: SealedPlace
    id: str
    account_id: str
    kind: str = ""
    version: int = 0
    sealed: bytes


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """An audit event as stored: its writer, the writer's own count, the body and its MAC.

    `body` is canonical JSON (see `identity.audit.record`); `kind` repeats its tag for searching.
    """

    writer: str
    seq: int
    at_us: int
    kind: str
    account_id: str
    body: bytes
    mac: bytes
    key_id: str


class Writer(msgspec.Struct, frozen=True, kw_only=True):
    """What a writer last said of itself: how many events it has written, and whether it ended."""

    id: str
    seq: int
    beat_us: int
    closed: bool
    mac: bytes
    key_id: str


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """An event taken into the Merkle log at `index`. `hash` is its RFC 9162 leaf hash."""

    index: int
    writer: str
    seq: int
    hash: bytes


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A full subtree of the Merkle log: its root `hash` over 2**`level` leaves.

    The first of them is leaf `index` << `level`. Level 0 are the leaves themselves.
    """

    level: int
    index: int
    hash: bytes


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """The log's head at `size` leaves. `note` is the signed C2SP checkpoint."""

    size: int
    root: bytes
    at_us: int
    note: bytes


class Spend(msgspec.Struct, frozen=True, kw_only=True):
    """One request against one GCRA window. Times in seconds.

    `interval` is the time one request costs (1 / rate), `burst` how much of it may be owed at
    once: `limit * interval` lets `limit` through in one instant. More than `cap` is never owed:
    what goes beyond is taken and forgotten.
    """

    key: str
    limit: str
    interval: float
    burst: float
    cap: float = math.inf


class Exceeded(msgspec.Struct, frozen=True, kw_only=True):
    """A window that is full: which named limit, and in how many seconds it has room again."""

    limit: str
    retry_after: float


Json = Any
