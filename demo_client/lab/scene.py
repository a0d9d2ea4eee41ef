"""Where a wrong way is tried: two customers, and how each factor comes to be asked under a policy.

A factor is reached by a login that has come to where its method is offered: at once where it may
be first, else behind another factor. Where no login asks it, a step-up for an order may.
"""

from __future__ import annotations

from collections.abc import Sequence

from demo_client.lab.combinations import Combination, every, in_order, picks
from demo_client.lab.crew import Crew
from demo_client.lab.customers import TWIN, Customer, Transaction
from demo_client.lab.errors import LabError
from demo_client.lab.expected import STEP_UPS, Proof, verdict, worth
from demo_client.lab.facts import Kind
from demo_client.lab.sessions import Opening
from demo_client.lab.tables import Table
from demo_client.lab.wire import Exchange

Route = tuple[str, Kind | None]
"""A purpose, and what is shown before the factor is asked."""


class NeverAsked(LabError):
    """No login and no step-up asks for this factor under this policy."""


class Scene:
    """Two customers of one crew, who are relieved when something of theirs is used up."""

    def __init__(self, table: Table, opening: Opening, crew: Crew, kinds: Sequence[Kind]) -> None:
        self.table = table
        self.opening = opening
        self.crew = crew
        self.kinds = tuple(kinds)
        self.exchanges: list[Exchange] = []
        self._routes: dict[str, Route | None] = {}
        self._victim: Customer | None = None
        self._novice: Customer | None = None

    @property
    def amy(self) -> Customer:
        """The customer whose factors are misused."""
        return self._watched(self.crew.for_role("amy"))

    @property
    def bob(self) -> Customer:
        """Somebody else."""
        return self._watched(self.crew.for_role("bob"))

    @property
    def victim(self) -> Customer:
        """Somebody who loses one factor after the other."""
        self._victim = self._victim or self.crew.customer()
        return self._watched(self._victim)

    @property
    def novice(self) -> Customer:
        """Somebody who adds one factor after the other."""
        self._novice = self._novice or self.crew.customer()
        return self._watched(self._novice)

    def reaches(self, kind: Kind) -> bool:
        """Whether a factor is asked for at all; the answer is remembered."""
        if kind.method not in self._routes:
            self._routes[kind.method] = self._found(kind)
        return self._routes[kind.method] is not None

    def is_first(self, kind: Kind) -> bool:
        """Whether a login may begin with a factor."""
        return self.reaches(kind) and self._routes[kind.method] == ("login", None)

    def arrive(self, customer: Customer, kind: Kind, *, again: bool = False) -> Transaction:
        """Bring a customer to where a factor is asked; `NeverAsked` where it never is.

        `again`: beside a transaction that is still wanted, so in the same session.
        """
        route = self._routes[kind.method] if self.reaches(kind) else None
        if route is None:
            raise NeverAsked(kind.id)
        return self._go(customer, *route, again=again)

    def proofs_of(self, operation: str) -> Sequence[Proof]:
        """Return the proofs that `proves` gives for an operation."""
        return [Proof(kind, "" if kind.single else TWIN) for kind in self._enough(operation)]

    def proves(self, customer: Customer, operation: str) -> Transaction:
        """Satisfy an operation by what its policy needs at least, by twins where there are some."""
        self.opening.spent(customer)
        if operation in STEP_UPS:
            self.opening.ensure(customer)
            self.opening.spent(customer)  # it is about to be raised
        else:
            customer.browser.forget()
        return customer.proves(operation, self._enough(operation))

    def _watched(self, customer: Customer) -> Customer:
        customer.browser.watch = self.exchanges.append
        return customer

    def _found(self, kind: Kind) -> Route | None:
        firsts = [k for k in self.kinds if k.method in self.table.first("login")]
        befores = [None, *(k for k in firsts if k.method != kind.method and not k.travels)]
        routes: list[Route] = [("login", before) for before in befores]
        for route in [*routes, ("order", None)]:
            transaction = self._go(self.amy, *route)
            if not transaction.succeeded and kind.method in transaction.offered:
                return route
        return None

    def _go(
        self, customer: Customer, purpose: str, before: Kind | None, *, again: bool = False
    ) -> Transaction:
        if purpose not in STEP_UPS:
            customer.browser.forget()
        elif not again:
            self.opening.spent(customer)
            self.opening.ensure(customer)
        transaction = customer.opens(purpose)
        if before is not None:
            customer.shows(transaction, before, customer.twin_of(before))
        return transaction

    def _enough(self, operation: str) -> Combination:
        """Return the fewest factors that satisfy an operation, none that must be waited for."""
        earlier = self.opening.proofs if operation in STEP_UPS else ()
        steady = [k for k in self.kinds if not (k.travels or k.spends)]
        for each in every(steady):
            proofs = [Proof(kind) for kind in each]
            if each in picks(each) and verdict(self.table, operation, proofs, earlier).allowed:
                worths = {kind.id: len(worth(self.table, kind)) for kind in each}
                first = () if operation in STEP_UPS else self.table.first(operation)
                return in_order(each, first, worths)
        raise LabError(f"no three of these factors satisfy {operation}")
