"""Every body that is read or written, typed. A member that is not named here is an error."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec

# A pattern ends in `(?![\s\S])`: in Python a `$` would let a newline through after it.
Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}(?![\s\S])")]
Word = Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{1,32}(?![\s\S])")]
Purpose = Annotated[str, msgspec.Meta(pattern=r"^[a-z.]{1,32}(?![\s\S])")]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}(?![\s\S])")]
Line = Annotated[str, msgspec.Meta(max_length=128, pattern=r"^[^\x00-\x1f\x7f]*(?![\s\S])")]
Label = Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*(?![\s\S])")]
Audience = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Why = Annotated[
    str, msgspec.Meta(min_length=3, max_length=256, pattern=r"^[^\x00-\x1f\x7f]*(?![\s\S])")
]
Demand = Literal["phishing_resistant", "device_bound", "unrestricted"]
Secret = Annotated[str, msgspec.Meta(max_length=128)]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A body a client sends. It may hold a secret, so it does not say what it holds."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A body we send. It may hold a secret, so it does not say what it holds."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"


class Application(Body, frozen=True, kw_only=True):
    """An application for an account."""

    account: Line
    display_name: Annotated[Label, msgspec.Meta(min_length=1)]
    email: Line
    phone: Line = ""
    locale: Literal["zh-TW", "en"] = "en"
    review: bool = False


class OperatorApplication(Body, frozen=True, kw_only=True):
    """Who is to become an operator, as what, and why."""

    account: Line
    display_name: Annotated[Label, msgspec.Meta(min_length=1)]
    email: Line
    locale: Literal["zh-TW", "en"] = "en"
    roles: Annotated[tuple[Word, ...], msgspec.Meta(max_length=8)]
    reason: Why


class Acting(Body, frozen=True, kw_only=True):
    """Why an operator does something, in their own words."""

    reason: Why


class Assigning(Body, frozen=True, kw_only=True):
    """The roles an operator is to have, and no others, and why."""

    roles: Annotated[tuple[Word, ...], msgspec.Meta(max_length=8)]
    reason: Why


class Deciding(Body, frozen=True, kw_only=True):
    """What the second operator decides, and why."""

    decision: Literal["approve", "reject"]
    reason: Why


class Reading(Body, frozen=True, kw_only=True):
    """What a customer's personal data is looked at for; it goes into the audit log."""

    purpose: Why


class Renaming(Body, frozen=True, kw_only=True):
    """What to call a factor from now on."""

    label: Label


class Opening(Body, frozen=True, kw_only=True):
    """What a transaction is opened for. A step-up names no account: its session does."""

    purpose: Purpose
    account: Line = ""
    binding: Sha256 | Literal[""] = ""


class Asking(Body, frozen=True, kw_only=True):
    """Which method is to be asked."""

    method: Word


class Answering(Body, frozen=True, kw_only=True):
    """An answer, in the shape its method documents."""

    method: Word
    response: Any


class Enrolling(Body, frozen=True, kw_only=True):
    """Which factor to add, what to call it, and which of the customer's it replaces.

    `address` is a telephone number or mail address that codes are to go to; the one on file else.
    """

    method: Word
    label: Label = ""
    address: Line = ""
    replaces: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{0,64}(?![\s\S])")] = ""


class Confirming(Body, frozen=True, kw_only=True):
    """The answer that ends an enrolment."""

    response: Any


class Reopening(Body, frozen=True, kw_only=True):
    """Which kind of factor is to have its shares of failures back."""

    method: Word


class Demanding(Body, frozen=True, kw_only=True):
    """What the customer asks beyond the policy from now on, and nothing else."""

    demands: Annotated[tuple[Demand, ...], msgspec.Meta(max_length=8)]


class TokenAsking(Body, frozen=True, kw_only=True):
    """Which API a token is for, and the approval it is to tell of, which is used up by it."""

    audience: Audience
    purpose: Purpose | Literal[""] = ""
    binding: Sha256 | Literal[""] = ""


