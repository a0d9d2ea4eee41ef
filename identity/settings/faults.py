"""What is told about settings that will not do: one sentence for each fault, which says the fix."""

from __future__ import annotations

from ipaddress import ip_network
from operator import attrgetter
from urllib.parse import parse_qs, urlsplit

from identity.settings.sections import METADATA, Counters, Settings, Sms, Smtp, WebAuthn


def is_production(settings: Settings) -> bool:
    """Whether customers' money is behind it."""
    return settings.mode == "production"


def everywhere(settings: Settings) -> list[str]:
    """Return what will not do anywhere."""
    faults = [
        f"origins: {origin!r} is no origin; write scheme and host, like https://trade.example.com"
        for origin in settings.origins
        if not _is_origin(origin)
    ]
    if not settings.origins:
        faults.append("origins: name at least one web origin your pages are served from")
    faults += [
        f"proxies.trusted: {network!r} is no network; write one like 10.0.0.0/8"
        for network in settings.proxies.trusted
        if not _is_network(network)
    ]
    if settings.outbox.kind == "smtp":
        faults += _smtp(settings.outbox.smtp)
    if settings.outbox.sms != Sms() and not _is_bare_url(settings.outbox.sms.url):
        faults.append("outbox.sms.url: write scheme, host and path; what follows goes into query")
    lab = settings.lab
    if settings.mode != "lab" and (lab.clock_file or lab.limits_file):
        faults.append("lab: its settings are for mode = 'lab' only")
    if settings.mode == "lab" and settings.host not in {"127.0.0.1", "::1", "localhost"}:
        faults.append(f"host: lab mode listens on loopback only, not on {settings.host}")
    if settings.workers > 1 and settings.database.url.startswith("sqlite"):
        faults.append("workers: SQLite serves one process; write 1, or PostgreSQL's database.url")
    faults += _metadata(settings.webauthn)
    faults += _counters(settings.counters)
    if settings.workers > 1 and settings.counters.kind == "process":
        faults.append("counters.kind: 'process' counts for one; write 'store' or 'redis'")
    return [*faults, *_tokens(settings), *_out_of_bounds(settings)]


def _tokens(settings: Settings) -> list[str]:
    """Return what is wrong with names in tokens: whoever reads one compares them as they stand."""
    faults = [
        f"tokens.audiences: {audience!r} is no name for an API; write its URL"
        for audience in settings.tokens.audiences
        if not audience or not audience.isprintable() or " " in audience
    ]
    issuer = settings.tokens.issuer
    if issuer and not _is_issuer(issuer):
        faults.append(f"tokens.issuer: {issuer!r} is no URL without a query (RFC 8414 section 2)")
    elif issuer and is_production(settings) and not issuer.startswith("https://"):
        faults.append(f"tokens.issuer: {issuer} must be https in production")
    return faults


def _metadata(webauthn: WebAuthn) -> list[str]:
    faults = []
    if bool(webauthn.metadata_file) != bool(webauthn.metadata_root_file):
        faults.append("webauthn: metadata_file and metadata_root_file belong together")
    if METADATA in webauthn.device_bound and not webauthn.metadata_file:
        faults.append("webauthn.device_bound: 'metadata' needs webauthn.metadata_file")
    if webauthn.allowed and not (webauthn.roots or webauthn.metadata_file):
        faults.append("webauthn.allowed: no model can be proven without roots or metadata_file")
    return faults


def _counters(counters: Counters) -> list[str]:
    if counters.kind != "redis":
        named = counters != Counters(kind=counters.kind)
        return ["counters: what is beside its kind is for kind = 'redis' only"] if named else []
    faults = []
    if not _is_redis(counters.url):
        faults.append(
            "counters.url: write redis://host:6379/0, rediss:// or unix://; no user or password"
        )
    if counters.user and not counters.password_file:
        faults.append("counters: a user needs a password_file")
    if counters.ca_file and not counters.url.startswith("rediss:"):
        faults.append("counters.ca_file: is for rediss:// only")
    if not counters.prefix or not counters.prefix.isprintable():
        faults.append("counters.prefix: write what no other program's keys there begin with")
    return faults


