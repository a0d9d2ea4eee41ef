"""An operator's day, by HTTP: applications, accounts, personal data, each with a trail."""

import pytest

from identity import settings
from identity.errors import StoreUnavailable
from identity.storage.sql.events import Events
from tests.identity.kit import DAY, World, initial_in, problem

ACTIONS = ("approvals", "rejections", "suspensions", "resumptions", "closures", "reissues")


@pytest.fixture
def clerk(world):
    return world.operator("cleo", "clerk").signs_in()


@pytest.fixture
def boss(world):
    """A supervisor, signed in."""
    return world.operator("sven", "supervisor").signs_in()


@pytest.fixture
def second(world):
    """Another supervisor, signed in."""
    return world.operator("sara", "supervisor").signs_in()


@pytest.fixture
def applicant(world):
    """Somebody whose application waits for an operator."""
    amy = world.customer("amy")
    assert amy.applies(review=True).status_code == 202
    return amy


@pytest.mark.clause("CC-18000.2.g")
def test_an_application_is_proposed_by_one_and_approved_by_another(clerk, boss, applicant):
    world = clerk.world
    rows = clerk.client.get("/v1/accounts", params={"state": "applied"}).json()["accounts"]
    assert [(row["id"], row["name"], row["state"]) for row in rows] == [
        (applicant.id, "amy", "applied")
    ]
    assert clerk.reads(applicant, "checking the application").json()["email"] == applicant.mail
    proposal = clerk.proposes(applicant, "approvals", why="complete")
    assert world.letters(applicant.mail, "initial") == []
    (waiting,) = boss.client.get("/v1/proposals?state=open").json()["proposals"]
    assert (waiting["id"], waiting["action"], waiting["account"], waiting["proposed_by"]) == (
        proposal,
        "account.approve",
        applicant.id,
        clerk.id,
    )
    done = boss.decides(proposal, why="checked").json()
    assert (done["proposal"]["state"], done["account"]["state"]) == ("approved", "registered")
    applicant.initial = initial_in(world.letters(applicant.mail, "initial")[-1])
    applicant.begins_activation().binds_password()
    applicant.binds_totp()
    assert applicant.ends_activation().status_code == 200
    applicant.signs_in()
    told = {type(event).__name__: event for event in world.events(applicant.id)}
    assert (told["ProposalMade"].by, told["ProposalMade"].reason) == (clerk.id, "complete")
    assert (told["ProposalDecided"].by, told["ProposalDecided"].remark) == (boss.id, "checked")
    assert (told["AccountApproved"].by, told["AccountApproved"].proposal_id) == (boss.id, proposal)


@pytest.mark.clause("ECD.3.4")
def test_who_waits_for_approval_is_sent_nothing_and_opens_nothing(applicant):
    (letter,) = applicant.world.letters(applicant.mail)
    assert "is being reviewed" in letter["body"]
    assert "Amy" not in letter["body"]  # nobody has confirmed the address
    for purpose in ("activation", "login"):
        problem(applicant.opens(purpose).password("whatever"), 401, "refused")
    applicant.world.clock.forward(40 * DAY)
    applicant.applies(email="thief@mail.example")
    assert applicant.world.letters("thief@mail.example") == []


def test_the_answer_to_an_application_is_the_same_whoever_decides(world, applicant):
    review = world.customer("ben").applies(review=True)
    at_once = world.customer("eve").applies()
    taken = applicant.applies(review=True)
    assert review.content == at_once.content == taken.content == b'{"state":"received"}'


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "registered"),
        ({"approval": "automatic"}, "registered"),
        ({"approval": "operator"}, "applied"),
    ],
)
def test_the_settings_say_whether_everybody_waits(tmp_path, changes, state):
    with World(tmp_path, accounts=settings.Accounts(**changes)) as world:
        amy = world.customer("amy")
        assert amy.applies().status_code == 202
        with world.store.read() as work:
            assert work.accounts.by_name("amy").state == state


def test_an_application_turned_down_is_told_and_the_name_is_free(clerk, boss, applicant):
    problem(clerk.acts(applicant, "rejections"), 403, "forbidden")
    first = applicant.id
    assert boss.acts(applicant, "rejections").json()["account"]["state"] == "closed"
    assert applicant.world.letters(applicant.mail, "not approved")
    assert applicant.world.customer("amy").registers().id != first


