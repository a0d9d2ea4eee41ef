"""What the mail relay's settings must say, and what they must not."""

import pytest

from identity.assembly import _carriers
from identity.errors import SettingsError
from identity.outbox.smtp import SmtpCarrier
from identity.settings import load

PRODUCTION = """
mode = "production"
origins = ["https://trade.example.com"]
[firm]
kind = "securities"
security_grade = "B"
[outbox]
kind = "smtp"
[outbox.smtp]
host = "relay.example.com"
sender = "no-reply@example.com"
"""


def loaded(tmp_path, text):
    file = tmp_path / "identity.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, {})


def test_production_takes_a_relay_and_letters_go_there(tmp_path):
    settings = loaded(tmp_path, PRODUCTION)
    assert isinstance(dict(_carriers(settings))["mail"], SmtpCarrier)
    assert settings.outbox.smtp.security == "starttls"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('host = "relay.example.com"', "", "outbox.smtp.host"),
        ('"no-reply@example.com"', '"no-reply"', "outbox.smtp.sender"),
        ("[outbox.smtp]", "[outbox.smtp]\nsecurity = 'none'", "write 'starttls' or 'tls'"),
        ("[outbox.smtp]", "[outbox.smtp]\nuser = 'us'", "belong together"),
        ("[outbox.smtp]", "[outbox.smtp]\npassword_file = 'file'", "belong together"),
        ("[outbox.smtp]", "[outbox.smtp]\npassword = 'pa55'", "unknown field `password`"),
    ],
)
def test_what_will_not_do_is_told_in_a_sentence(tmp_path, old, new, said):
    with pytest.raises(SettingsError) as caught:
        loaded(tmp_path, PRODUCTION.replace(old, new))
    assert said in str(caught.value)
    assert "pa55" not in str(caught.value)


def test_a_password_goes_nowhere_without_tls_in_no_mode(tmp_path):
    text = PRODUCTION.replace('mode = "production"', "")
    more = "[outbox.smtp]\nsecurity = 'none'\nuser = 'us'\npassword_file = 'file'"
    with pytest.raises(SettingsError, match="not sent without TLS"):
        loaded(tmp_path, text.replace("[outbox.smtp]", more))
