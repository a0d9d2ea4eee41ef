"""Records to store, each with a field of every type it has and nothing left at its default."""

from factors.contract import Evidence, FactorClass
from identity.model import (
    Account,
    AccountKind,
    AccountState,
    Approval,
    Checkpoint,
    Device,
    Enrolment,
    EventRow,
    Leaf,
    LoginState,
    LoginTransaction,
    Message,
    Node,
    Proposal,
    ProposalState,
    Session,
    Shown,
    StoredCredential,
    Writer,
)

SHOWN = (
    Shown(
        evidence=Evidence(
            method="totp", classes=(FactorClass.POSSESSION,), amr=("otp",), direct=False
        ),
        at=1_700_000_000.25,
        credential_id="c1",
        fresh=True,
        at_login=False,
    ),
)


def account(id_="a1", **other):
    given = {
        "name": f"name of {id_}",
        "state": AccountState.ACTIVE,
        "locale": "zh-TW",
        "created_at": 1_700_000_000.125,
        "activate_by": 1_702_592_000.0,
        "profile": b"\x00sealed\xff",
        "kind": AccountKind.OPERATOR,
        "roles": ("clerk", "auditor"),
    }
    return Account(id=id_, **given | other)


def credential(id_="c1", **other):
    given = {
        "account_id": "a1",
        "kind": "totp",
        "label": "手機",
        "sealed": b"\x00\xff",
        "handle": None,
        "bound_at": 1_700_000_001.5,
        "bound_in": "s1",
        "identified": True,
        "last_used_at": 1_700_000_002.5,
    }
    return StoredCredential(id=id_, **given | other)


def enrolment(id_="e1", **other):
    given = {
        "account_id": "a1",
        "session_id": "s1",
        "kind": "webauthn",
        "label": "key",
        "sealed": b"\x00\xff",
        "expires_at": 1_700_000_600.0,
    }
    return Enrolment(id=id_, **given | other)


def login(id_="l1", **other):
    given = {
        "secret_hash": b"\x00\xff",
        "account_id": "nobody's",
        "decoy": True,
        "purpose": "login",
        "binding": "hash",
        "state": LoginState.OPEN,
        "way": "device:d1",
        "device_id": "d1",
        "prefix": "192.0.2.0/24",
        "shown": SHOWN,
        "challenges": {"totp": b"\x00\xff", "webauthn": b""},
        "session_id": "s0",
        "created_at": 1_700_000_000.5,
        "expires_at": 1_700_000_600.5,
    }
    return LoginTransaction(id=id_, **given | other)


def session(id_="s1", **other):
    given = {
        "secret_hash": b"secret of " + id_.encode(),
        "account_id": "a1",
        "purpose": "login",
        "shown": SHOWN,
        "approvals": (Approval(transaction_id="l1", purpose="order", binding="hash", at=1.5),),
        "device_id": "d1",
        "prefix": "192.0.2.0/24",
        "created_at": 1_700_000_000.5,
        "last_seen_at": 1_700_000_001.5,
        "expires_at": 1_700_003_600.5,
        "ended_at": None,
    }
    return Session(id=id_, **given | other)


def device(id_="d1", **other):
    given = {"account_id": "a1", "created_at": 1.5, "last_seen_at": 2.5, "revoked_at": None}
    return Device(id=id_, **given | other)


def proposal(id_="p1", **other):
    given = {
        "action": "operator.roles",
        "subject_id": "a1",
        "roles": ("clerk",),
        "reason": "調職",
        "proposed_by": "o1",
        "created_at": 1_700_000_000.5,
        "expires_at": 1_700_604_800.5,
        "state": ProposalState.OPEN,
        "decided_by": "",
        "decided_at": None,
        "remark": "",
    }
    return Proposal(id=id_, **given | other)


def message(id_="m1", **other):
    given = {
        "account_id": "a1",
        "channel": "sms",
        "text_id": "code",
        "sealed": b"\x00\xff",
        "created_at": 1.5,
        "attempts": 2,
        "due_at": 2.5,
    }
    return Message(id=id_, **given | other)


def event(writer, seq, **other):
    given = {
        "at_us": 1_700_000_000_000_000 + seq,
        "kind": "login:totp:refused",
        "account_id": "a1",
        "body": b'{"n":1}',
        "mac": b"\x00\xff",
        "key_id": "k1",
    }
    return EventRow(writer=writer, seq=seq, **given | other)


def writer(id_="w1", **other):
    given = {"seq": 7, "beat_us": 1_700_000_000_000_000, "closed": False, "mac": b"", "key_id": "k"}
    return Writer(id=id_, **given | other)


def leaf(index, **other):
    given = {"writer": "w1", "seq": index + 1, "hash": b"\x00" * 32}
    return Leaf(index=index, **given | other)


def node(level, index, **other):
    given = {"hash": b"\x03" * 32}
    return Node(level=level, index=index, **given | other)


def checkpoint(size, **other):
    given = {"root": b"\x01" * 32, "at_us": 1_700_000_000_000_000, "note": b"note\n\xe2\x80\x94 x"}
    return Checkpoint(size=size, **given | other)


def add_account(store, id_="a1"):
    """Store an account that other records may belong to."""
    with store.write() as work:
        assert work.accounts.add(account(id_))


def append_event(work, **other):
    """Append the next event of this unit of work's writer; return it."""
    appended = event(*work.events.position(), **other)
    work.events.append(appended)
    return appended