_BOUNDS: tuple[tuple[str, float, float], ...] = (
    ("port", 0, 65535),
    ("workers", 1, 64),
    ("database.pool_size", 1, 1000),
    ("password.minimum", 8, 64),
    ("password.maximum", 64, 1024),
    ("password.wrong_entries", 1, 1000),
    ("password.initial_days", 1, 31),  # ECD.3.4: one month
    ("password.argon2.memory_kib", 8, 4 * 1024 * 1024),
    ("password.argon2.time_cost", 1, 100),
    ("password.argon2.parallelism", 1, 64),
    ("sessions.idle", 1, 24 * 3600),
    ("sessions.absolute", 1, 30 * 24 * 3600),
    ("sessions.operator_idle", 1, 24 * 3600),
    ("sessions.operator_absolute", 1, 24 * 3600),
    ("sessions.activation", 60, 24 * 3600),
    ("sessions.recovery", 60, 3600),
    ("sessions.remembered", 0, 2),
    ("logins.lifetime", 1, 3600),
    ("logins.enrolment", 1, 3600),
    ("outbox.sms.timeout", 0.1, 20),
    ("outbox.sms.parallel", 1, 32),
    ("pools.hash", 0, 256),
    ("pools.light", 1, 256),
    ("counters.timeout", 0.01, 5),
    ("pools.hash_queue", 8, 4096),
    ("pools.light_queue", 8, 65536),
)


def _out_of_bounds(settings: Settings) -> list[str]:
    return [
        f"{name}: must be {least:.0f} to {most:.0f}"
        for name, least, most in _BOUNDS
        if not least <= attrgetter(name)(settings) <= most
    ]


def _smtp(smtp: Smtp) -> list[str]:
    faults = []
    if not smtp.host:
        faults.append("outbox.smtp.host: name the relay that takes your mail")
    if smtp.sender.count("@") != 1:
        faults.append("outbox.smtp.sender: write the address that letters come from")
    if bool(smtp.user) != bool(smtp.password_file):
        faults.append("outbox.smtp: user and password_file belong together")
    if smtp.user and smtp.security == "none":
        faults.append("outbox.smtp.security: a password is not sent without TLS")
    return faults


def _is_bare_url(text: str) -> bool:
    """Whether it is scheme, host and path, and nothing that belongs elsewhere."""
    try:
        parts = urlsplit(text)
        named = bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return False
    return named and parts.scheme in {"http", "https"} and not set("?# ") & set(text)


def _is_redis(text: str) -> bool:
    """Whether it names a Redis and tells no secret."""
    try:
        parts = urlsplit(text)
        named = bool(parts.path if parts.scheme == "unix" else parts.hostname)
        bare = "@" not in parts.netloc and parts.port != 0
    except ValueError:
        return False
    return (
        named and bare and parts.scheme in {"redis", "rediss", "unix"} and not set("?# ") & {*text}
    )


def production(settings: Settings) -> list[str]:
    """Return what will not do in production."""
    faults = [
        f"origins: {origin} must be https in production"
        for origin in settings.origins
        if not origin.startswith("https://")
    ]
    if not settings.firm.kind:
        faults.append("firm.kind: say what you are: 'securities', 'futures' or 'other'")
    if not settings.firm.security_grade:
        faults.append("firm.security_grade: say your grade, A to D; it decides which clauses apply")
    if settings.outbox.kind in {"folder", "console"}:
        faults.append(f"outbox.kind: {settings.outbox.kind!r} shows customers' mail to operators")
    if settings.outbox.kind == "smtp" and settings.outbox.smtp.security == "none":
        faults.append("outbox.smtp.security: letters hold passwords; write 'starttls' or 'tls'")
    if settings.outbox.sms.url.startswith("http:"):
        faults.append("outbox.sms.url: messages hold codes; it must be https in production")
    argon2 = settings.password.argon2
    if argon2.memory_kib * argon2.time_cost < 12 * 1024 * 3:
        faults.append("password.argon2: below OWASP's floor (19456 KiB x 2, or 12288 KiB x 3)")
    if settings.counters.kind == "process" and not settings.database.url.startswith("sqlite"):
        faults.append("counters.kind: 'process' counts for one; write 'store' or 'redis'")
    if settings.counters.password_file and _is_open(settings.counters.url):
        faults.append("counters.url: a password is not sent without TLS; write rediss://")
    if _tells_password(settings.database.url):
        faults.append(
            "database.url: holds a password in plain text; use a socket, a passfile or a service"
        )
    return faults


def _is_open(url: str) -> bool:
    """Whether what goes there can be read on the way."""
    parts = urlsplit(url)
    return parts.scheme == "redis" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}


def _tells_password(url: str) -> bool:
    parts = urlsplit(url)
    return bool(parts.password) or "password" in parse_qs(parts.query)


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
        named = bool(parts.hostname) and parts.username is None
    except ValueError:
        return False
    return (
        named and parts.scheme in {"http", "https"} and text == f"{parts.scheme}://{parts.netloc}"
    )


def _is_issuer(text: str) -> bool:
    origin, path = text.partition("://")[2].partition("/")[::2]
    return _is_origin(f"{text.partition('://')[0]}://{origin}") and not set("?#") & set(path)


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True
