# Clients that break the protocol, write slowly, stop in the middle or close one side: each is answered or
# closed, and nobody else notices.

from rig import question
from rig.question import Client, netstring

SCRIPT = "function CheckServer(domain, server) if server == 'mx1.test' then return false end end\n"
GOOD = "OK :[mx2.test]"
BROKEN = (b"hello\n", b"5hello,", b":", b"-1:x,", b"05:hello,", b"5:helloX", b"99999999999999999999:", b"100000:",
          b"1000000000:" + b"x" * 100_000, b"\x00" * 64, b"\xff\xfe\xfd", b"GET / HTTP/1.0\r\n\r\n")


def undisturbed():
    reply, seconds = question.timed("user@one.test")
    assert reply == GOOD and seconds < 0.5, (reply, seconds)


def closed_or_silent(data):
    with Client(timeout=2) as client:
        try:
            client.send(data)
        except (BrokenPipeError, ConnectionResetError):
            return  # closed while we were still writing
        assert client.reply() is None, data


def story(rig):
    rig.start("one MX 10 mx1\none MX 20 mx2\n", SCRIPT)
    undisturbed()
    for data in BROKEN:
        closed_or_silent(data)
        undisturbed()

    # A map that does not exist, and a request without a key.
    for request in ("nosuchmap user@one.test", "transport", "", " "):
        with Client() as client:
            client.send(netstring(request))
            reply = client.reply()
            assert reply is None or reply.strip() == "NOTFOUND", (request, reply)

    request = netstring("transport user@one.test")
    with Client() as slow, Client() as stopped, Client() as idle:
        stopped.send(request[:7])
        for byte in request:
            slow.send(bytes([byte]))
            undisturbed()
        assert slow.reply() == GOOD
        slow.send(request * 3)  # several requests at once: as many replies
        assert [slow.reply() for _ in range(3)] == [GOOD] * 3
        assert idle.ask("user@one.test") == GOOD

    with Client() as half:
        half.send(request)
        half.socket.shutdown(1)
        assert half.reply() == GOOD
        assert half.reply() is None

    crowd = [Client() for _ in range(200)]
    for client in crowd:
        client.send(request[:-1])
    undisturbed()
    for client in crowd:
        client.socket.close()

    deaf = Client()  # asks and never reads
    deaf.socket.settimeout(0.2)
    try:
        while True:
            deaf.send(request * 1000)
    except (TimeoutError, BrokenPipeError, ConnectionResetError):
        pass
    undisturbed()
    rig.mta.send("user@one.test")
    assert rig.delivered("user@one.test").server == 2
    deaf.socket.close()
    assert rig.nexthopd.alive()
