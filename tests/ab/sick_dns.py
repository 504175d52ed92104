"""A name server for nexthopd alone that is silent, slow, lies or floods. Postfix asks the good one meanwhile.

What ails it is a function: query -> (seconds, reply), ..., as said in RFC 1035 section 4.1.
"""

import contextlib
import heapq
import itertools
import select
import socket
import struct
import threading
import time

from rig import network

ADDRESS = ("127.0.0.1", 5300)
_SLOWLY = 2.0  # seconds
_FLOOD = 300   # replies that nobody asked for, before each right one
_SERVFAIL = 2
_A, _CNAME, _MX = 1, 5, 15
_TC = 0x02


def silent(_query):
    return ()


def slow(query):
    return ((_SLOWLY, _right_answer(query)),)


def servfail(query):
    return ((0, _reply(query, rcode=_SERVFAIL)),)


def truncating(query):
    """Over TCP nobody answers: connection refused."""
    return ((0, query[:2] + bytes([query[2] | 0x80 | _TC, 0x80]) + query[4:]),)


class Truncating:
    """TCP connections are taken, and nothing is said there."""

    __call__ = staticmethod(truncating)

    @contextlib.contextmanager
    def beside(self):
        with socket.create_server(ADDRESS, backlog=500):
            yield


def flooding(query):
    number = struct.unpack("!H", query[:2])[0]
    noise = [(0, struct.pack("!H", (number + n) & 0xFFFF) + _lie_of(query)[2:]) for n in range(1, _FLOOD)]
    return (*noise, (0, _right_answer(query)))


class Liar:
    """One lie after the other."""

    def __init__(self):
        self._lies = itertools.cycle(_LIES)

    def __call__(self, query):
        return ((0, next(self._lies)(query)),)


def _record(kind, data, owner=b"\xc0\x0c"):
    """Of the name in the question, unless `owner` is another."""
    return owner + struct.pack("!HHIH", kind, 1, 60, len(data)) + data


def _reply(query, *records, count=None, rcode=0):
    """The question as it was, these records, and nothing else: EDNS is left out."""
    end = query.index(b"\0", 12) + 5
    counts = struct.pack("!HHHH", 1, len(records) if count is None else count, 0, 0)
    return query[:2] + bytes([query[2] | 0x80, 0x80 | rcode]) + counts + query[12:end] + b"".join(records)


def _lie_of(query):
    return _reply(query, _record(_MX, b"\0\1\4evil\4test\0"))


_LIES = (
    lambda q: bytes([q[0] ^ 0xFF]) + _lie_of(q)[1:],                                       # another id
    lambda q: (r := _lie_of(q))[:13] + bytes([r[13] ^ 1]) + r[14:],                        # another question
    lambda q: _reply(q, _record(_MX, b"\0\1\4evil\4test\0", owner=b"\4evil\4test\0")),     # another owner
    lambda q: _reply(q, _record(_A, bytes(4))),                                            # another type
    lambda q: _reply(q, _record(_CNAME, b"\xc0\x0c")),                                     # its own alias
    lambda q: _reply(q, _record(_CNAME, b"\1a\xc0\x0c")),                                  # aliases without end
    lambda q: _reply(q, _record(_CNAME, b"\1b\4test\0"), _record(_CNAME, b"\xc0\x0c", owner=b"\1b\4test\0")),
    lambda q: _reply(q, _record(_MX, b"\0\1\xc0\xff")),                                    # a name that is nowhere
    lambda q: _reply(q, _record(_MX, b"\0\1" + struct.pack("!H", 0xC000 | (len(_reply(q)) + 14)))),  # and one in itself
    lambda q: _reply(q, _record(_MX, b"\0")),                                              # cut short
    lambda q: _reply(q, count=65535),                                                      # records that are not there
    lambda q: _reply(q, *[_record(_MX, b"\0\1" + bytes([4]) + b"%04d" % n + b"\4test\0") for n in range(400)]),
    lambda q: _reply(q, _record(_MX, b"\0\1\x10[10.66.1.20]:25\n\0\4test\0")),             # no host's name
    lambda q: _reply(q, _record(_MX, b"\0\1\4mx20\4test\0")),                              # plausible
    lambda q: q,                                                                           # the query itself
    lambda q: q[:11],
    lambda q: b"",
)


def _right_answer(query):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(2)
        client.connect((network.NAME_SERVER, 53))
        client.send(query)
        return client.recv(4096)


@contextlib.contextmanager
def running(kind):
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        server.bind(ADDRESS)
        if hasattr(kind, "beside"):
            stack.enter_context(kind.beside())
        done, asked = threading.Event(), []
        thread = threading.Thread(target=_serve, args=(server, kind, done, asked), daemon=True)
        thread.start()
        try:
            yield
            assert asked, "nexthopd did not ask this name server"
        finally:
            done.set()
            thread.join()


def _serve(server, kind, done, asked):
    waiting, order = [], itertools.count()  # a heap of (when, order, reply, to)
    while not done.is_set():
        pause = 0.05 if not waiting else min(0.05, max(0.0, waiting[0][0] - time.monotonic()))
        if select.select([server], [], [], pause)[0]:
            query, asker = server.recvfrom(4096)
            asked.append(query)
            for seconds, reply in kind(query):
                heapq.heappush(waiting, (time.monotonic() + seconds, next(order), reply, asker))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, reply, asker = heapq.heappop(waiting)
            server.sendto(reply, asker)
