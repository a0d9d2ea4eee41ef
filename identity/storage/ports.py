"""The ports of the store: what the shell asks of it, and nothing else.

Recipe for a new record: a frozen struct in `identity.model`, a Protocol of a few methods here, a
table in `sql/schema.py` with its Alembic migration, a module of the same name under `sql/`, a
line in `Work`, and its promises in `tests/identity/storage/`, which run on every store.

"Not there" is a value (`None` or `False`), never an exception. Whatever goes wrong below comes
out as `StoreUnavailable`. Everything done inside one `write()` commits together or not at all.

`prune(before)` forgets what was over before that time, `limit` rows at most, so that nobody waits
long for its locks, and returns how many: call it again, in another unit of work, while it returns
`limit` or more. What another one has locked is left for the next time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from identity.model import (
    Account,
    AccountKind,
    AccountState,
    Checkpoint,
    Client,
    Device,
    Enrolment,
    EventRow,
    Exceeded,
    Leaf,
    LoginTransaction,
    Message,
    MessageState,
    Node,
    Proposal,
    ProposalState,
    Sealed,
    SealedPlace,
    Session,
    Spend,
    StoredCredential,
    Writer,
)

PRUNED = 1000
"""Rows forgotten in one unit of work: a few milliseconds of SQLite's one write lock."""


class Accounts(Protocol):
    """Customers and operators."""

    def add(self, account: Account) -> bool:
        """Store a new account; False where the name is taken."""

    def by_id(self, account_id: str) -> Account | None:
        """Return the account, or None."""

    def by_name(self, name: str) -> Account | None:
        """Return the account with this normalised login name, or None."""

    def replace(self, account: Account) -> bool:
        """Swap the row whose version is `account.version`.

        False where somebody was faster, or where another account has the name: nothing is changed
        then, and the unit of work goes on.
        """

    def listed(
        self,
        after: str = "",
        limit: int = 100,
        *,
        kind: AccountKind | None = None,
        state: AccountState | None = None,
    ) -> Sequence[Account]:
        """Return accounts in order of name, those after `after`; of one kind or state, or all."""


class Credentials(Protocol):
    """Authenticators of accounts.

    A credential's version lives in a table of its own, apart from the sealed bytes, and goes into
    the seal: yesterday's row put back does not open.
    """

    def add(self, credential: StoredCredential) -> bool:
        """Store a new one at version 1; False where its handle is taken."""

    def of(self, account_id: str, kind: str | None = None) -> Sequence[StoredCredential]:
        """Return the account's credentials, oldest first, of one kind or of all."""

    def swap(self, credential_id: str, version: int, sealed: bytes, used_at: float | None) -> bool:
        """Put `sealed` where the version is still `version`, raising it; False where it is not.

        `used_at` is stored as the last use where it is not None.
        """

    def used(self, credential_id: str, at: float) -> None:
        """Store the last use of a credential that did not change by it."""

    def rename(self, account_id: str, credential_id: str, label: str) -> bool:
        """Give it another label; False where the account has no such credential."""

    def remove(self, account_id: str, credential_id: str) -> bool:
        """Delete it; False where the account has no such credential."""


class Enrolments(Protocol):
    """Enrolments begun and not confirmed."""

    def add(self, enrolment: Enrolment) -> None:
        """Store it."""

    def get(self, enrolment_id: str) -> Enrolment | None:
        """Return it, or None."""

    def take(self, enrolment_id: str) -> bool:
        """Delete it; exactly one of many concurrent callers gets True."""

    def prune(self, before: float, limit: int = PRUNED) -> int:
        """Forget enrolments that expired before `before`; return how many."""


class Logins(Protocol):
    """Login transactions."""

    def add(self, transaction: LoginTransaction) -> None:
        """Store a new one."""

    def get(self, transaction_id: str) -> LoginTransaction | None:
        """Return it, or None."""

    def replace(self, transaction: LoginTransaction) -> bool:
        """Swap the row whose version is `transaction.version`; False where it moved on."""

    def prune(self, before: float, limit: int = PRUNED) -> int:
        """Forget transactions that expired before `before`; return how many."""


class Sessions(Protocol):
    """Sessions of customers."""

    def add(self, session: Session) -> None:
        """Store a new one."""

    def get(self, session_id: str) -> Session | None:
        """Return it, ended or not, or None."""

    def by_secret(self, secret_hash: bytes) -> Session | None:
        """Return the session with this secret, ended or not, or None."""

    def replace(self, session: Session) -> bool:
        """Swap the row whose version is `session.version`; False where it moved on."""

    def of(self, account_id: str) -> Sequence[Session]:
        """Return the account's sessions that have not ended."""

    def end_all(self, account_id: str, at: float, but: str = "") -> int:
        """End the account's sessions but the one named; return how many."""

    def prune(self, before: float, limit: int = PRUNED) -> int:
        """Forget sessions that ended or expired before `before`; return how many."""


