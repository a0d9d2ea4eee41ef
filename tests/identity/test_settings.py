"""Every fault in the settings is told in a sentence, all of them at once, before anything runs."""

import pytest

from identity import settings
from identity.errors import SettingsError
from identity.settings import Settings

SOUND = """
mode = "production"
origins = ["https://trade.example.com"]
[firm]
kind = "securities"
security_grade = "B"
"""


def written(tmp_path, text):
    file = tmp_path / "identity.toml"
    file.write_text(text, encoding="utf-8")
    return file


def faults(tmp_path, text, environ=None):
    """Return what is said of settings that will not do."""
    with pytest.raises(SettingsError) as refused:
        settings.load(written(tmp_path, text), environ or {})
    return str(refused.value)


def test_nothing_set_is_the_demo_on_this_machine():
    loaded = settings.load(None, {})
    assert loaded == Settings()
    assert (loaded.mode, loaded.host) == ("development", "127.0.0.1")


def test_what_protects_is_the_default():
    loaded = Settings()
    assert loaded.database.synchronous == "FULL"
    assert loaded.password.argon2.memory_kib * loaded.password.argon2.time_cost >= 36 * 1024
    assert loaded.password.wrong_entries == 3
    assert loaded.password.initial_days <= 31
    assert loaded.policy.profile == "twse"
    assert loaded.proxies.trusted == ()
    assert loaded.webauthn.on_counter_regression == "refuse"


def test_a_file_then_the_environment_over_it(tmp_path):
    file = written(tmp_path, 'port = 8001\n[firm]\nname = "Harbour"\nkind = "futures"\n')
    environ = {
        "TRIFACTOR_PORT": "8002",
        "TRIFACTOR_FIRM__NAME": "Ferry",
        "TRIFACTOR_ORIGINS": "https://a.example,https://b.example",
        "TRIFACTOR_PROXIES__TRUSTED": "10.0.0.0/8",
        "TRIFACTOR_SESSIONS__IDLE": "600.5",
        "TRIFACTOR_PASSWORD__ARGON2__TIME_COST": "3",
        "PATH": "/bin",
    }
    loaded = settings.load(file, environ)
    assert (loaded.port, loaded.firm.name, loaded.firm.kind) == (8002, "Ferry", "futures")
    assert loaded.origins == ("https://a.example", "https://b.example")
    assert loaded.proxies.trusted == ("10.0.0.0/8",)
    assert (loaded.sessions.idle, loaded.password.argon2.time_cost) == (600.5, 3)


@pytest.mark.clause("CC-18000.2.h")
def test_what_is_worth_most_needs_two_operators_by_default():
    asked = set(settings.Settings().accounts.four_eyes)
    assert asked >= {"account.approve", "account.reissue", "account.close"}
    assert asked >= {"operator.add", "operator.roles", "operator.reissue"}


@pytest.mark.parametrize(
    ("mode", "approval", "in_force"),
    [
        ("development", "", "automatic"),
        ("production", "", "operator"),
        ("production", "automatic", "automatic"),
        ("lab", "operator", "operator"),
    ],
)
def test_who_approves_applications_goes_by_the_mode_unless_it_is_said(mode, approval, in_force):
    accounts = settings.Accounts(approval=approval)
    assert settings.Settings(mode=mode, accounts=accounts).approval == in_force


def test_four_eyes_are_for_actions_that_there_are():
    with pytest.raises(SettingsError, match="four_eyes"):
        settings.load(None, {"TRIFACTOR_ACCOUNTS__FOUR_EYES": "account.approve,account.aprove"})
    chosen = settings.load(None, {"TRIFACTOR_ACCOUNTS__FOUR_EYES": "account.close,operator.add"})
    assert chosen.accounts.four_eyes == ("account.close", "operator.add")


def test_the_environment_names_the_file(tmp_path):
    file = written(tmp_path, "port = 8003")
    assert settings.load(None, {"TRIFACTOR_CONFIG": str(file)}).port == 8003


