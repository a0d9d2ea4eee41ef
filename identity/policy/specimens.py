"""What each method's evidence typically is, for tables that are checked before anybody uses them.

    webauthn                     a passkey that stays in its device, by its own word
    webauthn:synced              one that may leave it
    webauthn:attested            one whose maker vouches that it stays
    webauthn:attested:biometric  and that it checks its user by a biometric
    device:phone                 a key bound to the phone that codes are sent to

The factors say it themselves when they are used; tests hold these to what they say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations
from types import MappingProxyType
from typing import Any, Final

import msgspec

from factors.contract import Evidence, FactorClass

_KNOWN, _HELD, _IS = (FactorClass.KNOWLEDGE,), (FactorClass.POSSESSION,), (FactorClass.INHERENCE,)

_PLAIN: Final = (
    Evidence(method="password", classes=_KNOWN, amr=("pwd",)),
    Evidence(method="pattern", classes=_KNOWN, amr=("kba",)),
    Evidence(method="totp", classes=_HELD, amr=("otp",)),
    Evidence(method="hotp", classes=_HELD, amr=("otp",)),
    Evidence(method="sms_otp", classes=_HELD, amr=("otp", "sms"), restricted=True, carrier="phone"),
    Evidence(method="mail_otp", classes=_HELD, amr=("otp",), restricted=True, carrier="mailbox"),
    Evidence(method="grid_card", classes=_HELD, amr=("otp",)),
    Evidence(method="device", classes=_HELD, amr=("swk", "pop"), phishing_resistant=True),
    Evidence(method="recovery_codes", classes=_HELD, amr=("otp",)),
    Evidence(
        method="webauthn",
        classes=_HELD,
        amr=("swk", "user"),
        phishing_resistant=True,
        user_verified=True,
        direct=False,
    ),
    # These two arrive with their own work; the tables keep a place for them.
    Evidence(method="certificate", classes=_HELD, amr=("swk", "pop"), phishing_resistant=True),
    Evidence(method="face", classes=_IS, amr=("face",), biometric=True),
)

PLAIN: Final[Mapping[str, Evidence]] = MappingProxyType({plain.method: plain for plain in _PLAIN})
"""The evidence of a method without any variant."""

VARIANTS: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = MappingProxyType(
    {
        "webauthn": {
            "synced": {"synced": True},
            "attested": {"device_bound": True, "amr": ("hwk", "user")},
            "biometric": {"biometric": True},
        },
        "device": {"phone": {"carrier": "phone"}},
    }
)
"""What may be different of a method's evidence, by the variant's name."""


def specimen(method: str, variants: Collection[str] = ()) -> Evidence:
    """Return the evidence of a method; `ValueError` says what is wrong with the names."""
    known = VARIANTS.get(method, {})
    unknown = [name for name in variants if name not in known]
    if unknown or method not in PLAIN:
        raise ValueError(_said(method, unknown))
    changes = {name: value for variant in variants for name, value in known[variant].items()}
    made = msgspec.structs.replace(PLAIN[method], **changes)
    if made.synced and made.device_bound:
        raise ValueError(f"{method}: what may be synced is bound to no device")
    return made


def specimens(method: str, cls: FactorClass | None) -> Iterator[Evidence]:
    """Yield every kind of evidence a method may give; an unknown one gives its class's plainest."""
    if method not in PLAIN:
        yield Evidence(method=method, classes=(cls,) if cls else ())
        return
    names = VARIANTS.get(method, {})
    for size in range(len(names) + 1):
        for chosen in combinations(names, size):
            if not {"synced", "attested"} <= set(chosen):
                yield specimen(method, chosen)


def able(fact: str) -> frozenset[str]:
    """Return the methods some of whose evidence has `fact`: ``"phishing_resistant"``."""
    return frozenset(
        method
        for method in PLAIN
        if any(getattr(evidence, fact) for evidence in specimens(method, None))
    )


SHOWS_ONLY_RESTRICTED: Final = frozenset(
    method for method in PLAIN if all(evidence.restricted for evidence in specimens(method, None))
)
"""Methods whose every proof travels by a network that NIST calls restricted, or worse."""

ABLE: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {fact: able(fact) for fact in ("phishing_resistant", "device_bound")}
)
"""The methods that can show what a requirement asks of the evidence."""


def _said(method: str, unknown: Collection[str]) -> str:
    if method not in PLAIN:
        return f"no such method: {method}; there are {', '.join(PLAIN)}"
    known = ", ".join(VARIANTS.get(method, ())) or "no variants"
    return f"{method} has no variant {', '.join(unknown)}; it has {known}"
