"""Every problem document and every method's words, typed: what the OpenAPI document tells of them.

A problem (RFC 9457) has `type`, `title`, `status` and `code`, and the members that stand here for
its error. What a factor asks, offers and reads is its own to say (see its docstrings); here it is
written as a type, and tests hold both against what really passes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from identity import errors
from identity.errors import IdentityError
from identity.web.bodies import Answer, Body, Missing, Work


class Nothing(Answer, frozen=True, kw_only=True):
    """No members."""


class Fault(Answer, frozen=True, kw_only=True):
    """`field` is the member at fault, "" where it is the whole."""

    detail: str
    field: str


class Advice(Answer, frozen=True, kw_only=True):
    """A sentence for whoever runs the service."""

    detail: str


class StepUp(Answer, frozen=True, kw_only=True):
    """Open a transaction with this `purpose` to give what is `missing`."""

    purpose: str
    missing: tuple[Missing, ...]


class Reason(Answer, frozen=True, kw_only=True):
    """A stable word."""

    reason: str


class Clash(Reason, frozen=True, kw_only=True):
    """A stable word, and what would be needed where that is a matter of policy."""

    missing: tuple[Missing, ...] | msgspec.UnsetType = msgspec.UNSET


class OAuth(Answer, frozen=True, kw_only=True):
    """The same word where OAuth 2 looks for it (RFC 6749 section 5.2)."""

    error: str


class Reached(Answer, frozen=True, kw_only=True):
    """Which limit it was."""

    limit: str


class Worked(Answer, frozen=True, kw_only=True):
    """The work that is asked before this is looked at."""

    work: Work


PROBLEMS: Mapping[type[IdentityError], type[Answer]] = {
    errors.Malformed: Fault,
    errors.TooLarge: Nothing,
    errors.OriginRefused: Nothing,
    errors.NotSignedIn: Nothing,
    errors.ClientRefused: OAuth,
    errors.ScopeMissing: OAuth,
    errors.Forbidden: Nothing,
    errors.StepUpRequired: StepUp,
    errors.Unknown: Nothing,
    errors.Expired: Nothing,
    errors.Conflict: Clash,
    errors.EnrolmentRefused: Reason,
    errors.TooMany: Reached,
    errors.WorkNeeded: Worked,
    errors.NotStarted: Advice,
    errors.StoreUnavailable: Nothing,
    errors.AuditUnavailable: Nothing,
    errors.SealBroken: Nothing,
}
"""The members of each problem beside the four that all have."""

ALWAYS = (
    errors.NotStarted,
    errors.StoreUnavailable,
    errors.AuditUnavailable,
    errors.SealBroken,
)
"""What any request may meet."""


class TypedPassword(Body, frozen=True, kw_only=True):
    """The password as it is typed. A new one keeps the rules that were offered."""

    password: str


class TypedCode(Body, frozen=True, kw_only=True):
    """The digits the app shows; spaces are no harm."""

    code: Annotated[str, msgspec.Meta(max_length=32)]


Node = Annotated[int, msgspec.Meta(ge=0, le=35)]
Drawing = Annotated[tuple[Node, ...], msgspec.Meta(max_length=36)]


class DrawnPattern(Body, frozen=True, kw_only=True):
    """The nodes in the order they were drawn, counted row by row from 0."""

    pattern: Drawing


class DrawnTwice(DrawnPattern, frozen=True, kw_only=True):
    """A new pattern, and the same once more."""

    again: Drawing


class ReadCells(Body, frozen=True, kw_only=True):
    """What the card has in the cells that were asked, by their names, like ``{"B3": "7K"}``."""

    cells: Mapping[str, Annotated[str, msgspec.Meta(max_length=16)]]


class TypedCodes(TypedCode, frozen=True, kw_only=True):
    """One code, or with `next` the two in a row that bring a token back in step."""

    next: Annotated[str, msgspec.Meta(max_length=32)] | msgspec.UnsetType = msgspec.UNSET


class RecoveryCode(Body, frozen=True, kw_only=True):
    """One code of the set; capitals, spaces and hyphens are no matter."""

    code: Annotated[str, msgspec.Meta(max_length=64)]


class Saved(Body, frozen=True, kw_only=True):
    """The customer's word that the codes are kept."""

    saved: Literal[True]


Text32 = Annotated[str, msgspec.Meta(min_length=43, max_length=43)]
"""32 bytes in base64url without padding."""


class DeviceSigned(Body, frozen=True, kw_only=True):
    """What a device signed, and its ES256 signature (r and s side by side), both in base64url.

    `client_data` is a JSON object of `type` (``"trifactor.device.bind"`` or
    ``"trifactor.device.prove"``), `challenge`, `transaction`, `purpose` and `origin`.
    """

    client_data: Annotated[str, msgspec.Meta(max_length=2731)]
    signature: Annotated[str, msgspec.Meta(min_length=86, max_length=86)]


class DeviceProof(DeviceSigned, frozen=True, kw_only=True):
    """`key` is the thumbprint of the key that signed (RFC 7638, SHA-256)."""

    key: Text32


