"""The table as people look at it says what the decisions do."""

import msgspec
import pytest

from factors.contract import FactorClass
from identity.policy import matrix
from identity.policy.decide import counted, decide
from identity.policy.table import Demand
from tests.identity.policy.evidence import TABLES
from tests.identity.policy.kit import NOW, proof


def cells(table):
    """Return the matrix by method and operation."""
    head, *body = matrix.worth(table)
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in body}


@pytest.mark.parametrize("profile", sorted(TABLES))
def test_a_cell_is_filled_exactly_where_the_method_counts(profile):
    table = TABLES[profile]
    for method, row in cells(table).items():
        for operation, cell in row.items():
            shown = [proof(method)]
            (classes,) = counted(table, shown)
            ignored = decide(table, operation, shown, NOW).remarks
            left_aside = {"not_here", "restricted_ignored"} & {remark.code for remark in ignored}
            assert bool(cell) == bool(classes and not left_aside), (method, operation)
            assert cell.endswith("1") == (method in table.operations[operation].first)


def test_the_letters_are_those_of_the_classes():
    twse = cells(TABLES["twse"])
    assert twse["password"]["login"] == "K 1"
    assert twse["totp"]["order"] == "P"
    assert (twse["recovery_codes"]["login"], twse["recovery_codes"]["order"]) == ("P", "")
    assert set(matrix.LETTERS) == set(FactorClass)


def test_what_an_operation_asks_includes_the_firms_demands():
    table = msgspec.structs.replace(
        TABLES["twse"], firm=Demand(classes=3, device_bound=True, unrestricted=True, max_age=60)
    )
    rows = {row[0]: row for row in matrix.asks(table)}
    assert rows["order"][1] == "3"
    assert rows["order"][3] == "1 of P/I in 60 s"
    assert rows["order"][4] == "device bound; nothing restricted"
    assert rows["activation"][1] == "1"
    assert "password though fresh" in rows["password.change"][4]
    assert cells(table)["sms_otp"]["login"] == ""


def test_what_is_special_of_a_method_is_told_below():
    told = matrix.legend(TABLES["nist-63b-4"])
    assert "mail_otp: counts as nothing." in told
    assert (
        "webauthn: inherence too, if a biometric was attested; knowledge too, if it verified its "
        "user." in told
    )
    assert "sessions live 3600 s unused at most" in told[-1]
    assert (
        "webauthn: inherence too, if a biometric was attested; synced, only beside a device."
        in (matrix.legend(TABLES["twse"]))
    )
