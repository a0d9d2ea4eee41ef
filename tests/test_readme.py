"""What the README says is run here as it stands there."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

HOUSE = Path(__file__).parent.parent
README = (HOUSE / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def example(tmp_path, monkeypatch):
    """The five-minute embed, executed in an empty folder."""
    monkeypatch.chdir(tmp_path)
    (source,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names = {}
    exec(compile(source, "README.md", "exec"), names)
    return names["app"]


def test_the_embed_example_serves_and_guards(example):
    with TestClient(example, base_url="https://trade.example.com") as client:
        assert client.get("/identity/readyz").json()["status"] == "ready"
        refused = client.post("/orders/", headers={"order-sha256": "0" * 64})
        assert refused.status_code == 401
        assert refused.json()["code"] == "not_signed_in"


def test_the_embed_example_without_its_lifespan_says_so(example):
    client = TestClient(example, base_url="https://trade.example.com")
    answers = [client.post("/orders/"), client.get("/identity/v1/session")]
    assert [answer.json()["code"] for answer in answers] == ["not_started"] * 2
    assert {answer.status_code for answer in answers} == {503}


def test_every_place_the_readme_links_to_exists():
    links = re.findall(r"\]\(((?!https?:)[^)]+)\)", README)
    assert links
    assert [link for link in links if not (HOUSE / link).exists()] == []


def test_every_command_the_readme_names_exists():
    targets = set(re.findall(r"`make (\w+)`|^make (\w+)", README, re.MULTILINE))
    named = {target for pair in targets for target in pair if target}
    makefile = (HOUSE / "Makefile").read_text(encoding="utf-8")
    assert named
    assert [
        target for target in named if not re.search(rf"^{target}:", makefile, re.MULTILINE)
    ] == []
