"""Many clients of nexthopd's socketmap beside Postfix: idle ones, and ones that send a byte now and then."""

import contextlib
import itertools
import socket
import threading

from rig.question import PATH, netstring

_A_BYTE_EVERY = 0.5  # seconds, each client
_REQUEST = netstring("transport user@one.test")


@contextlib.contextmanager
def connected(count, dribble=False):
    """So many connections, as far as nexthopd lets them in."""
    done = threading.Event()
    clients = []
    try:
        for _ in range(count):
            clients.append(_connect())
        if dribble:
            threading.Thread(target=_dribble, args=(clients, done), daemon=True).start()
        yield
    finally:
        done.set()
        for client in clients:
            if client:
                client.close()


def _connect():
    client = socket.socket(socket.AF_UNIX)
    client.setblocking(False)
    try:
        client.connect(str(PATH))
    except BlockingIOError:  # the backlog is full
        client.close()
        return None
    return client


def _dribble(clients, done):
    """All of them send the same request, byte by byte, again and again; replies are read and dropped."""
    for position in itertools.cycle(range(len(_REQUEST))):
        for number, client in enumerate(clients):
            try:
                if client:
                    client.send(_REQUEST[position:position + 1])
                    client.recv(4096)
            except BlockingIOError:
                pass
            except OSError:  # closed by nexthopd, as it may
                clients[number] = None
        if done.wait(_A_BYTE_EVERY):
            return
