"""Evidence and tables to decide on."""

from factors.contract import Evidence, FactorClass
from identity.model import Shown
from identity.policy.scenarios import scenario
from identity.policy.table import MethodRule, Operation, Table

NOW = 1_800_000_000.0
KNOWLEDGE, POSSESSION, INHERENCE = FactorClass

REGISTERED = frozenset(
    {
        "password",
        "pattern",
        "totp",
        "hotp",
        "sms_otp",
        "mail_otp",
        "grid_card",
        "device",
        "recovery_codes",
        "webauthn",
    }
)
"""The methods there are, by hand."""

FIRSTS = frozenset({"password", "pattern", "device", "webauthn"})
"""Those that may be asked before anything was proven."""

METHODS = {
    "password": MethodRule(class_=KNOWLEDGE),
    "pattern": MethodRule(class_=KNOWLEDGE),
    "totp": MethodRule(class_=POSSESSION),
    "device": MethodRule(class_=POSSESSION),
    "webauthn": MethodRule(class_=POSSESSION, synced="beside_device", biometric=INHERENCE),
    "face": MethodRule(class_=INHERENCE),
    "mail_otp": MethodRule(),
}
"""What methods are worth, as `twse` sees it, with factors that are not built yet."""

NATURE = {
    method: (KNOWLEDGE,) if method in {"password", "pattern"} else (POSSESSION,)
    for method in REGISTERED
} | {"face": (INHERENCE,)}


def asking(*, table=None, **rule):
    """Return a table whose one operation, `this`, asks `rule`; `table` is the rest of it."""
    rule = {"classes": 2, "clauses": ("CC-17010.d",)} | rule
    rest = {"methods": METHODS} | (table or {})
    return Table(name="test", operations={"this": Operation(**rule)}, **rest)


def proof(name, **when):
    """Return evidence as the factors give it, by its name in `scenarios`: ``webauthn:synced``."""
    (told,) = scenario(name).shown
    shown = {"at": NOW, "credential_id": name, "fresh": told.fresh, "at_login": True} | when
    return Shown(evidence=told.evidence, **shown)


def piece(method, *, credential="", at=NOW, fresh=False, at_login=True, **facts):
    """Return evidence of `method`."""
    evidence = Evidence(method=method, classes=NATURE[method], **facts)
    return Shown(
        evidence=evidence,
        at=at,
        credential_id=credential or method,
        fresh=fresh,
        at_login=at_login,
    )