class Introspecting(Body, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """A token, and who asks about it; other members are ignored (RFC 6749 section 3.2)."""

    token: Annotated[str, msgspec.Meta(max_length=8192)]
    client_id: Annotated[str, msgspec.Meta(max_length=128)] = ""
    client_secret: Secret = ""
    client_assertion_type: Line = ""
    client_assertion: Annotated[str, msgspec.Meta(max_length=8192)] = ""


class Empty(Body, frozen=True, kw_only=True):
    """Nothing to say."""


class Received(Answer, frozen=True, kw_only=True):
    """An application was taken; what comes of it is told by mail."""

    state: Literal["received"] = "received"


class Satisfied(Answer, frozen=True, kw_only=True):
    """A proof given in this transaction, and the classes the policy counts it as (maybe none)."""

    method: str
    classes: tuple[str, ...]
    at: str


class Missing(Answer, frozen=True, kw_only=True):
    """What is still asked, in a word for programs and a sentence for people."""

    code: str
    classes: tuple[str, ...]
    methods: tuple[str, ...]
    max_age: float
    text: str


class Method(Answer, frozen=True, kw_only=True):
    """A method that may be answered now."""

    method: str
    class_: str | None = msgspec.field(name="class")


class Remark(Answer, frozen=True, kw_only=True):
    """What is to be known of the evidence: it came by SMS, or a phone checked its user itself."""

    code: str
    methods: tuple[str, ...]
    text: str


class Delivery(Answer, frozen=True, kw_only=True):
    """A code on its way. After `failed` another try may follow, but another factor is quicker."""

    method: str
    state: str


class AccountView(Answer, frozen=True, kw_only=True):
    """The customer's own account."""

    id: str
    name: str
    state: str
    display_name: str


class EvidenceView(Answer, frozen=True, kw_only=True):
    """A proof this session rests on."""

    method: str
    classes: tuple[str, ...]
    at: str


class SessionView(Answer, frozen=True, kw_only=True):
    """The customer's own session. `aal` is NIST SP 800-63B-4's level."""

    id: str
    purpose: str
    account: AccountView
    evidence: tuple[EvidenceView, ...]
    aal: int
    created_at: str
    idle_expires_at: str
    expires_at: str


class OwnSession(Answer, frozen=True, kw_only=True):
    """A session of the caller's account. `prefix` is the network it was opened from."""

    id: str
    purpose: str
    current: bool
    device: str | None
    prefix: str
    created_at: str
    last_seen_at: str
    expires_at: str


class OwnSessions(Answer, frozen=True, kw_only=True):
    """The sessions that live, oldest first."""

    sessions: tuple[OwnSession, ...]


class OwnDevice(Answer, frozen=True, kw_only=True):
    """A browser or app the caller's account is known from."""

    id: str
    current: bool
    created_at: str
    last_seen_at: str


class OwnDevices(Answer, frozen=True, kw_only=True):
    """The devices, oldest first."""

    devices: tuple[OwnDevice, ...]


class AccountRow(Answer, frozen=True, kw_only=True):
    """An account as operators see it in a list: nothing personal. `roles` are an operator's."""

    id: str
    name: str
    state: str
    created_at: str
    roles: tuple[str, ...]


class AccountRows(Answer, frozen=True, kw_only=True):
    """A page of accounts in order of name; go on with `after`, the last one's name."""

    accounts: tuple[AccountRow, ...]


class ProfileView(Answer, frozen=True, kw_only=True):
    """A customer's personal data, shown to an operator; that it was is in the audit log."""

    account: AccountRow
    display_name: str
    email: str
    phone: str


class ProposalView(Answer, frozen=True, kw_only=True):
    """What an operator proposed. `state` is open, approved, rejected or expired."""

    id: str
    action: str
    account: str
    roles: tuple[str, ...]
    reason: str
    proposed_by: str
    created_at: str
    expires_at: str
    state: str
    decided_by: str | None
    decided_at: str | None
    remark: str


class Proposals(Answer, frozen=True, kw_only=True):
    """The newest proposals, newest first."""

    proposals: tuple[ProposalView, ...]


class Done(Answer, frozen=True, kw_only=True):
    """It was done: the account as it is now."""

    state: Literal["done"] = "done"
    account: AccountRow


class Waits(Answer, frozen=True, kw_only=True):
    """It waits for a second operator."""

    state: Literal["waiting"] = "waiting"
    proposal: ProposalView


class Decided(Answer, frozen=True, kw_only=True):
    """The proposal after the decision, and the account as it is now."""

    proposal: ProposalView
    account: AccountRow


class Opened(Answer, frozen=True, kw_only=True):
    """The session that a success opened or raised; `GET /v1/session` tells the rest."""

    id: str
    purpose: str
    expires_at: str


class WorkData(Answer, frozen=True, kw_only=True):
    """What the challenge is `for`, told to nobody, and `until` when it is good (Unix seconds)."""

    for_: str = msgspec.field(name="for")
    until: int


class WorkParameters(Answer, frozen=True, kw_only=True, rename="camel"):
    """What to compute.

    For counters from 0: PBKDF2 (RFC 8018) with SHA-256 over `nonce` followed by the counter as four
    bytes, most significant first, with `salt`, `cost` iterations and `keyLength` bytes, until the
    key in hexadecimal begins with `keyPrefix`.
    """

    algorithm: str
    cost: int
    key_length: int
    key_prefix: str
    nonce: str
    salt: str
    data: WorkData


class Work(Answer, frozen=True, kw_only=True):
    """A proof of work that is asked: an ALTCHA challenge, version 2.

    Its solution comes back in the header `Trifactor-Work`, good for one call: base64 of the JSON
    `{"challenge": ..., "solution": {"counter": ..., "derivedKey": ...}}`, the challenge as it came
    and the key in hexadecimal.
    """

    parameters: WorkParameters
    signature: str


class Login(Answer, frozen=True, kw_only=True):
    """Where a transaction stands.

    `secret` is there once, at opening, for callers that are no browsers; `session` on success.
    `deliveries` tells of codes asked for in it, in `GET` alone: it is looked at while one waits.
    `note` is for people, the same for every account: what to do where no method here will do.
    `work` is there at opening where the first answer will be asked for proof of work.
    """

    id: str
    state: str
    purpose: str
    expires_at: str
    clauses: tuple[str, ...]
    satisfied: tuple[Satisfied, ...]
    missing: tuple[Missing, ...]
    methods: tuple[Method, ...]
    remarks: tuple[Remark, ...]
    deliveries: tuple[Delivery, ...]
    note: str | msgspec.UnsetType = msgspec.UNSET
    binding: str | msgspec.UnsetType = msgspec.UNSET
    secret: str | msgspec.UnsetType = msgspec.UNSET
    session: Opened | msgspec.UnsetType = msgspec.UNSET
    work: Work | msgspec.UnsetType = msgspec.UNSET


class Challenge(Answer, frozen=True, kw_only=True):
    """What the client must answer."""

    method: str
    challenge: Any


class TokenView(Answer, frozen=True, kw_only=True):
    """An access token (RFC 6750, RFC 9068), good for `expires_in` seconds."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  # a scheme's name
    expires_in: int


class Introspected(Answer, frozen=True, kw_only=True):
    """What a token says (RFC 7662 section 2.2); nothing but `active` where it is not good."""

    active: bool
    iss: str | msgspec.UnsetType = msgspec.UNSET
    sub: str | msgspec.UnsetType = msgspec.UNSET
    aud: str | msgspec.UnsetType = msgspec.UNSET
    client_id: str | msgspec.UnsetType = msgspec.UNSET
    jti: str | msgspec.UnsetType = msgspec.UNSET
    iat: int | msgspec.UnsetType = msgspec.UNSET
    exp: int | msgspec.UnsetType = msgspec.UNSET
    auth_time: int | msgspec.UnsetType = msgspec.UNSET
    acr: str | msgspec.UnsetType = msgspec.UNSET
    amr: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    sid: str | msgspec.UnsetType = msgspec.UNSET
    purpose: str | msgspec.UnsetType = msgspec.UNSET
    binding: str | msgspec.UnsetType = msgspec.UNSET


class FactorView(Answer, frozen=True, kw_only=True):
    """A factor of the customer's. `fresh_until`: not trusted with everything before then."""

    id: str
    method: str
    label: str
    bound_at: str
    last_used_at: str | None
    fresh_until: str | None


class Factors(Answer, frozen=True, kw_only=True):
    """The customer's factors, oldest first."""

    factors: tuple[FactorView, ...]


class DemandsView(Answer, frozen=True, kw_only=True):
    """What the customer asks beyond the policy."""

    demands: tuple[str, ...]


class DeliveryView(Answer, frozen=True, kw_only=True):
    """How far a code has come: queued, sent or failed; "" where none is sent."""

    state: str


class EnrolmentView(Answer, frozen=True, kw_only=True):
    """An enrolment begun: what the customer must do, and until when."""

    id: str
    method: str
    expires_at: str
    offer: Any


class Activated(Answer, frozen=True, kw_only=True):
    """The account is active; its first login is a login like any other."""

    state: Literal["active"] = "active"


def stamp(at: float) -> str:
    """Return a Unix time in seconds as RFC 3339 in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
