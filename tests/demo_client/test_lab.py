"""The lab runs: against a service of its own, and against one that somebody else started."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from typer.testing import CliRunner

from demo_client import world
from demo_client.__main__ import app
from demo_client.lab import planning, tables
from demo_client.lab.laboratory import Watcher, work
from demo_client.lab.planning import Plan, Wanted
from demo_client.lab.serving import OwnService
from demo_client.lab.tables import Table
from demo_client.lab.texts import TEXTS

FEW = ("--factors", "password,totp,passkey_synced", "--no-wrong-ways")


def lab(out, *words):
    """Run the command; return its exit status, what it said, and what it found."""
    done = CliRunner().invoke(app, ["lab", "--out", str(out), *words])
    assert not done.exception or isinstance(done.exception, SystemExit), done.exception
    file = out / "lab.json"
    found = json.loads(file.read_bytes()) if file.exists() else None
    return done.exit_code, " ".join(done.output.split()), found


def came(found, operation):
    return {
        " + ".join(run["kinds"]): run["actual"]
        for run in found["runs"]
        if run["operation"] == operation
    }


@pytest.mark.clause("CC-17010.d")
def test_every_combination_is_tried_and_comes_as_the_policy_says(tmp_path):
    status, said, found = lab(
        tmp_path, "--profile", "twse", "--operation", "login", "--operation", "order", *FEW
    )
    assert (status, "no difference" in said) == (0, True), said
    assert came(found, "login") == {
        "password": "refused",
        "totp": "refused",
        "passkey_synced": "refused",
        "password + totp": "allowed",
        "password + passkey_synced": "refused",
        "totp + passkey_synced": "refused",
        "password + totp + passkey_synced": "allowed",
    }
    assert came(found, "order")["totp"] == "allowed"
    assert came(found, "order")["password"] == "refused"
    by_method = {run["kinds"][0]: run["tries"][0]["shown"][0] for run in found["runs"][:3]}
    assert by_method["totp"] == {
        "kind": "totp",
        "came": "not_offered",
        "code": "conflict: not_offered",
    }
    assert all(run["tries"][0]["door"] == (run["actual"] == "allowed") for run in found["runs"])
    assert (tmp_path / "lab.html").stat().st_size > 10_000
    assert (tmp_path / "junit.xml").read_bytes().startswith(b"<?xml")


def test_a_doctored_expectation_is_a_difference_and_ends_with_1(tmp_path, monkeypatch):
    read = tables.load

    def doctored(profile):
        table = read(profile)
        synced = {**table.methods["webauthn"], "synced": "counts"}
        table.methods = {**table.methods, "webauthn": synced}
        return table

    monkeypatch.setattr(tables, "load", doctored)
    status, said, found = lab(tmp_path, "--profile", "twse", "--operation", "login", *FEW)
    assert status == 1
    assert "1 differences" in said
    (odd,) = [run for run in found["runs"] if run["differs"]]
    assert odd["kinds"] == ["password", "passkey_synced"]
    assert (odd["expected"], odd["actual"]) == ("allowed", "refused")
    assert odd["tries"][0]["transcript"][-1]["status"] == 401


def test_a_testers_policy_goes_in_with_its_file(tmp_path):
    mine = tmp_path / "mine.toml"
    mine.write_text(
        'extends = "twse"\nname = "mine"\n\n[firm]\nphishing_resistant = true\n', encoding="utf-8"
    )
    words = ("--factors", "password,totp,device", "--operation", "login", "--no-wrong-ways")
    status, said, found = lab(tmp_path / "out", "--policy", str(mine), *words)
    assert status == 0, said
    assert {run["profile"] for run in found["runs"]} == {"mine"}
    assert came(found, "login")["password + totp"] == "refused"
    assert came(found, "login")["password + device"] == "allowed"


def test_a_policy_with_a_fault_ends_with_2_and_the_services_own_words(tmp_path):
    mine = tmp_path / "mine.toml"
    mine.write_text(
        'extends = "twse"\nname = "mine"\n[operations.login]\nclases = 2\n', encoding="utf-8"
    )
    status, said, found = lab(tmp_path / "out", "--policy", str(mine), *FEW)
    assert (status, found) == (2, None)
    assert "mine.toml:4" in said
    assert "clases" in said


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--factors", "password,totpp"), "no soft factor is called 'totpp'"),
        (("--profile", "twsee"), "no shipped profile and no file"),
        (("--policy", "nowhere.toml"), "no shipped profile and no file"),
        (("--profile", "twse", "--operation", "login.x", "--no-wrong-ways"), "nothing is left"),
        (("--url", "http://localhost:1"), "could not run"),
    ],
)
def test_what_makes_no_sense_ends_with_2(tmp_path, words, why):
    status, said, found = lab(tmp_path, *words)
    assert (status, found) == (2, None)
    assert why in said


# A deployment of the tester's own


@contextmanager
def saying(ready):
    """Serve nothing but a `/readyz` that says this."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps(ready).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


