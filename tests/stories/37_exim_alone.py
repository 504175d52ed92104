# Exim when nexthopd is away, hangs, answers nonsense, starts anew, or passes everything: no mail is lost, returned or
# put off, and each address waits for 2 s at most. What was held is delivered when nobody says so any more.

import contextlib
import socket
import threading
import time

from rig.exim import ASKED, PORT, Exim, ask, question

SCRIPT = """
function CheckServer(domain)
    if domain == "held.test" then return false, 10 end
end
"""
NONSENSE = (b"", b"\0\0\0", b"route ${run{/bin/touch /tmp/evil}}\n", b"route\n", b"route \n", b"route mx9.test; x\n",
            b"route nosuch.test\n", b"route \n mx2.test", b"hold ${run{/bin/id}}\n", b"holdup\n", b"fail \"quoted\"\n",
            b"HTTP/1.1 400 Bad Request\r\n\r\n", b"x" * 200_000, b":blackhole:", b"/dev/null", b"|/bin/sh", b"root@mta.test",
            b":fail: no\n", b":defer: no\n", b"route [127.0.0.1]::25\n")


@contextlib.contextmanager
def impostor(answer):
    """At nexthopd's port; `answer` None: says nothing, and keeps the connection."""
    kept = []

    def serve():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listening.accept()
                if answer is None:
                    kept.append(connection)
                    continue
                with connection, contextlib.suppress(OSError):
                    connection.recv(8192)
                    connection.sendall(answer)

    with socket.create_server(("127.0.0.1", PORT)) as listening:
        threading.Thread(target=serve, daemon=True).start()
        yield
        listening.shutdown(socket.SHUT_RDWR)
    for connection in kept:
        connection.close()


def story(rig):
    exim = Exim(asks=True)
    rig.start("one MX 10 mx1\nheld MX 10 mx2\n", SCRIPT, ASKED)
    exim.send("user@held.test")
    assert exim.outcome("user@held.test").flag == "=="
    numbers = iter(range(1000))

    def sent(within, recipients=1):
        to = [f"user{next(numbers)}@one.test" for _ in range(recipients)]
        began = time.monotonic()
        exim.send(*to)
        took = time.monotonic() - began
        for recipient in to:
            assert rig.delivered(recipient, timeout=1).server == 1
        assert took < within, took

    sent(1)
    rig.nexthopd.stop()
    sent(1)
    for answer in NONSENSE:
        with impostor(answer):
            sent(1)
    with impostor(None):
        sent(3, recipients=1)
        sent(5, recipients=2)
    process = rig.nexthopd.spawn(mode="--pass")
    rig.wait_for(lambda: passes(process), "nexthopd --pass")
    sent(1)
    rig.nexthopd.stop()
    restarts(rig, exim)
    assert [o for o in exim.outcomes() if o.flag in ("==", "**") and o.recipient != "user@held.test"] == []
    with impostor(b""):
        exim.try_again()
    rig.delivered("user@held.test")
    assert exim.queued() == []


def passes(process):
    assert process.poll() is None
    with contextlib.suppress(OSError):
        return ask(question("user@held.test", "1vN0Ab-0004hG-2x")) == ""


def restarts(rig, exim):
    """Mail goes on while nexthopd is killed and started anew."""
    done = threading.Event()
    recipients = []

    def send():
        while not done.is_set():
            recipients.append(f"load{len(recipients)}@one.test")
            exim.send(recipients[-1])

    sender = threading.Thread(target=send)
    sender.start()
    for number in range(4):
        rig.nexthopd.start()
        (rig.nexthopd.stop, rig.nexthopd.kill)[number % 2]()
    done.set()
    sender.join()
    for recipient in recipients:
        rig.delivered(recipient, timeout=1)
