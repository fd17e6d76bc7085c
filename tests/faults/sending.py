"""A client of the API that does as the manual says: send, and send again until it is acknowledged."""

import http.client
import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from typing import Any

from tests.faults.installation import Installation
from tests.faults.parcels import Batch


class Sender(threading.Thread):
    """Sends batches one after another; `pace` says how many may have been sent by now."""

    def __init__(self, house: Installation, batches: Iterable[Batch], pace: "Pace", seed: int) -> None:
        super().__init__(daemon=True)
        self.house, self.batches, self.pace = house, list(batches), pace
        self.chance = random.Random(seed)
        self.acknowledged: list[Batch] = []
        self.attempts = 0
        self.failure: str = ""

    def run(self) -> None:
        for number, batch in enumerate(self.batches):
            self.pace.wait_for(number / len(self.batches))
            time.sleep(self.chance.uniform(0, self.pace.hesitation))
            receipt = self._send(batch)
            if receipt is None:
                return
            if (receipt["accepted"], len(receipt["rejected"])) != (
                len(batch.good),
                len(batch.sent) - len(batch.good),
            ):
                self.failure = f"{batch.key}: {receipt}"
                return
            self.acknowledged.append(batch)

    def _send(self, batch: Batch) -> dict[str, Any] | None:
        while not self.pace.is_over:
            self.attempts += 1
            try:
                with urllib.request.urlopen(self._request(batch), timeout=20) as answer:
                    if answer.status == 202:
                        return dict(json.load(answer))
            except urllib.error.HTTPError as error:
                if error.code < 500:
                    self.failure = f"{batch.key}: {error.code} {error.read().decode()}"
                    return None
            except (OSError, http.client.HTTPException, json.JSONDecodeError):
                pass  # nobody there, or gone before the whole answer
            time.sleep(0.2)
        return None

    def _request(self, batch: Batch) -> urllib.request.Request:
        return urllib.request.Request(
            f"http://127.0.0.1:{self.house.port}/api/v1/scans",
            data=batch.body(),
            headers={
                "Authorization": f"Bearer {self.house.token}",
                "Content-Type": "application/x-ndjson",
                **batch.headers(),
            },
        )


class Pace:
    """Spreads the sending over the kills: after each, another share may go."""

    def __init__(self, kills: int) -> None:
        self.shares = kills + 1
        self.hesitation = 0.4 if kills else 0.05
        self.is_over = False
        self._given = threading.Condition()
        self._shares_given = 1

    def give(self) -> None:
        with self._given:
            self._shares_given += 1
            self._given.notify_all()

    def wait_for(self, share: float) -> None:
        with self._given:
            self._given.wait_for(lambda: share * self.shares < self._shares_given or self.is_over)

    def end(self) -> None:
        with self._given:
            self.is_over = True
            self._given.notify_all()
