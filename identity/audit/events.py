"""The events of the audit log: `source:subject:action`, one payload each.

Recipe for a new event: a frozen struct here with its tag, a line in `vocabulary`, and the call to
`Journal.write` in the transaction that makes it true. Events are only ever added and given new
members with defaults, so that an old log stays readable.

No event holds a secret, and personal data is only referred to: by account id (for an account that
nobody has, its decoy's) or by pseudonym. A network prefix is the exception and is stored as text
(`192.0.2.0/24`), because logins from abnormal addresses can only be looked for where the address
is known (CC-17010.l); `way` is `device:<id>` or such a prefix. Reasons, notes and limits are
stable snake_case codes, but for what operators give as reasons for what they do, which are their
own words. Times ending in `_us` are Unix time in microseconds.
"""

from __future__ import annotations

import msgspec

from factors.contract import FactorClass


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Something that happened. Its tag is the `type` in the log."""

    def about(self) -> str:
        """Return the id of the account it is about, or "" where it is about none."""
        return ""


class AccountEvent(Event, frozen=True, kw_only=True):
    """Something that happened to an account, or to the decoy that stands in for one."""

    account_id: str

    def about(self) -> str:
        """Return the id of the account or decoy."""
        return self.account_id


class RegistrationRequested(
    AccountEvent, frozen=True, kw_only=True, tag="account:registration:requested"
):
    """A new account was asked for and made."""

    prefix: str


class RegistrationRepeated(
    AccountEvent, frozen=True, kw_only=True, tag="account:registration:repeated"
):
    """Somebody asked for an account by the name or the address that this one has."""

    prefix: str


class InitialPasswordIssued(
    AccountEvent, frozen=True, kw_only=True, tag="account:initial_password:issued"
):
    """The initial electronic password went out. Clause: ECD.3.1, ECD.3.4"""

    activate_by_us: int


class AccountActivated(AccountEvent, frozen=True, kw_only=True, tag="account:lifecycle:activated"):
    """The customer activated the account. Clause: CC-18000.2.g, ECD.3.4"""


class Operated(AccountEvent, frozen=True, kw_only=True):
    """Something done to an account. `by` is the operator's account id, or `cli`.

    `reason` is in the operator's own words. `proposal_id` names the proposal that a second
    operator approved, "" where one was enough. Clause: CC-18000.2.g
    """

    by: str = ""
    reason: str = ""
    proposal_id: str = ""


class AccountApproved(Operated, frozen=True, kw_only=True, tag="account:lifecycle:approved"):
    """An application was approved: the initial electronic password goes out."""


class AccountRejected(Operated, frozen=True, kw_only=True, tag="account:lifecycle:rejected"):
    """An application was turned down; its name is free again."""


class AccountSuspended(Operated, frozen=True, kw_only=True, tag="account:lifecycle:suspended"):
    """An account was suspended."""


class AccountResumed(Operated, frozen=True, kw_only=True, tag="account:lifecycle:resumed"):
    """A suspended account became active again."""


class AccountClosed(Operated, frozen=True, kw_only=True, tag="account:lifecycle:closed"):
    """An account was closed for good."""


class AccountReissued(Operated, frozen=True, kw_only=True, tag="account:lifecycle:reissued"):
    """An account lost its factors and begins anew with an initial electronic password."""


class OperatorAdded(Operated, frozen=True, kw_only=True, tag="operator:account:added"):
    """An operator's account was made; it opens nothing before it was approved and activated."""

    roles: tuple[str, ...]


class RolesAssigned(Operated, frozen=True, kw_only=True, tag="operator:roles:assigned"):
    """An operator has these roles from now on, and no others. Clause: CC-18000.2.h"""

    roles: tuple[str, ...]


class ProposalMade(AccountEvent, frozen=True, kw_only=True, tag="operator:proposal:made"):
    """An operator proposed something that a second one must approve. Clause: CC-18000.2.h"""

    proposal_id: str
    action: str
    by: str
    reason: str
    expires_at_us: int


