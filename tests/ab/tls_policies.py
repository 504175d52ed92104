"""TLS policies by destination, and a socketmap server that gives them as a table of Postfix."""

import contextlib
import socketserver
import threading

_ADDRESS = ("127.0.0.1", 10746)
MAIN_CF = "smtp_tls_security_level = may\n"
POLICIES = {"two.test": "encrypt", "three.test": "secure", "mx1.test": "encrypt"}
TABLE = f"socketmap:inet:{_ADDRESS[0]}:{_ADDRESS[1]}:tls"
# No server of theirs offers TLS. The last is the name of a server, not of a destination.
EXPECT = ("two.test mx2 deferred", "three.test mx4 deferred", "one.test mx1 sent")


class _Session(socketserver.StreamRequestHandler):
    """One client: requests `tls KEY` as netstrings, one after the other (socketmap_table(5))."""

    def handle(self):
        while length := self._length():
            key = self.rfile.read(int(length)).decode().partition(" ")[2]
            self.rfile.read(1)  # the comma
            reply = f"OK {POLICIES[key]}" if key in POLICIES else "NOTFOUND "
            self.wfile.write(f"{len(reply)}:{reply},".encode())

    def _length(self):
        digits = b""
        while (byte := self.rfile.read(1)).isdigit():
            digits += byte
        return digits


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 100


@contextlib.contextmanager
def served():
    with _Server(_ADDRESS, _Session) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