@pytest.mark.parametrize(
    "ready",
    [
        {"status": "ready", "lab": False, "policy": "twse"},
        {"status": "ready", "lab": "true", "policy": "twse"},
        {"status": "ready", "policy": "twse"},
        ["ready"],
    ],
)
def test_a_deployment_that_is_no_lab_is_left_alone(tmp_path, ready):
    with saying(ready) as origin:
        status, said, found = lab(tmp_path, "--url", origin)
    assert (status, found) == (2, None)
    assert "does not say that it is in lab mode" in said


def test_another_policy_than_the_one_in_force_is_refused(tmp_path):
    mine = tmp_path / "mine.toml"
    mine.write_text('extends = "twse"\nname = "mine"\n', encoding="utf-8")
    with saying({"lab": True, "policy": "twse"}) as origin:
        status, said, _ = lab(tmp_path, "--url", origin, "--policy", str(mine))
    assert status == 2
    assert "twse is in force" in said


def test_a_testers_own_deployment_is_tried_and_what_cannot_be_is_told(tmp_path):
    theirs = tmp_path / "theirs"
    words = ("--operation", "login", "--operation", "order", "--operation", "operator")
    kinds = ("--factors", "password,hotp,totp,passkey_attested", "--size", "2", "--no-wrong-ways")
    with OwnService(theirs, "twse", world.real()) as service:
        there = ("--url", service.origin, "--inbox", str(theirs / "inbox"))
        status, said, found = lab(tmp_path / "a", *there, *words, *kinds)
        clock = ("--clock", str(theirs / "clock"))
        status_by_clock, _, found_by_clock = lab(tmp_path / "b", *there, *clock, *words, *kinds)
    assert (status, status_by_clock) == (0, 0), said
    expected = {"password": "refused", "hotp": "refused", "password + hotp": "allowed"}
    assert came(found, "login") == expected
    assert came(found, "order") == expected | {"hotp": "allowed"}
    assert came(found_by_clock, "login")["password + totp"] == "allowed"
    left_out = {each["what"]: each["why"] for each in found["skipped"]}
    assert left_out == {
        "totp": TEXTS["why.totp_clock"]["en"],
        "passkey_attested": TEXTS["why.no_maker"]["en"],
        "operator": TEXTS["why.operators"]["en"],
    }


def test_nobody_gets_an_account_where_letters_cannot_be_read(tmp_path):
    with OwnService(tmp_path / "theirs", "twse", world.real()) as theirs:
        status, said, found = lab(tmp_path / "out", "--url", theirs.origin, *FEW)
    assert (status, found) == (2, None)
    assert "--inbox" in said


# The wrong ways


def test_wrong_ways_are_tried_with_the_factors_that_were_named(tmp_path):
    chosen = tuple(way for way in planning.WAYS if way.name in ASKED)
    wanted = Wanted(
        kinds=tuple(planning.KINDS[name] for name in ("hotp", "device", "passkey")),
        operations=("login",),
        size=1,
    )
    plan = Plan(wanted, world.real(), tmp_path)
    plan.add_own("twse")
    (ways,) = [bench for bench in plan.benches if bench.ways]
    seen = []
    watcher = Watcher(ran=lambda profile, run: seen.append((profile, run)))
    bench = type(ways)(
        profile=ways.profile, table=ways.table, service=ways.service, kinds=ways.kinds, ways=chosen
    )
    result = work([bench], 1, world.real(), watcher)
    assert [run for run in result.wrong if run.differs] == []
    assert {(run.way, run.kind) for run in result.wrong} == {
        ("replayed_other", "hotp"),
        ("replayed_other", "device"),
        ("replayed_other", "passkey"),
        ("cloned", "passkey"),
        ("other_purpose", "device"),
        ("copied_cookie", "session"),
        ("expired", "hotp"),
        ("expired", "device"),
        ("expired", "passkey"),
    }
    assert len(seen) == len(result.wrong)


ASKED = {"replayed_other", "cloned", "other_purpose", "copied_cookie", "expired"}


def test_operations_without_a_route_are_left_out_by_name(tmp_path):
    file = tmp_path / "later.toml"
    file.write_text(
        'extends = "twse"\nname = "later"\n'
        '[operations."certificate.apply"]\nclasses = 2\nfirst = ["password"]\nclauses = []\n'
        '[methods.face]\nclass = "inherence"\n',
        encoding="utf-8",
    )
    plan = Plan(Wanted(), world.real(), tmp_path)
    plan.add_own(str(file))
    told = {each.what: each.why for each in plan.skipped}
    assert told["certificate.apply"] == "why.no_route"
    assert told["face"] == "why.no_soft_factor"
    assert all("certificate.apply" not in bench.operations for bench in plan.benches)


def test_a_table_is_asked_in_the_policys_own_words():
    table = Table({"operations": {"login": {"classes": 2, "clauses": ["X.1"]}}})
    assert (table.first("login"), table.clauses("login")) == ((), ("X.1",))