class ProposalDecided(AccountEvent, frozen=True, kw_only=True, tag="operator:proposal:decided"):
    """A second operator decided on a proposal. Clause: CC-18000.2.h"""

    proposal_id: str
    action: str
    by: str
    proposed_by: str
    decision: str
    remark: str


class PersonalDataRead(AccountEvent, frozen=True, kw_only=True, tag="personal_data:account:read"):
    """An operator was shown personal data of the account. Clause: CC-18000.5.k

    `prefix` is the network the operator's session was opened from, `function` what was called,
    `results` how many people's data it showed, `purpose` what the operator gave as the reason, in
    their own words.
    """

    operator: str
    session_id: str
    prefix: str
    function: str
    results: int
    purpose: str


class LoginOpened(AccountEvent, frozen=True, kw_only=True, tag="login:transaction:opened"):
    """A login, step-up or activation began. Clause: CC-17010.l"""

    transaction: str
    purpose: str
    way: str
    prefix: str
    known_device: bool
    decoy: bool


class ChallengeIssued(AccountEvent, frozen=True, kw_only=True, tag="login:challenge:issued"):
    """The customer was asked for an answer by this method."""

    transaction: str
    purpose: str
    method: str
    decoy: bool


class AnswerAccepted(AccountEvent, frozen=True, kw_only=True, tag="login:answer:accepted"):
    """An answer was right. `classes` is what the technique is by its nature.

    `direct` is False where the customer's own authenticator did the checking. Clause: CC-17010.d.c
    """

    transaction: str
    purpose: str
    method: str
    credential_id: str
    classes: tuple[FactorClass, ...]
    direct: bool
    notes: tuple[str, ...]


class AnswerRefused(AccountEvent, frozen=True, kw_only=True, tag="login:answer:refused"):
    """An answer was wrong. `reason` is never told outside. Clause: CC-19000.12

    `bucket` is the share of failures it was counted in. `repeated`: the same wrong answer was given
    before, and the share was given back.
    """

    transaction: str
    purpose: str
    method: str
    reason: str
    bucket: str
    decoy: bool
    repeated: bool = False


class LoginSucceeded(AccountEvent, frozen=True, kw_only=True, tag="login:transaction:succeeded"):
    """Everything asked for was shown. Clause: CC-17010.c.c

    `policy` is the table it was held against, `remarks` what the decision says of the evidence.
    """

    transaction: str
    purpose: str
    session_id: str
    policy: str
    aal: int
    remarks: tuple[str, ...]


class SessionOpened(AccountEvent, frozen=True, kw_only=True, tag="session:lifecycle:opened"):
    """A session began with a login."""

    session_id: str
    purpose: str
    transaction: str


class SessionRotated(AccountEvent, frozen=True, kw_only=True, tag="session:lifecycle:rotated"):
    """The session's secret was replaced by a new one."""

    session_id: str


class SessionEnded(AccountEvent, frozen=True, kw_only=True, tag="session:lifecycle:ended"):
    """The session was ended; `why` is a stable code. Clause: CC-17020.b.h"""

    session_id: str
    why: str


class DeviceRevoked(AccountEvent, frozen=True, kw_only=True, tag="session:device:revoked"):
    """The account is not known from this device any more: its owner said so."""

    device_id: str


class TokenIssued(AccountEvent, frozen=True, kw_only=True, tag="session:token:issued"):
    """An access token was given to whoever is signed in; `jti` is its name, and opens nothing.

    `purpose` and `binding` are those of the approval it tells of, "" where it tells of none.
    """

    session_id: str
    jti: str
    audience: str
    purpose: str
    binding: str


class EnrolmentBegun(AccountEvent, frozen=True, kw_only=True, tag="factor:enrolment:begun"):
    """The customer began to add a factor."""

    enrolment_id: str
    session_id: str
    method: str