class Devices(Protocol):
    """Devices an account is known from."""

    def seen(self, device: Device) -> None:
        """Store it, or move `last_seen_at` where it is there and not revoked."""

    def known(self, device_id: str, account_id: str) -> bool:
        """Whether this account completed a login from it and it is not revoked."""

    def of(self, account_id: str) -> Sequence[Device]:
        """Return the account's devices that are not revoked."""

    def revoke(self, account_id: str, device_id: str, at: float) -> bool:
        """Forget one; False where the account has no such device."""

    def revoke_all(self, account_id: str, at: float) -> int:
        """Forget all of them; return how many."""


class Proposals(Protocol):
    """What operators propose and others decide."""

    def add(self, proposal: Proposal) -> None:
        """Store a new one."""

    def get(self, proposal_id: str) -> Proposal | None:
        """Return it, decided or not, or None."""

    def replace(self, proposal: Proposal) -> bool:
        """Swap the row whose version is `proposal.version`; False where it moved on."""

    def about(self, subject_id: str) -> Sequence[Proposal]:
        """Return the open ones about an account, past their time or not, oldest first."""

    def listed(self, state: ProposalState | None = None, limit: int = 100) -> Sequence[Proposal]:
        """Return the newest, newest first, in one state or in any."""


class Windows(Protocol):
    """GCRA windows (see `identity.throttling.gcra` for the arithmetic this must agree with)."""

    def reserve(self, spends: Iterable[Spend], now: float) -> Exceeded | None:
        """Take one request from every window, or from none: the first that is full is returned."""

    def refund(self, spends: Iterable[Spend]) -> None:
        """Give back what `reserve` took."""

    def look(self, spends: Iterable[Spend], now: float) -> Exceeded | None:
        """Return what `reserve` would, and take nothing."""

    def prune(self, now: float, limit: int = PRUNED) -> int:
        """Forget windows that are empty again; return how many."""


class Marks(Protocol):
    """Small sets that are forgotten with time (see `identity.storage.counters`)."""

    def add(  # each says what the mark is, and none has a default
        self, name: str, item: bytes, cap: int, until: float, now: float
    ) -> tuple[int, bool]:
        """Add `item` to the set, which keeps `cap` at most; return its size, and whether new."""

    def forget(self, name: str) -> None:
        """Drop the set."""

    def secret(self, name: str, made: bytes, until: float, now: float) -> bytes:
        """Return the secret of that name; where there is none, or it is over, it is `made`."""

    def prune(self, now: float, limit: int = PRUNED) -> int:
        """Forget items whose time is over; return how many."""


class Failures(Protocol):
    """Failed attempts that are not forgotten with time: (account, kind, bucket) -> count.

    `account_id` may be a decoy's, so that unknown accounts count alike.
    """

    def reserve(self, account_id: str, kind: str, bucket: str, limit: int, now: float) -> bool:
        """Add one before the verifier runs; False, and nothing added, where `limit` is reached."""

    def release(self, account_id: str, kind: str, bucket: str) -> None:
        """Take back one reservation (never below zero)."""

    def reset(self, account_id: str, kind: str | None, bucket: str | None) -> None:
        """Set to zero: of one kind or all (None), in one bucket or all (None)."""

    def counts(self, account_id: str) -> dict[tuple[str, str], int]:
        """Return every count of this account by (kind, bucket)."""

    def prune(self, before: float, limit: int = PRUNED) -> int:
        """Forget decoys' counts that nobody added to since `before`; return how many.

        A decoy's is what no account has. An account's own are kept for good.
        """


class Clients(Protocol):
    """Programs that may call us, and the signed assertions they have used."""

    def add(self, client: Client) -> None:
        """Store a new one."""

    def get(self, client_id: str) -> Client | None:
        """Return it, expired and revoked or not, or None."""

    def listed(self) -> Sequence[Client]:
        """Return every one, oldest first."""

    def revoke(self, client_id: str, at: float) -> bool:
        """Store its end; False where it has none such, or ended before."""

    def spend(self, client_id: str, jti: str, expires_at: float) -> bool:
        """Remember an assertion until it expires; one of many concurrent callers gets True."""

    def prune(self, before: float, limit: int = PRUNED) -> int:
        """Forget assertions that expired before `before`; return how many."""


class Outbox(Protocol):
    """Messages waiting to be carried, written with the change they tell of."""

    def add(self, message: Message) -> None:
        """Store it."""

    def due(self, now: float, limit: int = 20, channel: str = "") -> Sequence[Message]:
        """Return messages to be carried now by one channel, or by any ("").

        Those that expire soonest come first, then the longest due. They stay as they are.
        """

    def claim(
        self, now: float, until: Callable[[int], float], limit: int = 1, channel: str = ""
    ) -> Sequence[Message]:
        """Take messages that are due, in the order of `due`; return them as they are from now on.

        The attempt is counted and `due_at` is `until(attempts)`, Unix seconds, given the attempts
        made before. Until then nobody else gets the message: of many callers, on as many nodes,
        one does, and what another is claiming at this moment is passed over, not waited for.
        """

    def sent(self, message_id: str) -> bool:
        """Delete it: it was carried. Of several callers one gets True."""

    def failed(self, message: Message, due_at: float) -> bool:
        """Store that this attempt failed and when the next is due.

        False, and nothing changed, where another has claimed it since, or settled it.
        """

    def dropped(self, message_id: str) -> bool:
        """Carry it no more, but keep it for `state` to tell. Of several callers one gets True."""

    def state(self, message_id: str) -> MessageState:
        """Return how far it has come; `SENT` where there is none such (any more)."""

    def prune(self, before: float, limit: int = PRUNED) -> int:
        """Forget messages that were dropped and expired before `before`; return how many.

        One that never expires and was dropped all the same goes by when it was written.
        """