@pytest.mark.clause("CC-18000.2.g")
@pytest.mark.clause("CC-17010.k")
def test_an_account_is_suspended_and_resumed_and_its_owner_told(boss, amy):
    amy.signs_in()
    done = boss.acts(amy, "suspensions", why="a report").json()
    assert (done["state"], done["account"]["state"]) == ("done", "suspended")
    problem(amy.session(), 401, "not_signed_in")
    problem(amy.opens().password(amy.own), 401, "refused")
    problem(boss.acts(amy, "suspensions"), 409, "conflict")
    assert boss.acts(amy, "resumptions").status_code == 200
    amy.signs_in()
    assert amy.world.letters(amy.mail, "is suspended")
    assert amy.world.letters(amy.mail, "can be used again")
    (suspended,) = amy.world.events(amy.id, "account:lifecycle:suspended")
    assert (suspended.by, suspended.reason, suspended.proposal_id) == (boss.id, "a report", "")


@pytest.mark.clause("CC-18000.2.g")
def test_an_account_is_closed_for_good_by_two(boss, second, amy):
    amy.signs_in()
    proposal = boss.proposes(amy, "closures")
    assert amy.session().status_code == 200
    assert second.decides(proposal).json()["account"]["state"] == "closed"
    problem(amy.session(), 401, "not_signed_in")
    for purpose in ("login", "activation"):
        problem(amy.opens(purpose).password(amy.own), 401, "refused")
    assert amy.world.letters(amy.mail, "closed for good")
    with amy.world.store.read() as work:
        assert work.credentials.of(amy.id) == []
        assert work.devices.of(amy.id) == []
    for deed in ACTIONS:
        problem(boss.acts(amy, deed), 409, "conflict")
    amy.applies(email="thief@mail.example")
    assert amy.world.letters("thief@mail.example") == []  # the name stays taken


@pytest.mark.clause("ECD.3.4")
def test_who_lost_everything_begins_anew_after_two_operators_agree(boss, second, amy):
    amy.signs_in()
    old, spent = amy.own, amy.secret
    proposal = boss.proposes(amy, "reissues", why="identified at the counter")
    assert second.decides(proposal).json()["account"]["state"] == "registered"
    problem(amy.session(), 401, "not_signed_in")
    problem(amy.opens().password(old), 401, "refused")
    with amy.world.store.read() as work:
        assert [row.kind for row in work.credentials.of(amy.id)] == ["password"]
        assert work.devices.of(amy.id) == []
    assert amy.world.letters(amy.mail, "issued anew")
    amy.initial = initial_in(amy.world.letters(amy.mail, "initial electronic")[-1])
    amy.begins_activation().binds_password("another9harbour-boat")
    amy.binds_totp()
    assert amy.ends_activation().status_code == 200
    assert amy.secret != spent
    amy.signs_in()


def test_a_login_that_was_open_when_the_account_was_reissued_is_over(boss, second, amy):
    transaction = amy.opens()
    assert transaction.password(amy.own).status_code == 200
    second.decides(boss.proposes(amy, "reissues"))
    assert transaction.totp(amy.code()).json().get("state") != "succeeded"
    problem(amy.session(), 401, "not_signed_in")


def test_a_lost_letter_is_sent_again_by_reissue(boss, second):
    amy = boss.world.customer("amy").registers()
    old = amy.initial
    second.decides(boss.proposes(amy, "reissues"))
    problem(amy.opens("activation").password(old), 401, "refused")
    amy.initial = initial_in(amy.world.letters(amy.mail, "initial electronic")[-1])
    amy.begins_activation()


