"""A port for a server that is started later, perhaps by another process, and perhaps started again."""

import random
import socket

# Below what Linux, macOS and Windows give to connections: between two starts nobody is given it by chance.
FIRST, LAST = 10_000, 32_000

_dice = random.SystemRandom()  # tests run beside each other, and some begin their dice anew


def free_port() -> int:
    while True:
        port = _dice.randint(FIRST, LAST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
