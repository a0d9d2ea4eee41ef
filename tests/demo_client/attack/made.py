"""A result that was not measured, for what only shows results."""

from demo_client.attack import charts, promises, registry
from demo_client.attack.auc import Area
from demo_client.attack.enumeration import KINDS
from demo_client.attack.outcomes import KNOWN, NEW, Cost, Felt, Found, Remembered, Result

NASTY = "</table><script>alert(1)</script>&\"'"

FACTS = (
    *("one_address", "network", "paid", "works", "names", "for_nothing", "learned", "pairs"),
    *("right", "addresses", "guessed", "free", "minutes", "days", "tried", "closed", "at_once"),
    *("limit", "stores", "guesses", "valid", "chance", "patient", "reopened", "samples"),
    *("connections", "lasted", "rate", "networks", "cores"),
)


def attack(name, *, broken=False):
    """Return what came of one attack."""
    times = [(n / 7, (201, 401, 409, 428, 429)[n % 5]) for n in range(80)]
    ms = {KNOWN: [40.0, 50.0, 60.0, 70.0], NEW: [400.0, 900.0, 1500.0, 2500.0]}
    unloaded = {device: Felt(tried=4, ms=[one / 2 for one in took]) for device, took in ms.items()}
    felt = {device: Felt(tried=4, worked=2, ms=took) for device, took in ms.items()}
    found = Found(
        name=name,
        seconds=12.0,
        requests=80,
        answered={"201": 16, "401": 16, "409": 16, "428": 16, "429": 16},
        reached=16,
        opened=int(broken),
        unloaded=unloaded,
        felt=felt,
        costs=[Cost(where="opening", count=100, ms=0.5), Cost(where="answer", count=9, ms=1.0)],
        memory=Remembered(before=150, peak=180, after=170, samples=((0, 150), (1, 180), (2, 170))),
        facts=dict.fromkeys(FACTS, "7"),
        left_out=[NASTY],
    )
    found.promises = [
        promises.nobody_in(found.opened),
        *promises.customers(felt),
        *promises.bounded(found.memory),
        *promises.quick(felt, unloaded),
        *promises.cheap(found.costs, 25.0),
    ]
    found.charts = charts.usual(found, times, 1.0)
    return found


def result(*names, broken=False):
    """Return a run of these attacks, or all, with every kind of chart."""
    names = names or tuple(registry.ATTACKS)
    found = [attack(name, broken=broken and name == "flood") for name in names]
    for each in found:
        each.charts += EXTRA.get(each.name, list)()
    return Result(
        began="2026-11-22T18:00:00+00:00",
        seconds=300.0,
        scale=1.0,
        argon2_ms=25.0,
        cores=2,
        found=found,
    )


def race():
    return [charts.bars("race", {"sqlite": 10.0, "redis": 10.0}, "axis.reached", mark=10.0)]


def slow():
    return [charts.tries([1.0, 2.0, 3.0], 1.0, "axis.days", 50)]


def enumeration():
    area = Area(0.48, 0.5, 0.52)
    samples = {(kind, "answer"): [1.0, 2.0, 3.0, 4.0] for kind in KINDS}
    areas = {"auc.answer.known.unknown": area, "auc.opening.known.unknown": area}
    return [charts.spread(samples, KINDS), charts.intervals(areas)]


EXTRA = {"race": race, "slow": slow, "enumeration": enumeration}