class DevicePublicKey(Body, frozen=True, kw_only=True):
    """A JWK (RFC 7517) with these four members and no other."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: Text32
    y: Text32


class DeviceBinding(DeviceSigned, frozen=True, kw_only=True):
    """A new key's first signature; `phone` where the device is a telephone."""

    public_key: DevicePublicKey
    phone: bool | msgspec.UnsetType = msgspec.UNSET


class KeyResponse(Body, frozen=True, kw_only=True):
    """What `PublicKeyCredential.toJSON` gives: WebAuthn Level 3 section 5.1."""

    credential: Mapping[str, Any]


class PasswordRules(Answer, frozen=True, kw_only=True):
    """What a new password must keep. Lengths are in code points after NFC."""

    min_length: int
    max_length: int
    quality: str


class Digits(Answer, frozen=True, kw_only=True):
    """How many digits are asked."""

    digits: int


class PatternGrid(Answer, frozen=True, kw_only=True):
    """The grid to draw on, in nodes."""

    rows: int
    columns: int


class PatternRules(PatternGrid, frozen=True, kw_only=True):
    """How many nodes a new pattern may have."""

    minimum: int
    maximum: int


class AskedCells(Answer, frozen=True, kw_only=True):
    """Which card, and which of its cells."""

    serial: str
    asked: tuple[str, ...]


class PrintedCard(AskedCells, frozen=True, kw_only=True):
    """A card, `cells` row by row, and how often it may be used; shown this once.

    `svg` is the card and `pdf` a page to print and cut, each as a data: URI.
    """

    columns: tuple[str, ...]
    rows: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    uses: int
    svg: str
    pdf: str


class SentCode(Digits, frozen=True, kw_only=True):
    """Where a code went, most of the address hidden, and for how many seconds it is good.

    `to` is "" where there was no address to send it to.
    """

    channel: Literal["sms", "mail"]
    to: str
    expires_in: int


class TotpSecret(Digits, frozen=True, kw_only=True):
    """What an authenticator app needs; `qr` is `uri` drawn, as a data: URI. `period` in seconds."""

    secret: str
    uri: str
    period: int
    qr: str


class HotpSecret(Digits, frozen=True, kw_only=True):
    """What a token needs; `qr` is `uri` drawn, as a data: URI. `counter` is its first."""

    secret: str
    uri: str
    counter: int
    qr: str


class RecoveryCodeSet(Answer, frozen=True, kw_only=True):
    """Codes like ``7kq2-0m4x-9d8r-zt5w``, each good once; shown this once."""

    codes: tuple[str, ...]


class DeviceAsked(Answer, frozen=True, kw_only=True):
    """What goes into the statement that a new key signs."""

    challenge: str
    transaction: str
    purpose: str


class DeviceChallenge(DeviceAsked, frozen=True, kw_only=True):
    """The same for a bound one: `keys` are those that may, by thumbprint; none means any."""

    keys: tuple[str, ...]


class KeyOptions(Answer, frozen=True, kw_only=True):
    """What `parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON` takes, in members."""

    publicKey: Mapping[str, Any]  # noqa: N815  # the browser's own name for it


class Method(NamedTuple):
    """What a method offers at enrolment, what it asks, and how it is answered.

    `confirmation` is how an enrolment ends, where that is not answered like a challenge.
    """

    offer: type[Answer]
    challenge: type[Answer]
    response: type[Body]
    confirmation: type[Body] | None = None


METHODS: Mapping[str, Method] = {
    "password": Method(PasswordRules, Nothing, TypedPassword),
    "pattern": Method(PatternRules, PatternGrid, DrawnPattern, DrawnTwice),
    "grid_card": Method(PrintedCard, AskedCells, ReadCells),
    "totp": Method(TotpSecret, Digits, TypedCode),
    "sms_otp": Method(SentCode, SentCode, TypedCode),
    "mail_otp": Method(SentCode, SentCode, TypedCode),
    "webauthn": Method(KeyOptions, KeyOptions, KeyResponse),
    "hotp": Method(HotpSecret, Digits, TypedCodes, TypedCode),
    "recovery_codes": Method(RecoveryCodeSet, Nothing, RecoveryCode, Saved),
    "device": Method(DeviceAsked, DeviceChallenge, DeviceProof, DeviceBinding),
}
"""A method that is not here is described as free JSON."""


class Alive(Answer, frozen=True, kw_only=True):
    """The process answers."""

    status: Literal["ok"]


class Ready(Answer, frozen=True, kw_only=True):
    """A login could be decided now, by this policy, and how old its WebAuthn metadata is."""

    status: Literal["ready"]
    mode: str
    version: str
    lab: bool
    policy: str
    webauthn_metadata: Literal["fresh", "stale"] | msgspec.UnsetType = msgspec.UNSET


class NotReady(Answer, frozen=True, kw_only=True):
    """None could; `code` says what is in the way."""

    status: Literal["not_ready"]
    code: str
