"""A program that is asked for proof of work, with nothing but the standard library."""

import pytest

from tests.identity.kit import LOGINS, World, lab_limits

WRONG = {"method": "pattern", "response": {"pattern": [0, 1, 2, 5, 8, 7]}}


@pytest.mark.clause("CC-17010.j.g")
def test_it_opens_and_answers_where_both_are_asked_for_work(tmp_path, example):
    hot = lab_limits(tmp_path, {"opening": {"free": 0}, "account": {"free": 0}})
    with World(tmp_path, **hot) as world:
        asked = []
        client = world.client()
        client.event_hooks = {"response": [lambda answer: asked.append(answer.status_code)]}
        call = example("proof_of_work").call
        opened = call(client.post, LOGINS, {"purpose": "login", "account": "nobody"})
        path = f"{LOGINS}/{opened.json()['id']}/answers"
        assert call(client.post, path, WRONG, opened.json()["work"]).status_code == 401
        assert call(client.post, path, WRONG).status_code == 401
    assert asked == [428, 201, 401, 428, 401]
