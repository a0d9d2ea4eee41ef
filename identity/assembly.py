"""Puts the rooms together over a store that somebody else has opened.

Reading this file from top to bottom shows who depends on whom; nothing else does the wiring.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
import structlog

from factors import registry
from factors.contract import Entropy, Factor
from factors.device import DeviceSettings
from factors.grid_card import GridCardSettings
from factors.hotp import HotpSettings
from factors.password import Password, PasswordSettings
from factors.password_hashing import Argon2Parameters
from factors.password_quality import Quality
from factors.pattern import PatternSettings
from factors.recovery_codes import RecoveryCodesSettings
from factors.registry import FactorSettings
from factors.totp import TotpSettings
from factors.webauthn import CounterPolicy, WebAuthn, WebAuthnSettings
from factors.webauthn_metadata import Metadata
from factors.webauthn_metadata import read as read_metadata
from identity import clock as clocks
from identity.accounts.authenticators import Authenticators
from identity.accounts.demands import Demands
from identity.accounts.desk import Desk
from identity.accounts.enrolments import Enrolments
from identity.accounts.four_eyes import FourEyes
from identity.accounts.initial import InitialPasswords
from identity.accounts.lifecycle import Lifecycle
from identity.accounts.operators import Operators
from identity.accounts.personal_data import PersonalData
from identity.accounts.registration import Registration
from identity.audit import events
from identity.audit.record import Journal
from identity.audit.sequencer import Sequencer
from identity.clients.authentication import ClientAuthentication
from identity.clock import Clock
from identity.errors import SettingsError, StoreUnavailable
from identity.gate.gate import Gate
from identity.gate.ground import Ground
from identity.gate.vault import Vault
from identity.housekeeping import Housekeeper
from identity.keys.live import RingWatch
from identity.keys.mac import Pseudonym
from identity.keys.ring import KeyRing
from identity.keys.seal import Sealer
from identity.login.opening import Opener
from identity.login.service import LoginService
from identity.outbox.console import ConsoleCarrier
from identity.outbox.courier import MAIL, SMS, Courier, Couriers, Outbox
from identity.outbox.folder import FolderCarrier
from identity.outbox.port import Carrier, NoCarrier
from identity.outbox.sms_http import SmsGateway
from identity.outbox.smtp import SmtpCarrier
from identity.outbox.texts import load as load_texts
from identity.policy import table as policies
from identity.policy.bounds import bounded
from identity.sessions.device_cookies import DeviceCookies
from identity.sessions.marks import Marks
from identity.sessions.service import SessionService
from identity.settings import METADATA, Settings
from identity.settings import WebAuthn as WebAuthnSection
from identity.storage.counters import Counters
from identity.storage.ports import Store
from identity.throttling import limits, systems
from identity.throttling.blocked import Blocked, BlockedWriter
from identity.throttling.limits import Limit
from identity.throttling.lookout import Lookout
from identity.throttling.systems import Systems
from identity.throttling.toll import Tolls
from identity.throttling.watch import CountersWatch
from identity.throttling.work import Works
from identity.tokens.access import Signer
from identity.tokens.service import TokenService
from identity.web.lanes import Tickets
from identity.web.memory import Memory
from identity.web.metrics import Metrics
from identity.web.pools import Pools
from identity.web.services import Services
from identity.web.transport import Transport
from identity.web.turnstile import Turnstile

VERSION = version("trifactor")

F = TypeVar("F")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What is fixed before anything runs: faults in it are told at start, not at a login."""

    settings: Settings
    clock: Clock
    entropy: Entropy
    factors: Mapping[str, Factor[Any]]
    table: policies.Table
    limits: Mapping[str, Limit]
    systems: Systems | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A service that runs: what answers, and what must be stopped in order."""

    services: Services
    store: Store
    journal: Journal
    sequencer: Sequencer
    courier: Couriers
    housekeeper: Housekeeper
    blocked: BlockedWriter
    watch: RingWatch
    counting: CountersWatch
    design: Design

    def start(self) -> None:
        """Say in the log that the service starts, and with what; then start the threads.

        Where that fails, what was begun has been stopped again.
        """
        design, now = self.design, self.design.clock()
        said = hashlib.sha256(msgspec.json.encode(design.settings, order="sorted")).hexdigest()
        with self.store.write() as work:
            started = events.ServiceStarted(**_identification(design.settings))
            self.journal.write(work, started, now)
            self.journal.write(work, events.SettingsLoaded(sha256=said), now)
        _tell_metadata(design.factors, now)
        self.sequencer.run_once()  # so that the service is ready when it says that it started
        with ExitStack() as begun:
            begun.callback(self.stop)
            for thread in (
                self.sequencer,
                self.courier,
                self.housekeeper,
                self.blocked,
                self.counting,
                self.watch,
            ):
                thread.start()
            begun.pop_all()

    def stop(self) -> None:
        """Finish what was begun, then the threads, then the log; the store is its owner's.

        A step that fails takes nothing from those after it; what it raised is raised in the end.
        """
        with ExitStack() as ending:  # last in, first out: read it from below
            ending.callback(self.sequencer.stop)
            ending.callback(self._say_stopped)
            ending.callback(self.watch.stop)
            ending.callback(self.counting.stop)
            ending.callback(self.blocked.stop)
            ending.callback(self.housekeeper.stop)
            ending.callback(self.courier.stop)
            ending.callback(self.services.pools.close)

    def _say_stopped(self) -> None:
        with self.store.write() as work:
            stopped = events.ServiceStopped(**_identification(self.design.settings))
            self.journal.write(work, stopped, self.design.clock())


def design(settings: Settings, *, clock: Clock | None, entropy: Entropy) -> Design:
    """Read policy, limits and factor settings; `SettingsError` where one will not do."""
    lab = settings.lab
    clock = clock or (clocks.from_file(Path(lab.clock_file)) if lab.clock_file else clocks.system)
    factors = registry.build(factor_settings(settings, clock()))
    firsts = frozenset(name for name, factor in factors.items() if factor.may_be_first)
    table = policies.load(settings.policy.profile, frozenset(factors), firsts)
    return Design(
        settings=msgspec.structs.replace(settings, sessions=bounded(table, settings.sessions)),
        clock=clock,
        entropy=entropy,
        factors=factors,
        table=table,
        limits=limits.from_file(Path(lab.limits_file)) if lab.limits_file else limits.TABLE,
        systems=systems.read(Path(named)) if (named := settings.network.asn_file) else None,
    )


def assemble(design: Design, store: Store, counters: Counters, ring: KeyRing) -> Running:
    """Wire everything over `store`, `counters` and `ring`."""
    settings, clock, entropy = design.settings, design.clock, design.entropy
    sealer = Sealer(ring, entropy)
    metrics = Metrics()
    metrics.sure(lambda: counters.sure(clock()))
    pools = Pools(
        hash_threads=settings.hash_threads,
        light_threads=settings.pools.light,
        hash_queue=settings.pools.hash_queue,
        light_queue=settings.pools.light_queue,
        metrics=metrics,
    )
    ground = grounded(design, store, counters, ring, pools.pressure)
    metrics.tallied("blocked", "Attempts not looked at", "reason", ground.tolls.sums.tally.told)
    metrics.tallied("alarms", "Alarms raised", "signal", ground.lookout.tally.told)
    journal = ground.journal
    gate = Gate(ground, wrong_entries=settings.password.wrong_entries)
    sessions, devices = SessionService(ground, settings.sessions), DeviceCookies(ring)
    marks = Marks(ring, entropy)
    authenticators = Authenticators(ground, gate=gate, sessions=sessions)
    desk = desk_over(design, ground)
    sequencer = Sequencer(store, ring, journal, clock)
    services = Services(
        logins=LoginService(
            ground,
            gate=gate,
            sessions=sessions,
            opener=Opener(ground, sessions, devices, marks),
            devices=devices,
            marks=marks,
            pseudonym=Pseudonym(ring, "decoy"),
            lifetime=settings.logins.lifetime,
        ),
        sessions=sessions,
        device_cookies=devices,
        registration=Registration(
            ground,
            initial=desk.initial,
            authenticators=authenticators,
            sessions=sessions,
            reviewed=settings.approval == "operator",
        ),
        authenticators=authenticators,
        enrolments=Enrolments(
            ground, gate=gate, authenticators=authenticators, lifetime=settings.logins.enrolment
        ),
        demands=Demands(ground, authenticators),
        firm=settings.firm.name,
        desk=desk.desk,
        operators=desk.operators,
        personal_data=PersonalData(ground, desk.desk),
        tokens=TokenService(
            ground,
            sessions=sessions,
            signer=Signer(ring, settings.issuer),
            audiences=settings.tokens.audiences,
            client_id=settings.tokens.client_id,
        ),
        clients=ClientAuthentication(ground, _names(settings)),
        memory=Memory(settings.sessions.remembered),
        factors=design.factors,
        transport=Transport(origins=settings.origins, trusted=settings.proxies.trusted),
        pools=pools,
        turnstile=Turnstile(lambda: pools.serves_known() or sequencer.at_work),
        tickets=Tickets(
            marks=marks, devices=devices, outstanding=ground.tolls.outstanding, clock=clock
        ),
        metrics=metrics,
        lifetime=settings.logins.lifetime,
        ready=_readiness(store, sequencer, design),
    )
    return Running(
        services=services,
        store=store,
        journal=journal,
        sequencer=sequencer,
        courier=Couriers(
            [
                Courier(store, sealer, carrier, clock, journal, channel)
                for channel, carrier in _carriers(settings)
            ]
        ),
        housekeeper=Housekeeper(store, clock),
        blocked=BlockedWriter(ground.tolls.sums, store, journal, clock),
        watch=RingWatch(ring, clock),
        counting=CountersWatch(counters, store, journal, clock),
        design=design,
    )


def grounded(
    design: Design,
    store: Store,
    counters: Counters,
    ring: KeyRing,
    pressure: Callable[[], float] = lambda: 0.0,
) -> Ground:
    """Return what every service stands on. `pressure` tells how long the hash queue is, 0 to 1."""
    settings = design.settings
    journal = Journal(ring, lab=settings.mode == "lab")
    sealer = Sealer(ring, design.entropy)
    tolls = Tolls(
        design.limits,
        counters=counters,
        works=Works(ring),
        blocked=Blocked(),
        pressure=pressure,
    )
    return Ground(
        store=store,
        vault=Vault(sealer, design.factors),
        journal=journal,
        outbox=Outbox(sealer, load_texts(settings.firm.name, settings.rp_id), journal),
        factors=design.factors,
        policy=design.table,
        tolls=tolls,
        lookout=Lookout(counters, journal=journal, entropy=design.entropy, systems=design.systems),
        clock=design.clock,
        entropy=design.entropy,
    )


class DeskParts(NamedTuple):
    """The operators' services, for the application and for the command line."""

    desk: Desk
    operators: Operators
    lifecycle: Lifecycle
    initial: InitialPasswords


