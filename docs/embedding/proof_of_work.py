"""A program that is asked for proof of work: it does it and calls again, once.

Nothing but the standard library: any language that has PBKDF2 can do it.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

HEADER = "Trifactor-Work"
WORK_NEEDED = 428


def solve(work: Mapping[str, Any]) -> str:
    """Return the header's value for `work`, after 4,096 tries on average."""
    asked = work["parameters"]
    nonce, salt = bytes.fromhex(asked["nonce"]), bytes.fromhex(asked["salt"])
    for counter in count():
        password = nonce + counter.to_bytes(4, "big")
        key = hashlib.pbkdf2_hmac("sha256", password, salt, asked["cost"], asked["keyLength"]).hex()
        if key.startswith(asked["keyPrefix"]):
            break
    solution = {"counter": counter, "derivedKey": key}
    sent = json.dumps({"challenge": work, "solution": solution})
    return base64.b64encode(sent.encode()).decode()


def call(send: Callable[..., Any], path: str, body: Mapping[str, Any], work: Any = None) -> Any:
    """POST `body`; where work is asked, do it and POST again.

    `send` is what your HTTP library has for it, `httpx.Client(...).post` for example. `work` is
    what opening a login told of the first answer, so that it need not be asked for.
    """
    answer = send(path, json=body, headers={HEADER: solve(work)} if work else {})
    if answer.status_code != WORK_NEEDED:
        return answer
    return send(path, json=body, headers={HEADER: solve(answer.json()["work"])})