class Seals(Protocol):
    """Everything that is sealed, wherever it is kept: for putting one key in another's place.

    What begins with `header` (see `identity.keys.seal`) is passed over.
    """

    def stale(
        self, place: SealedPlace, header: bytes, after: str = "", limit: int = 100
    ) -> Sequence[Sealed]:
        """Take values of one place that begin otherwise, in order of id, those after `after`.

        Values that others are changing at this moment are passed over, and what is taken waits
        for nobody: until the unit of work ends nobody else changes it. A record that holds
        several values gives all of them; `limit` counts records.
        """

    def put(self, value: Sealed, sealed: bytes) -> bool:
        """Put `sealed` in the value's place; False where that has changed since.

        A credential's version rises by one; of others nothing but the sealed bytes changes.
        """

    def count(self, place: SealedPlace, header: bytes) -> int:
        """Return how many records of one place begin otherwise; of logins, how many may."""


class Events(Protocol):
    """Audit events. A writer is one connection; its count advances only on commit."""

    def position(self) -> tuple[str, int]:
        """Return this connection's writer id and the number the next event gets (from 1)."""

    def append(self, event: EventRow) -> None:
        """Store it; `event.seq` must be the number that `position` gave."""

    def of_account(self, account_id: str, limit: int = 100) -> Sequence[EventRow]:
        """Return the account's events, newest first."""

    def get(self, writer: str, seq: int) -> EventRow | None:
        """Return one event, or None."""

    def after(self, writer: str, seq: int, limit: int) -> Sequence[EventRow]:
        """Return a writer's events with a higher number, in order."""

    def beat(self, writers: Iterable[Writer]) -> None:
        """Store what these writers say of themselves, replacing what they said before."""

    def writers(self) -> Sequence[Writer]:
        """Return what every writer last said."""

    def names(self) -> Sequence[str]:
        """Return the id of every writer that has events, whether it said anything or not.

        The cost goes with the writers, not with the events.
        """


class Log(Protocol):
    """The Merkle log the sequencer builds from the events."""

    def lock(self) -> bool:
        """Become the only sequencer for this unit of work; False where another one is at it."""

    def size(self) -> int:
        """Return the number of leaves."""

    def taken(self) -> dict[str, int]:
        """Return, for every writer, the highest number taken into the log."""

    def append(self, leaves: Sequence[Leaf]) -> None:
        """Store leaves; indices must continue where the log ends."""

    def leaves(self, start: int, limit: int) -> Sequence[Leaf]:
        """Return leaves from index `start` on, in order."""

    def add_nodes(self, nodes: Sequence[Node]) -> None:
        """Store the subtrees that new leaves completed, those above the leaves alone."""

    def nodes(self, level: int, start: int, limit: int) -> Sequence[Node]:
        """Return a level's full subtrees from index `start` on, in order. Level 0: the leaves."""

    def index_of(self, writer: str, seq: int) -> int | None:
        """Return the index of an event, or None where it is not sequenced."""

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Store a signed head."""

    def checkpoint(self, size: int) -> Checkpoint | None:
        """Return the head with this size, or None."""

    def last_checkpoint(self) -> Checkpoint | None:
        """Return the head with the largest size, or None."""

    def checkpoints(self, after: int = 0, limit: int = 1000) -> Sequence[Checkpoint]:
        """Return heads with a size over `after`, in order of size."""


class Work(Protocol):
    """A unit of work: one connection, one transaction, every port."""

    @property
    def accounts(self) -> Accounts: ...
    @property
    def credentials(self) -> Credentials: ...
    @property
    def enrolments(self) -> Enrolments: ...
    @property
    def logins(self) -> Logins: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def devices(self) -> Devices: ...
    @property
    def proposals(self) -> Proposals: ...
    @property
    def windows(self) -> Windows: ...
    @property
    def marks(self) -> Marks: ...
    @property
    def failures(self) -> Failures: ...
    @property
    def clients(self) -> Clients: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def seals(self) -> Seals: ...
    @property
    def events(self) -> Events: ...
    @property
    def log(self) -> Log: ...


class Store(Protocol):
    """A store of all of it."""

    def read(self) -> AbstractContextManager[Work]:
        """Open a unit of work that only reads."""

    def write(self) -> AbstractContextManager[Work]:
        """Open a unit of work that commits when the block ends and rolls back when it raises."""

    def check(self) -> None:
        """Raise `StoreUnavailable` where the store cannot be reached or its schema is not ours."""

    def writers(self) -> Sequence[tuple[str, int]]:
        """Return this process's live writers and the last number each has committed."""

    def close(self) -> None:
        """Let go of every connection."""
