"""What `twse` means, said once more by hand: slow, and sharing nothing with what it is held to.

It reads no table. Every operation is a question about lists of what was shown.
"""

import itertools

KNOWLEDGE = {"password", "pattern"}
POSSESSION = {"totp", "hotp", "sms_otp", "grid_card", "device", "recovery_codes", "webauthn"}
RECOVERING = {"webauthn", "device", "totp", "hotp", "grid_card", "recovery_codes", "pattern"}
MINUTES = 300


def allowed(operation, shown, earlier, now, demands=()):
    """Whether a customer may go on: `earlier` is of the session, `shown` of this transaction."""
    if operation == "activation":
        demands = ()
    trusted = {"factor.add", "factor.remove", "password.change", "recovery"}
    before, here = (
        [p for p in pieces if counts(operation, p, demands, distrust=operation in trusted)]
        for pieces in (earlier, shown)
    )
    anew = [p for p in here if now - p.at <= MINUTES]
    everything = proven(before) + proven(here)
    step_up = operation in {"order", "factor.add", "factor.remove", "password.change"}
    just_now = [(p, c) for p, c in proven(here) if p in anew] if step_up else everything
    if not enough(operation, everything, just_now):
        return False
    facts = [p.evidence for p in anew] if step_up else [p.evidence for p in before + here]
    resistant = "phishing_resistant" in demands or operation == "operator"
    if resistant and not any(fact.phishing_resistant for fact in facts):
        return False
    return "device_bound" not in demands or any(fact.device_bound for fact in facts)


def enough(operation, everything, just_now):
    methods = {piece.evidence.method for piece, _ in just_now}
    if operation == "activation":
        return distinct(everything) >= 1
    if distinct(everything) < 2:
        return False
    if operation in {"order", "factor.add", "factor.remove"}:
        return any(classes & {"possession", "inherence"} for _, classes in just_now)
    if operation == "password.change":
        return "password" in methods and distinct(just_now) >= 2
    if operation == "operator":
        return "webauthn" in {piece.evidence.method for piece, _ in everything}
    return True


def distinct(proven):
    """Count the classes: the largest number of them that some of the proofs show."""
    classes = ("knowledge", "possession", "inherence")
    return max(
        size
        for size in range(4)
        for some in itertools.combinations(classes, size)
        if all(any(cls in shown for _, shown in proven) for cls in some)
    )


def counts(operation, piece, demands, *, distrust):
    """Whether it is looked at at all."""
    method = piece.evidence.method
    if operation == "activation" and method != "password":
        return False
    if operation == "recovery" and method not in RECOVERING:
        return False
    if method == "recovery_codes" and operation in {"order", "password.change", "operator"}:
        return False
    if "unrestricted" in demands and piece.evidence.restricted:
        return False
    known_password = operation == "password.change" and method == "password"
    return not (distrust and piece.fresh and not known_password)


def proven(pieces):
    """Return each piece with the classes it shows, those of one transaction together."""
    return [(piece, classes(piece, pieces)) for piece in pieces]


def classes(piece, beside):
    evidence, found = piece.evidence, set()
    own = "knowledge" if evidence.method in KNOWLEDGE else "possession"
    known = evidence.method in KNOWLEDGE | POSSESSION
    if known and own in evidence.classes:
        devices = [p for p in beside if p.evidence.method == "device"]
        agreed = any(p.at_login == piece.at_login for p in devices)
        if not evidence.synced or agreed:
            found.add(own)
        if evidence.biometric:
            found.add("inherence")
    return found
