"""`python -m bench.streams PORT COUNT ADDRESS`: that many browsers that listen and say nothing, from one address.

Says `open` when all are, and how many were cut when told to end.
"""

import os
import select
import socket
import sys
from urllib.parse import quote

AT_ONCE = 200


def main(port: int, count: int, address: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huhang.config.settings")
    import django

    django.setup()
    from huhang.kit import live

    poll = select.epoll()
    poll.register(0, select.EPOLLIN)
    lines: dict[int, socket.socket] = {}
    for number in range(count):
        line = socket.create_connection(("127.0.0.1", port), 60, source_address=(address, 0))
        token = live.sign([f"channels.talk#{address}:{number}"])
        line.sendall(f"GET /push?token={quote(token)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        lines[line.fileno()] = line
        if number % AT_ONCE == AT_ONCE - 1:
            _until_open(lines, list(lines)[-AT_ONCE:])
    _until_open(lines, list(lines)[-(count % AT_ONCE) or count :])
    for line in lines.values():
        line.setblocking(False)
        poll.register(line, select.EPOLLIN)
    print("open", flush=True)
    print(_listen(poll, lines), flush=True)


def _until_open(lines: dict[int, socket.socket], fresh: list[int]) -> None:
    for number in fresh:
        said = b""
        while b": open" not in said:
            said += lines[number].recv(4096) or sys.exit("the push server cut a stream")


def _listen(poll: select.epoll, lines: dict[int, socket.socket]) -> int:
    """Until something is said to us; returns how many were cut meanwhile."""
    cut = 0
    while True:
        for number, _ in poll.poll():
            if number == 0:
                return cut
            if not lines[number].recv(65536):
                poll.unregister(number)
                cut += 1


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