def test_the_relying_party_is_the_host_of_the_first_origin(tmp_path):
    file = written(tmp_path, 'origins = ["https://trade.example.com:8443", "https://b.example"]')
    assert settings.load(file, {}).rp_id == "trade.example.com"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("port = ", "identity.toml"),
        ("\x00", "identity.toml"),
        ("prot = 1", "prot"),
        ("[firm]\nnmae = 'x'", "nmae"),
        ("port = 'many'", "port"),
        ("mode = 'prod'", "mode"),
        ("[database]\nsynchronous = 'OFF'", "synchronous"),
        ("[password]\nquality = 'none'", "quality"),
        ("[totp]\nsteps_back = 5", "steps_back"),
        ("[outbox]\nkind = 'pigeon'", "kind"),
        ("origins = []", "origins: name at least one web origin"),
        ("origins = ['trade.example.com']", "'trade.example.com' is no origin"),
        ("origins = ['https://trade.example.com/']", "is no origin"),
        ("origins = ['ftp://trade.example.com']", "is no origin"),
        ("origins = ['https://']", "is no origin"),
        ("origins = ['https://[']", "is no origin"),
        ("origins = ['https://amy:pw@trade.example.com']", "is no origin"),
        ("[proxies]\ntrusted = ['10.0.0.1/8']", "proxies.trusted: '10.0.0.1/8' is no network"),
        ("[proxies]\ntrusted = ['everyone']", "proxies.trusted: 'everyone' is no network"),
        ("[lab]\nclock_file = 'c'", "lab: its settings are for mode = 'lab' only"),
        ("[lab]\nlimits_file = 'c'", "lab: its settings are for mode = 'lab' only"),
        ("mode = 'lab'\nhost = '0.0.0.0'", "lab mode listens on loopback only"),
        ("mode = 'lab'\nhost = 'trade.example.com'", "lab mode listens on loopback only"),
        ("[password.argon2]\ntime_cost = 0", "password.argon2.time_cost: must be 1 to 100"),
        ("[password.argon2]\nmemory_kib = -1", "password.argon2.memory_kib: must be 8 to"),
        ("[pools]\nlight = 0", "pools.light"),
        ("[sessions]\nidle = 0", "sessions.idle"),
        ("[password]\nwrong_entries = 0", "password.wrong_entries"),
        ("[password]\ninitial_days = 60", "password.initial_days"),
    ],
)
def test_a_fault_has_its_sentence(tmp_path, text, said):
    assert said in faults(tmp_path, text)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "securities"', "", "firm.kind: say what you are"),
        ('security_grade = "B"', "", "firm.security_grade: say your grade"),
        ("https://", "http://", "must be https in production"),
        ("[firm]", "[outbox]\nkind = 'console'\n[firm]", "outbox.kind: 'console'"),
        ("[firm]", "[outbox]\nkind = 'folder'\n[firm]", "outbox.kind: 'folder'"),
        ("[firm]", "[password.argon2]\nmemory_kib = 8192\n[firm]", "below OWASP's floor"),
        (
            "[firm]",
            "[database]\nurl = 'postgresql+psycopg://u:pw@db/identity'\n[firm]",
            "database.url: holds a password in plain text",
        ),
        (
            "[firm]",
            "[database]\nurl = 'postgresql+psycopg://u@db/identity?password=pw'\n[firm]",
            "database.url: holds a password in plain text",
        ),
        ("[firm]", "[lab]\nclock_file = 'c'\n[firm]", "lab: its settings are for mode = 'lab'"),
    ],
)
@pytest.mark.clause("CC-17020.b.g")
def test_production_refuses_what_only_a_demo_may_have(tmp_path, old, new, said):
    assert old in SOUND
    assert said in faults(tmp_path, SOUND.replace(old, new))


def test_all_faults_are_told_at_once(tmp_path):
    told = faults(tmp_path, "mode = 'production'\norigins = ['nowhere']\n")
    for said in ("no origin", "must be https", "firm.kind", "firm.security_grade", "outbox.kind"):
        assert said in told


@pytest.mark.clause("CC-17020.b.g")
def test_a_password_in_the_address_of_the_store_is_not_repeated(tmp_path):
    url = "[database]\nurl = 'postgresql+psycopg://u:swordfish@db/identity'\n[firm]"
    assert "swordfish" not in faults(tmp_path, SOUND.replace("[firm]", url))


