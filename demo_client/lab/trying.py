"""One combination for one operation, shown to the service as a customer would.

Each factor is shown in its turn, also where its method is not offered: then the service must
refuse to look at it. When the operation is allowed the rest is not asked any more. Afterwards the
door is tried that the operation is for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from demo_client.errors import ClientError, Unreachable
from demo_client.lab.combinations import Combination, in_order, picks
from demo_client.lab.customers import Customer, Transaction, opened
from demo_client.lab.doors import is_open
from demo_client.lab.errors import LabError
from demo_client.lab.expected import STEP_UPS, Proof, Verdict, verdict, worth
from demo_client.lab.facts import Kind
from demo_client.lab.outcomes import Attempt, Run, Shown, transcript
from demo_client.lab.sessions import Opening
from demo_client.lab.tables import Table
from demo_client.lab.wire import Exchange, ignore

ACCEPTED, CONFLICT, CREATED = 200, 409, 201


@dataclass(slots=True)
class Trial:
    """What combinations are tried against: a policy, and how sessions are opened under it."""

    profile: str
    table: Table
    opening: Opening
    _worth: dict[str, int] = field(default_factory=dict)

    def run(self, customer: Customer, operation: str, combination: Combination) -> Run:
        """Try a combination in every way that shows one kind of each method."""
        ways = [self._ordered(operation, pick) for pick in picks(combination)]
        opened_by = self.opening.kinds if operation in STEP_UPS else ()
        return Run(
            profile=self.profile,
            operation=operation,
            kinds=tuple(kind.id for kind in combination),
            attempts=tuple(self._attempt(customer, operation, way) for way in ways),
            opened_by=tuple(kind.id for kind in opened_by),
        )

    def expected(self, operation: str, pick: Sequence[Kind]) -> Verdict:
        """Return what should come of it."""
        earlier = self.opening.proofs if operation in STEP_UPS else ()
        return verdict(self.table, operation, [Proof(kind) for kind in pick], earlier)

    def _ordered(self, operation: str, pick: Combination) -> Combination:
        first = () if operation in STEP_UPS else self.table.first(operation)
        worths = {kind.id: self._classes(kind) for kind in pick}
        return in_order(pick, first, worths)

    def _classes(self, kind: Kind) -> int:
        if kind.id not in self._worth:
            self._worth[kind.id] = len(worth(self.table, kind))
        return self._worth[kind.id]

    def _attempt(self, customer: Customer, operation: str, pick: Combination) -> Attempt:
        exchanges: list[Exchange] = []
        shown: list[Shown] = []
        actual, door, problem = Verdict(allowed=False), None, ""
        try:
            transaction = self._opened(customer, operation, exchanges)
            shown += (_show(customer, transaction, kind) for kind in pick)
            actual = Verdict(transaction.succeeded, transaction.missing)
            door = self._door(customer, operation, transaction)
            taken = all(each.came not in {"refused", "failed"} for each in shown)
            problem = "" if taken else "the service did not take a right answer"
        except Unreachable:
            raise
        except ClientError as error:  # whatever it is, it is no verdict that anybody expected
            problem = str(error)
        if operation in STEP_UPS and (actual.allowed or problem):
            self.opening.spent(customer)
        return Attempt(
            shown=tuple(shown),
            expected=self.expected(operation, pick),
            actual=actual,
            door=door,
            ms=sum(each.ms for each in exchanges),
            transcript=transcript(exchanges),
            problem=problem,
        )

    def _door(self, customer: Customer, operation: str, transaction: Transaction) -> bool | None:
        """Try the door; None where it may be open or closed, for the login is still recent."""
        if operation in STEP_UPS and not (self.opening.is_aged or transaction.succeeded):
            return None
        found = is_open(customer.browser, operation)
        return found if found is not None else not transaction.succeeded

    def _opened(self, customer: Customer, operation: str, exchanges: list[Exchange]) -> Transaction:
        """Open the transaction; a step-up in a session whose own proofs are not recent any more.

        What is called from the opening on goes into `exchanges`.
        """
        if operation not in STEP_UPS:
            customer.browser.forget()
            customer.browser.watch = exchanges.append
            return customer.opens(operation)
        for _ in range(2):  # once more where the session was idle for too long meanwhile
            customer.browser.watch = ignore
            self.opening.ensure(customer)
            customer.browser.watch = exchanges.append
            reply = customer.tries_to_open(operation, {})
            if reply.status == CREATED:
                return opened(reply)
            self.opening.spent(customer)
        raise LabError(f"opening {operation}: {reply.status} {reply.code}")


def _show(customer: Customer, transaction: Transaction, kind: Kind) -> Shown:
    """Show one factor, unless all is done."""
    if transaction.succeeded:
        return Shown(kind.id, "not_asked")
    pocket = customer.pockets[kind.id, ""]
    asked = None
    if pocket.asks:
        challenge = customer.asks(transaction, kind.method)
        if challenge.status == CONFLICT:
            return Shown(kind.id, "not_offered", challenge.code)
        if challenge.status != ACCEPTED:
            return Shown(kind.id, "failed", challenge.code)
        asked = challenge.body["challenge"]
    reply = customer.answers(transaction, kind.method, pocket.answer(asked))
    if reply.status == ACCEPTED:
        return Shown(kind.id, "accepted")
    if reply.status == CONFLICT:
        pocket.take_back()
        return Shown(kind.id, "not_offered", reply.code)
    return Shown(kind.id, "refused", reply.code)
