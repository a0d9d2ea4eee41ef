"""What may be set of tokens, and what each wrong value is told."""

import pytest

from identity import settings
from identity.errors import SettingsError


def load(**tokens):
    return settings.checked(settings.decoded({"tokens": tokens}))


def test_the_issuer_is_the_first_origin_unless_it_is_named():
    assert load().issuer == "http://localhost:8000"
    assert load(issuer="https://a.example/identity").issuer == "https://a.example/identity"


def test_audiences_may_come_from_the_environment():
    env = {"TRIFACTOR_TOKENS__AUDIENCES": "https://a.example,https://b.example"}
    assert settings.load(environ=env).tokens.audiences == ("https://a.example", "https://b.example")


@pytest.mark.parametrize("audience", ["", "a b", "a\n"])
def test_an_audience_is_a_name(audience):
    with pytest.raises(SettingsError, match=r"tokens\.audiences"):
        load(audiences=(audience,))


@pytest.mark.parametrize(
    "issuer",
    [
        "a.example",
        "ftp://a.example",
        "https://a.example?x=1",
        "https://a.example#x",
        "//",
        "https://[",
    ],
)
def test_an_issuer_is_a_url(issuer):
    with pytest.raises(SettingsError, match=r"tokens\.issuer"):
        load(issuer=issuer)


def test_in_production_the_issuer_is_https():
    given = {"mode": "production", "tokens": {"issuer": "http://a.example"}}
    with pytest.raises(SettingsError, match=r"tokens\.issuer: .* must be https"):
        settings.checked(settings.decoded(given))
