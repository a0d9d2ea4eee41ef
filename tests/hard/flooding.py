"""Strangers who hammer a service on loopback: `python -m tests.hard.flooding PORT CONNECTIONS`.

Each connection opens logins for names that nobody has and guesses their passwords, every request
from another address, without a pause and without work. It ends with its standard input, and then
prints how many answers of each status it got, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tests.hard.servers import HOUSE, SECONDS_TO_END, environment

OPENING = 4
"""Guesses for each opening."""


class Stranger:
    """One connection, and the logins that were opened over it."""

    def __init__(self, port: int, seed: int, seen: Counter[str]) -> None:
        self._port = port
        self._random = random.Random(seed)
        self._seen = seen
        self._opened: list[tuple[str, str]] = []

    async def hammers(self) -> None:
        """Go on until cancelled."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            while True:
                await self._opens(reader, writer)
                for _ in range(OPENING):
                    await self._guesses(reader, writer)
        finally:
            writer.close()

    async def _opens(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name = f"nobody{self._random.randrange(10**9)}"
        body = {"purpose": "login", "account": name}
        status, told = await self._calls(reader, writer, "/v1/logins", body, "")
        self._seen[f"open {status}"] += 1
        if status == 201:
            self._opened = [*self._opened[-50:], (told["id"], told["secret"])]

    async def _guesses(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._opened:
            return
        name, secret = self._random.choice(self._opened)
        body = {"method": "password", "response": {"password": "guessed-wrong-1"}}
        status, _ = await self._calls(reader, writer, f"/v1/logins/{name}/answers", body, secret)
        self._seen[f"guess {status}"] += 1

    async def _calls(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        path: str,
        body: object,
        secret: str,
    ) -> tuple[int, dict[str, str]]:
        content = json.dumps(body).encode()
        address = ".".join(str(self._random.randrange(1, 255)) for _ in range(4))
        lines = [
            f"POST {path} HTTP/1.1",
            "host: localhost",
            "content-type: application/json",
            f"content-length: {len(content)}",
            f"x-forwarded-for: {address}",
            f"trifactor-transaction: {secret}",
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode() + content)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0] or 0)
        told = json.loads(await reader.readexactly(length))
        return int(head.split()[1]), told


async def main(port: int, connections: int) -> None:
    """Hammer until somebody closes our standard input."""
    seen: Counter[str] = Counter()
    strangers = [Stranger(port, seed, seen) for seed in range(connections)]
    tasks = [asyncio.ensure_future(each.hammers()) for each in strangers]
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    print(json.dumps(seen))  # noqa: T201  # what this program is for


@contextmanager
def flood(port: int, connections: int) -> Iterator[Counter[str]]:
    """Hammer from another process while the block lasts; what was answered is counted after it."""
    seen: Counter[str] = Counter()
    command = [sys.executable, "-m", "tests.hard.flooding", str(port), str(connections)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
        cwd=HOUSE,
        text=True,
    ) as process:
        try:
            yield seen
        finally:
            told, _ = process.communicate(timeout=SECONDS_TO_END)
            seen.update(json.loads(told))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
