"""`python -m bench.bare_notify RATE SECONDS`: how long PostgreSQL alone takes from NOTIFY to whoever listens.

The same outbox row is written as for an announcement of ours; prints the milliseconds as JSON.
"""

import json
import sys
import threading
import time

import psycopg

CHANNEL = "bench_bare"


def main(rate: float, seconds: float) -> None:
    from huhang.config import embedded

    at = embedded.database_settings(embedded.var_dir())
    address = f"dbname={at['NAME']} user={at['USER']} host={at['HOST']} port={at['PORT']}"
    taken: list[float] = []
    hearing = threading.Thread(target=_hear, args=[address, int(rate * seconds), taken])
    hearing.start()
    with psycopg.connect(address, autocommit=True) as db:
        begin = time.monotonic() + 0.3
        for number in range(int(rate * seconds)):
            time.sleep(max(0.0, begin + number / rate - time.monotonic()))
            with db.transaction():
                db.execute(
                    "INSERT INTO kit_outbox (kind, path, ref, at) VALUES ('bench.bare', '', '', clock_timestamp())"
                )
                db.execute("SELECT pg_notify(%s, %s)", [CHANNEL, str(time.monotonic())])
    hearing.join()
    print(json.dumps(taken))


def _hear(address: str, count: int, taken: list[float]) -> None:
    with psycopg.connect(address, autocommit=True) as db:
        db.execute(f"LISTEN {CHANNEL}")
        taken += [
            1000 * (time.monotonic() - float(notice.payload)) for notice in db.notifies(stop_after=count)
        ]


if __name__ == "__main__":
    main(float(sys.argv[1]), float(sys.argv[2]))
