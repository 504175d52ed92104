"""Questions to nexthopd's socketmap, without Postfix: what it answers, how fast, and what it survives."""

import os
import pwd
import socket
import time

from .mta import SPOOL

PATH = SPOOL / "nexthopd/socketmap"


def netstring(data):
    data = data if isinstance(data, bytes) else data.encode()
    return b"%d:%s," % (len(data), data)


def _connected_as(uid):
    """The answer to anybody but Postfix is a dry run. A child connects: seteuid() would change every thread."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        child = os.fork()
        if child == 0:
            try:
                os.setuid(uid)
                connection = socket.socket(socket.AF_UNIX)
                connection.connect(str(PATH))
                socket.send_fds(theirs, [b"x"], [connection.fileno()])
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        ours.setblocking(False)
        try:
            _, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
        except BlockingIOError:
            raise ConnectionRefusedError(f"nobody listens at {PATH}") from None
    return socket.socket(fileno=descriptors[0])


class Client:
    """One connection."""

    def __init__(self, timeout=5, user="postfix"):
        self.socket = _connected_as(pwd.getpwnam(user).pw_uid)
        self.socket.settimeout(timeout)
        self._rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def reply(self):
        """The next reply's text; None when nexthopd closed the connection."""
        while True:
            length, colon, rest = self._rest.partition(b":")
            if colon and len(rest) > int(length):
                assert rest[int(length):int(length) + 1] == b",", self._rest
                self._rest = rest[int(length) + 1:]
                return rest[:int(length)].decode("utf-8", "surrogateescape")
            try:
                more = self.socket.recv(65536)
            except ConnectionResetError:
                more = b""
            if not more:
                return None
            self._rest += more

    def ask(self, recipient, surface="transport"):
        self.send(netstring(f"{surface} {recipient}"))
        return self.reply()


def somebody_answers():
    try:
        return ask("*") is not None
    except OSError:
        return False


def ask(recipient, surface="transport"):
    with Client() as client:
        return client.ask(recipient, surface)


def timed(recipient, surface="transport"):
    """The reply and the seconds it took."""
    with Client() as client:
        start = time.monotonic()
        reply = client.ask(recipient, surface)
        return reply, time.monotonic() - start
