"""Everything a handler may call, put together by the composition root."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from factors.contract import Factor
from identity.accounts.authenticators import Authenticators
from identity.accounts.demands import Demands
from identity.accounts.desk import Desk
from identity.accounts.enrolments import Enrolments
from identity.accounts.operators import Operators
from identity.accounts.personal_data import PersonalData
from identity.accounts.registration import Registration
from identity.clients.authentication import ClientAuthentication
from identity.login.service import LoginService
from identity.sessions.device_cookies import DeviceCookies
from identity.sessions.service import SessionService
from identity.tokens.service import TokenService
from identity.web.lanes import Tickets
from identity.web.memory import Memory
from identity.web.metrics import Metrics
from identity.web.pools import Pools
from identity.web.transport import Transport
from identity.web.turnstile import Turnstile


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The services in force. `ready` returns what `/readyz` tells, or raises."""

    logins: LoginService
    sessions: SessionService
    device_cookies: DeviceCookies
    registration: Registration
    authenticators: Authenticators
    enrolments: Enrolments
    demands: Demands
    firm: str
    desk: Desk
    operators: Operators
    personal_data: PersonalData
    tokens: TokenService
    clients: ClientAuthentication
    memory: Memory
    factors: Mapping[str, Factor[Any]]
    transport: Transport
    pools: Pools
    turnstile: Turnstile
    tickets: Tickets
    metrics: Metrics
    lifetime: float
    ready: Callable[[], Mapping[str, object]]