class EnrolmentRefused(AccountEvent, frozen=True, kw_only=True, tag="factor:enrolment:refused"):
    """The factor was not added."""

    enrolment_id: str
    method: str
    reason: str


class EnrolmentConfirmed(AccountEvent, frozen=True, kw_only=True, tag="factor:enrolment:confirmed"):
    """The factor was added. `notes` are the factor's remarks on it."""

    enrolment_id: str
    method: str
    credential_id: str
    notes: tuple[str, ...] = ()


class FactorRenamed(AccountEvent, frozen=True, kw_only=True, tag="factor:lifecycle:renamed"):
    """The customer calls a factor something else now."""

    credential_id: str


class FactorRemoved(AccountEvent, frozen=True, kw_only=True, tag="factor:lifecycle:removed"):
    """A factor was taken away."""

    method: str
    credential_id: str


class DemandsChanged(AccountEvent, frozen=True, kw_only=True, tag="account:demands:changed"):
    """The customer asks these beyond the policy from now on, and nothing else."""

    demands: tuple[str, ...]


class FailuresForgiven(AccountEvent, frozen=True, kw_only=True, tag="factor:failures:forgiven"):
    """The failures counted against a kind of factor were vouched for by two others."""

    method: str
    session_id: str


class CredentialRehashed(AccountEvent, frozen=True, kw_only=True, tag="factor:credential:rehashed"):
    """A password or pattern was hashed anew, with the parameters now in force."""

    method: str
    credential_id: str


class CounterRegressed(AccountEvent, frozen=True, kw_only=True, tag="factor:counter:regressed"):
    """An authenticator's counter went backwards: there may be a copy of it."""

    transaction: str
    method: str
    credential_id: str


class ElectronicPasswordWrong(
    AccountEvent, frozen=True, kw_only=True, tag="electronic_password:entry:wrong"
):
    """The electronic password was entered wrongly, `count` times in a row. Clause: ECD.4"""

    transaction: str
    way: str
    count: int


class ElectronicPasswordHeld(
    AccountEvent, frozen=True, kw_only=True, tag="electronic_password:way:held"
):
    """After `count` wrong entries the password counts no longer by this way. Clause: ECD.4"""

    transaction: str
    way: str
    count: int


class BindingSpent(AccountEvent, frozen=True, kw_only=True, tag="approval:binding:spent"):
    """An approval was used; `binding` is the hash of what was approved."""

    transaction: str
    purpose: str
    binding: str


class ClientAdded(Event, frozen=True, kw_only=True, tag="client:lifecycle:added"):
    """An API client was added, with what it may do and until when."""

    client_id: str
    scopes: tuple[str, ...]
    audiences: tuple[str, ...]
    expires_at_us: int


class ClientRevoked(Event, frozen=True, kw_only=True, tag="client:lifecycle:revoked"):
    """An API client may do nothing from now on."""

    client_id: str


class ClientCalled(Event, frozen=True, kw_only=True, tag="client:call:made"):
    """An API client did what its scope allows."""

    client_id: str
    function: str
    scope: str
    prefix: str


class ClientRefused(Event, frozen=True, kw_only=True, tag="client:call:refused"):
    """A call in an API client's name was refused; `reason` is never told outside.

    `client_id` is "" where there is no such client: what was sent may be anything.
    """

    client_id: str
    function: str
    scope: str
    reason: str
    prefix: str


class MessageQueued(AccountEvent, frozen=True, kw_only=True, tag="outbox:message:queued"):
    """A message to the customer waits to be carried. Clause: CC-17010.k"""

    message_id: str
    channel: str
    text_id: str


class MessageDelivered(AccountEvent, frozen=True, kw_only=True, tag="outbox:message:delivered"):
    """The carrier took the message. Clause: CC-17010.k"""

    message_id: str
    channel: str
    text_id: str
    attempts: int