def desk_over(design: Design, ground: Ground) -> DeskParts:
    """Wire the operators' services."""
    settings = design.settings
    password = _factor(design.factors, Password)
    initial = InitialPasswords(ground, password, settings.password.initial_days)
    sessions = SessionService(ground, settings.sessions)
    lifecycle = Lifecycle(ground, sessions=sessions, initial=initial)
    eyes = FourEyes(ground, settings.accounts.four_eyes)
    desk = Desk(ground, lifecycle=lifecycle, eyes=eyes)
    operators = Operators(ground, desk=desk, eyes=eyes, initial=initial)
    return DeskParts(desk, operators, lifecycle, initial)


def factor_settings(settings: Settings, now: float) -> FactorSettings:
    """Translate the settings file's words into the factors' own; read what it names."""
    password = settings.password
    argon2 = Argon2Parameters(
        memory_kib=password.argon2.memory_kib,
        time_cost=password.argon2.time_cost,
        parallelism=password.argon2.parallelism,
    )
    try:
        return FactorSettings(
            password=PasswordSettings(
                min_length=password.minimum,
                max_length=password.maximum,
                quality=Quality(password.quality),
                argon2=argon2,
            ),
            pattern=PatternSettings(
                rows=settings.pattern.rows,
                columns=settings.pattern.columns,
                minimum=settings.pattern.minimum,
                argon2=argon2,
            ),
            grid_card=GridCardSettings(
                columns=settings.grid_card.columns,
                rows=settings.grid_card.rows,
                asked=settings.grid_card.asked,
                max_uses=settings.grid_card.max_uses,
            ),
            totp=TotpSettings(issuer=settings.firm.name, steps_back=settings.totp.steps_back),
            hotp=HotpSettings(issuer=settings.firm.name),
            recovery_codes=RecoveryCodesSettings(argon2=argon2),
            device=DeviceSettings(origins=(*settings.origins, *settings.device.origins)),
            webauthn=_webauthn(settings, now),
        )
    except (OSError, ValueError) as error:
        raise SettingsError(f"settings of a factor: {error}") from error


