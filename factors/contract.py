"""The contract every factor keeps: four methods, two verdicts, no state of its own.

    enroll(ctx)                          -> Offer      what the client must do to get one
    confirm(private, response, ctx)      -> Accepted | Refused     the new credential
    challenge(held, ctx)                 -> Offer      what the client must answer now
    verify(held, private, response, ctx) -> Accepted | Refused     evidence, and what to remember

`held` maps credential ids to the account's credentials of this kind. It is empty for an account
that has none, or that does not exist: `verify` then does the work it would have done and refuses,
so that the clock tells a stranger nothing (CC-17010.j.g, ASVS 5.0 6.3.8).

Whatever arrives as `response` is hostile: any JSON value at all ends in `Refused`, never in an
exception.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

import msgspec

Json: TypeAlias = Any
"""A JSON value: what `json.loads` may return."""

Entropy: TypeAlias = Callable[[int], bytes]
"""`entropy(n)` returns `n` unpredictable bytes."""


class FactorClass(StrEnum):
    """The three classes of CC-17010.d. Clause: CC-17010.d"""

    KNOWLEDGE = "knowledge"
    POSSESSION = "possession"
    INHERENCE = "inherence"


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What one accepted answer showed. Facts only: what they count for is the policy's to say.

    `classes` is what the technique is by its nature; `amr` are RFC 8176 values.
    `device_bound`: the secret cannot leave one piece of hardware. `synced`: it is known that it
    may (WebAuthn BE). `user_verified`: the authenticator says that it checked its user;
    `biometric`: attested metadata says that it did so by a biometric. `direct` is False where
    somebody else (the phone, the key) did the checking and we believe it. `restricted` is NIST SP
    800-63B-4's word for what travels by the telephone network. `carrier` names what brought or
    holds the proof, where two factors may share it (``"phone"``); "" where nothing is known.
    """

    method: str
    classes: tuple[FactorClass, ...]
    amr: tuple[str, ...] = ()
    device_bound: bool = False
    phishing_resistant: bool = False
    user_verified: bool = False
    biometric: bool = False
    synced: bool = False
    restricted: bool = False
    direct: bool = True
    carrier: str = ""


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept for one authenticator. Every factor has its own subclass; all survive JSON."""


class AddressedCredential(Credential, frozen=True, kw_only=True):
    """A credential that messages go to: `channel` is ``"sms"`` or ``"mail"``."""

    channel: str
    address: str

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"


C = TypeVar("C", bound=Credential)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a factor may know of the world. `now` is Unix time in seconds.

    `account` is the opaque account id, at most 64 bytes in UTF-8 because it is WebAuthn's user
    handle; `login_name` and `display_name` are what an authenticator may show its owner.
    `transaction` and `purpose` say what the proof is for; a factor that can sign binds them.
    `email` and `phone` (E.164) are where the customer is reached: as on file, or as typed for the
    enrolment in hand; "" where there is none, or where a first proof is still to come.
    """

    now: float
    entropy: Entropy = field(repr=False)
    account: str
    login_name: str
    display_name: str
    transaction: str
    purpose: str
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message the shell must carry, because factors do no I/O. `text_id` names the text.

    `channel` is ``"sms"`` or ``"mail"``, `address` what that channel needs. What arrives after
    `expires_at` (Unix time in seconds) would be of no use, so it is not sent any more then.
    """

    channel: str
    address: str = field(repr=False)
    text_id: str
    values: Mapping[str, str] = field(repr=False)
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """`public` goes to the client; `private` stays with the server until the answer comes.

    Both are JSON objects. `private` may hold secrets (a TOTP seed not yet confirmed), so it is
    kept out of `repr` and sealed at rest.
    """

    private: Mapping[str, Json] = field(repr=False)
    public: Mapping[str, Json] = field(repr=False)
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(Generic[C]):
    """The answer was right. `credential` is what to store from now on.

    `credential_id` says which of `held` it replaces ("" from `confirm`). `handle` is set by
    `confirm` where something must be unique among all accounts (a WebAuthn credential id).
    `notes` are risk remarks for the audit log, as stable snake_case codes.
    """

    credential: C = field(repr=False)
    evidence: Evidence
    credential_id: str = ""
    handle: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Generic[C]):
    """The answer was not right. `reason` is a stable snake_case code for the audit log.

    A refusal too may have something to remember (a counter that went backwards): then
    `credential` and `credential_id` are set and the shell stores it like an accepted one.

    A challenge is answered once. Where it may be answered again (a code that travelled, mistyped),
    `private` is what to keep of it from now on; an enrolment stays as it was without.
    """

    reason: str
    credential: C | None = field(default=None, repr=False)
    credential_id: str = ""
    private: Mapping[str, Json] | None = field(default=None, repr=False)


class Factor(Protocol[C]):
    """One authentication technique. Implementations are immutable and safe to share."""

    @property
    def name(self) -> str:
        """The method's name in the API and the policy: ``"totp"``."""

    @property
    def credential_type(self) -> type[C]:
        """What to decode a stored credential into."""

    @property
    def hashes(self) -> bool:
        """Whether `confirm` and `verify` are expensive and belong in the hash pool."""

    @property
    def guessable(self) -> bool:
        """Whether somebody without it could guess an answer: then failures count for good."""

    @property
    def may_be_first(self) -> bool:
        """Whether it may be asked before anything was proven: not what is sent or looked up."""

    @property
    def asks_alike(self) -> bool:
        """Whether it asks everybody the same, so that asking tells nothing about an account."""

    @property
    def limit_of_one(self) -> bool:
        """Whether an account has at most one (a password), so that confirming replaces it."""

    def enroll(self, held: Mapping[str, C], ctx: Context) -> Offer:
        """Begin an enrolment; `held` are those the account already has."""

    def confirm(
        self, private: Mapping[str, Json], response: Json, ctx: Context
    ) -> Accepted[C] | Refused[C]:
        """Finish an enrolment; the refusal's reason may be told, it is the customer's own."""

    def challenge(self, held: Mapping[str, C], ctx: Context) -> Offer:
        """Ask. What is public must not depend on `held` unless a proof was already given."""

    def verify(
        self, held: Mapping[str, C], private: Mapping[str, Json], response: Json, ctx: Context
    ) -> Accepted[C] | Refused[C]:
        """Judge an answer. The refusal's reason is for the audit log only."""