class MessageFailed(AccountEvent, frozen=True, kw_only=True, tag="outbox:message:failed"):
    """The carrier did not take the message; it is tried again at `retry_at_us`."""

    message_id: str
    channel: str
    text_id: str
    attempts: int
    reason: str
    retry_at_us: int


class MessageDropped(AccountEvent, frozen=True, kw_only=True, tag="outbox:message:dropped"):
    """The message is not carried any more: it `expired`, or nothing carries by its channel."""

    message_id: str
    channel: str
    text_id: str
    attempts: int
    reason: str


class AttemptsBlocked(Event, frozen=True, kw_only=True, tag="throttling:attempts:blocked"):
    """Attempts were not looked at, because a limit was reached. Clause: CC-17010.j.g

    A flood is one event: `count` is how many it stands for, between the first and the last.
    `reason` is the limit's name; ``work:`` and a limit's name, or what was wrong with the work that
    came, where proof of work was asked; or ``share`` or ``hold`` (ECD.4). Where there were too many
    networks at once `prefix` and `purpose` are "".
    """

    reason: str
    purpose: str
    prefix: str
    count: int
    first_at_us: int
    last_at_us: int


class AlarmRaised(Event, frozen=True, kw_only=True, tag="throttling:alarm:raised"):
    """Something looks like an attack: a row of `identity.throttling.signals`. Clause: CC-17010.l

    `account_id`, `prefix` and `system` (an autonomous system's number) say where, as far as the
    signal is about one of them; "" and 0 where it is not. `count` is what reached the threshold.
    """

    signal: str
    account_id: str = ""
    prefix: str = ""
    system: int = 0
    count: int

    def about(self) -> str:
        """Return the id of the account or decoy, or ""."""
        return self.account_id


class ServiceStarted(Event, frozen=True, kw_only=True, tag="service:lifecycle:started"):
    """The service began to answer."""

    mode: str
    version: str
    lab: bool


class ServiceStopped(Event, frozen=True, kw_only=True, tag="service:lifecycle:stopped"):
    """The service was stopped in order."""

    mode: str
    version: str
    lab: bool


class SettingsLoaded(Event, frozen=True, kw_only=True, tag="service:settings:loaded"):
    """The settings with this SHA-256 (hexadecimal) came into force."""

    sha256: str


class CountersLost(Event, frozen=True, kw_only=True, tag="throttling:counters:lost"):
    """Where attempts are counted cannot be reached from this node. Clause: CC-17010.j.g

    Until it returns the node counts by itself, and asks work of all but known devices. `reason`
    is the name of what went wrong.
    """

    reason: str


class CountersEmptied(Event, frozen=True, kw_only=True, tag="throttling:counters:emptied"):
    """Where attempts are counted, earlier ones are forgotten. Clause: CC-17010.j.g

    Until then all but known devices are asked for work.
    """

    unsure_until_us: int


class CountersReturned(Event, frozen=True, kw_only=True, tag="throttling:counters:returned"):
    """Where attempts are counted can be reached again."""


class KeyAdded(Event, frozen=True, kw_only=True, tag="keys:ring:added"):
    """A new key came into the ring and is in use for its purpose. Clause: CC-17020.b.g"""

    purpose: str
    key_id: str


class KeyRemoved(Event, frozen=True, kw_only=True, tag="keys:ring:removed"):
    """An old key was taken out of the ring. Clause: CC-17020.b.g"""

    purpose: str
    key_id: str


class Resealed(Event, frozen=True, kw_only=True, tag="keys:seal:renewed"):
    """`count` values of one kind of record were sealed anew, under the key now in use."""

    place: str
    key_id: str
    count: int


class WriterClosed(Event, frozen=True, kw_only=True, tag="audit:writer:closed"):
    """A writer ends in order, having written `seq` events before its closing began."""

    writer: str
    seq: int