def _webauthn(settings: Settings, now: float) -> WebAuthnSettings:
    webauthn = settings.webauthn
    return WebAuthnSettings(
        rp_id=settings.rp_id,
        rp_name=settings.firm.name,
        origins=settings.origins,
        roots={
            kind: [Path(file).read_bytes() for file in files]
            for kind, files in webauthn.roots.items()
        },
        device_bound_aaguids=frozenset(webauthn.device_bound) - {METADATA},
        biometric_aaguids=frozenset(webauthn.biometric),
        allowed_aaguids=frozenset(webauthn.allowed),
        metadata=_metadata(webauthn, now) if webauthn.metadata_file else None,
        device_bound_by_metadata=METADATA in webauthn.device_bound,
        trust_stale_metadata=webauthn.metadata_stale == "warn",
        counter=CounterPolicy(webauthn.on_counter_regression),
    )


def _metadata(webauthn: WebAuthnSection, now: float) -> Metadata:
    blob = Path(webauthn.metadata_file).read_bytes()
    roots = Path(webauthn.metadata_root_file).read_bytes()
    try:
        return read_metadata(blob, roots, webauthn.metadata_signer, now)
    except ValueError as error:
        raise ValueError(f"{webauthn.metadata_file}: {error}") from error


def _factor(factors: Mapping[str, Factor[Any]], kind: type[F]) -> F:
    """Return the factor of a kind, which the registry has by its name."""
    (found,) = (factor for factor in factors.values() if isinstance(factor, kind))
    return found