def test_a_file_that_is_not_there_or_no_text_is_said_to_be_so(tmp_path):
    with pytest.raises(SettingsError, match="No such file"):
        settings.load(tmp_path / "none.toml", {})
    file = tmp_path / "binary.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"binary\.toml"):
        settings.load(file, {})


@pytest.mark.parametrize(
    "environ",
    [
        {"TRIFACTOR_PROT": "1"},
        {"TRIFACTOR_MODE": "prod"},
        {"TRIFACTOR_PORT": "many"},
        {"TRIFACTOR_FIRM": "Harbour"},
        {"TRIFACTOR_FIRM__NAME__FIRST": "x"},
        {"TRIFACTOR_PORT": "1", "TRIFACTOR_PORT__X": "1"},
        {"TRIFACTOR_": "x"},
    ],
    ids=str,
)
def test_a_fault_in_the_environment_has_its_sentence_too(environ):
    with pytest.raises(SettingsError):
        settings.load(None, environ)


def test_lab_mode_on_loopback_may_have_its_seams(tmp_path):
    text = "mode = 'lab'\nhost = '::1'\n[lab]\nclock_file = 'c'\nlimits_file = 'l'\n"
    assert settings.load(written(tmp_path, text), {}).lab.clock_file == "c"


def test_what_the_demo_starts_with_is_under_its_root(tmp_path):
    chosen = settings.embedded(tmp_path, "https://demo.example:8443")
    assert (chosen.port, chosen.rp_id) == (8443, "demo.example")
    for place in (chosen.database.url, chosen.keys.file, chosen.outbox.folder):
        assert str(tmp_path) in place


def test_what_the_demo_changes_is_checked_as_well(tmp_path):
    with pytest.raises(SettingsError, match="loopback"):
        settings.embedded(tmp_path, mode="lab", host="0.0.0.0")


SMTP = '[outbox]\nkind = "smtp"\n[outbox.smtp]\nhost = "m.example"\nsender = "i@m.example"\n'
REDIS = '[counters]\nkind = "redis"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[counters]\nurl = "redis://localhost"\n', "for kind = 'redis' only"),
        (REDIS, "counters.url: write redis://host"),
        (REDIS + 'url = "http://localhost"\n', "counters.url: write redis://host"),
        (REDIS + 'url = "redis://localhost?password=hush"\n', "no user or password"),
        (REDIS + 'url = "redis://:hush@localhost"\n', "no user or password"),
        (REDIS + 'url = "redis://localhost"\nuser = "trifactor"\n', "needs a password_file"),
        (REDIS + 'url = "redis://localhost"\nca_file = "ca.pem"\n', "is for rediss:// only"),
        (REDIS + 'url = "redis://localhost"\nprefix = ""\n', "counters.prefix"),
        (REDIS + 'url = "redis://localhost"\ntimeout = 60\n', "counters.timeout"),
        ('workers = 2\n[counters]\nkind = "process"\n', "'process' counts for one"),
    ],
)
def test_counters_that_will_not_do_are_told_without_a_secret(tmp_path, text, told):
    found = faults(tmp_path, text)
    assert told in found
    assert "hush" not in found


@pytest.mark.parametrize(
    "url", ["redis://localhost:6379/0", "rediss://counters.example", "unix:///run/redis.sock"]
)
def test_counters_may_be_in_redis(tmp_path, url):
    loaded = settings.load(written(tmp_path, f'{REDIS}url = "{url}"\n'), {})
    assert loaded.counters.url == url


def test_in_production_a_redis_password_goes_over_tls_or_stays_on_this_machine(tmp_path):
    given = SOUND + SMTP + REDIS + 'password_file = "redis"\nurl = "{}"\n'
    found = faults(tmp_path, given.format("redis://counters.example"))
    assert "write rediss://" in found
    for url in ("redis://127.0.0.1:6379/0", "rediss://counters.example"):
        assert settings.load(written(tmp_path, given.format(url)), {}).counters.url == url


def test_in_production_counting_in_one_process_is_for_sqlite(tmp_path):
    given = SOUND + SMTP + '[counters]\nkind = "process"\n'
    assert settings.load(written(tmp_path, given), {}).counters.kind == "process"
    postgres = given + '[database]\nurl = "postgresql+psycopg:///trifactor"\n'
    assert "'process' counts for one" in faults(tmp_path, postgres)
