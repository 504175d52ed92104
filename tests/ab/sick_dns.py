"""A name server for nexthopd alone that is silent, slow, or fails. Postfix asks the good one meanwhile."""

import contextlib
import select
import socket
import threading
import time

from rig import network

ADDRESS = ("127.0.0.1", 5300)
_SERVFAIL = 2


@contextlib.contextmanager
def running(kind, seconds=0.0):
    """`kind`: "silent", "slow" (right answers after so many seconds) or "servfail"."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(ADDRESS)
        done = threading.Event()
        thread = threading.Thread(target=_serve, args=(server, kind, seconds, done), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def _serve(server, kind, seconds, done):
    waiting = []  # (when, reply, to), in order
    while not done.is_set():
        pause = 0.05 if not waiting else min(0.05, max(0.0, waiting[0][0] - time.monotonic()))
        if select.select([server], [], [], pause)[0]:
            query, asker = server.recvfrom(4096)
            if kind == "servfail":
                # The query with QR set and RCODE 2 (RFC 1035 section 4.1.1).
                server.sendto(query[:2] + bytes([query[2] | 0x80, query[3] & 0xF0 | _SERVFAIL]) + query[4:], asker)
            elif kind == "slow":
                waiting.append((time.monotonic() + seconds, _right_answer(query), asker))
        while waiting and waiting[0][0] <= time.monotonic():
            _, reply, asker = waiting.pop(0)
            server.sendto(reply, asker)


def _right_answer(query):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(2)
        client.connect((network.NAME_SERVER, 53))
        client.send(query)
        return client.recv(4096)