def _names(settings: Settings) -> frozenset[str]:
    """Return the names an API client may make an assertion out to: issuer, or what it calls."""
    base = settings.issuer.rstrip("/")
    return frozenset({settings.issuer, f"{base}/v1/introspect"})


def _carriers(settings: Settings) -> list[tuple[str, Carrier]]:
    """Return what carries by which channel, once for each thread that does."""
    outbox = settings.outbox
    every: Carrier = (
        ConsoleCarrier(sys.stdout)
        if outbox.kind == "console"
        else FolderCarrier(Path(outbox.folder))
    )
    smtp = outbox.kind == "smtp"
    mail = SmtpCarrier(outbox.smtp, settings.firm.name) if smtp else every
    if outbox.sms.url:
        return [(MAIL, mail), *[(SMS, SmsGateway(outbox.sms))] * outbox.sms.parallel]
    return [(MAIL, mail), (SMS, NoCarrier() if smtp else every)]


def _identification(settings: Settings) -> dict[str, Any]:
    return {"mode": settings.mode, "version": VERSION, "lab": settings.mode == "lab"}


def _readiness(
    store: Store, sequencer: Sequencer, design: Design
) -> Callable[[], Mapping[str, object]]:
    """Return what `/readyz` asks: store, schema, the log's thread. Clause: CC-18000.4.d"""

    def ready() -> Mapping[str, object]:
        store.check()
        if not sequencer.healthy(design.clock()):
            raise StoreUnavailable("the audit log's sequencer has not run lately")
        policy = {"policy": design.table.name}
        return {**_identification(design.settings), **policy, **_metadata_age(design)}

    return ready


def _metadata_age(design: Design) -> dict[str, object]:
    settings = _factor(design.factors, WebAuthn).settings
    if settings.metadata is None:
        return {}
    return {"webauthn_metadata": "stale" if settings.stale(design.clock()) else "fresh"}


def _tell_metadata(factors: Mapping[str, Factor[Any]], now: float) -> None:
    """Say in the service's log which metadata of WebAuthn models is in force."""
    settings = _factor(factors, WebAuthn).settings
    if settings.metadata is None:
        return
    told = {"number": settings.metadata.number, "models": len(settings.metadata.models)}
    _log.info("webauthn_metadata", **told)
    if settings.stale(now):
        _log.error("webauthn_metadata_stale", **told)