@pytest.mark.clause("CC-18000.5.k")
def test_reading_personal_data_leaves_a_trail(boss, amy):
    told = boss.reads(amy, "complaint 42").json()
    assert (told["display_name"], told["email"], told["phone"]) == ("Amy Lin", amy.mail, "")
    assert told["account"]["id"] == amy.id
    (trail,) = amy.world.events(amy.id, "personal_data:account:read")
    assert (trail.operator, trail.function, trail.results, trail.purpose) == (
        boss.id,
        "accounts.reading",
        1,
        "complaint 42",
    )
    assert trail.session_id == boss.session().json()["id"]
    assert trail.prefix == "198.51.100.7/32"
    assert "Lin" not in str(trail)
    boss.reads(amy, "once more")
    assert len(amy.world.events(amy.id, "personal_data:account:read")) == 2


@pytest.mark.clause("CC-18000.5.k")
@pytest.mark.clause("CC-18000.4.d")
def test_without_its_trail_no_personal_data_is_shown(boss, amy, monkeypatch):
    def lost(self, event):
        raise StoreUnavailable("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(Events, "append", lost)
        answer = boss.reads(amy)
    problem(answer, 503, "audit_unavailable")
    assert amy.mail not in answer.text
    assert boss.reads(amy).status_code == 200


@pytest.mark.parametrize("purpose", ["", "ab", "x" * 257, "a\nb", None, 7])
def test_a_reading_says_what_for(boss, amy, purpose):
    assert problem(boss.reads(amy, purpose), 400, "malformed")["field"] == "purpose"
    assert amy.world.events(amy.id, "personal_data") == []


@pytest.mark.clause("CC-18000.2.h")
def test_a_clerk_reads_applications_and_nobody_elses_data(clerk, applicant, ben):
    assert clerk.reads(applicant).status_code == 200
    problem(clerk.reads(ben), 403, "forbidden")
    assert ben.world.events(ben.id, "personal_data") == []


@pytest.mark.clause("CC-18000.2.h")
@pytest.mark.parametrize("role", ["auditor", "admin"])
def test_who_reads_logs_or_manages_operators_reads_nobodys_data(world, amy, role):
    other = world.operator("otto", role).signs_in()
    problem(other.reads(amy), 403, "forbidden")
    for deed in ACTIONS:
        problem(other.acts(amy, deed), 403, "forbidden")
    assert world.events(amy.id, "personal_data") == []


def test_what_is_nobodys_is_unknown(boss, clerk):
    path = "/v1/accounts/nobody"
    problem(boss.client.post(f"{path}/readings", json={"purpose": "a slip"}), 404, "unknown")
    problem(boss.client.post(f"{path}/suspensions", json={"reason": "a slip"}), 404, "unknown")
    problem(boss.reads(clerk), 404, "unknown")
    problem(boss.decides("nobody"), 404, "unknown")


def test_accounts_are_listed_in_pages_with_nothing_personal(boss, amy, ben):
    get = boss.client.get
    assert [row["name"] for row in get("/v1/accounts").json()["accounts"]] == ["amy", "ben"]
    after = get("/v1/accounts", params={"after": "amy"})
    assert [row["name"] for row in after.json()["accounts"]] == ["ben"]
    assert get("/v1/accounts", params={"state": "closed"}).json() == {"accounts": []}
    assert problem(get("/v1/accounts?state=open"), 400, "malformed")["field"] == "state"
    for answer in (after, get("/v1/accounts")):
        assert "Lin" not in answer.text
        assert "mail.example" not in answer.text


def test_proposals_are_listed_by_how_they_stand(boss, second, amy):
    closing = boss.proposes(amy, "closures")
    second.decides(closing, "reject")
    again = boss.proposes(amy, "closures")

    def found(query=""):
        rows = boss.client.get(f"/v1/proposals{query}").json()["proposals"]
        return [(row["id"], row["state"]) for row in rows]

    assert sorted(found()) == sorted([(closing, "rejected"), (again, "open")])
    assert found("?state=open") == [(again, "open")]
    amy.world.clock.forward(7 * DAY)
    boss.signs_in()
    assert found("?state=open") == []
    assert (again, "expired") in found()
    problem(boss.client.get("/v1/proposals?state=lost"), 400, "malformed")


@pytest.mark.parametrize("reason", ["", "ab", "x" * 257, "a\nb"])
def test_a_deed_says_why(boss, amy, reason):
    answer = boss.acts(amy, "suspensions", why=reason)
    assert problem(answer, 400, "malformed")["field"] == "reason"
