# What Prometheus is shown: each question, verdict and hold is counted, no address or server name is told, and clients
# that say nothing, or say nonsense, keep nobody from being answered.

import http.client
import re
import socket

PORT = 9747
SETTINGS = f'[listen]\nhttp = "inet:127.0.0.1:{PORT}"\n'
SCRIPT = 'function CheckServer(domain) if domain == "held.test" then return false, 10 end end\n'
ZONE = "one MX 10 mx1\nheld MX 10 mx1\n"
SAMPLE = re.compile(r'([a-z_]+)(?:\{([a-z]+)="([^"\\]*)"\})? (\S+)')


def get(path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
    connection.request("GET", path, headers=headers)
    reply = connection.getresponse()
    return reply.status, reply.read().decode()


def metrics():
    status, text = get("/metrics")
    assert status == 200 and text.endswith("\n"), status
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, _, label, value = SAMPLE.fullmatch(line).groups()
            found[name, label] = float(value)
    return found, text


def story(rig):
    rig.start(ZONE, SCRIPT, settings=SETTINGS)
    assert get("/healthz") == (200, "ok\n")
    first, _ = metrics()
    assert first["nexthopd_problems", None] == 0 and first["nexthopd_holds", None] == 0

    silent = [socket.create_connection(("127.0.0.1", PORT)) for _ in range(8)]
    rig.held(rig.mta.send("somebody@held.test"))
    rig.mta.send("somebody@one.test")
    rig.delivered("somebody@one.test")
    rig.nexthopd.await_attempts(1)
    rig.wait_for(lambda: metrics()[0]["nexthopd_ledger_rows_stored_total", None] == 1, "the attempt to be counted")
    now, text = metrics()
    for name, label, more in (("nexthopd_questions_total", "transport", 2), ("nexthopd_verdicts_total", "hold", 1),
                              ("nexthopd_left_alone_total", "nothing_to_change", 1), ("nexthopd_holds", None, 1),
                              ("nexthopd_hook_seconds_count", None, 2), ("nexthopd_servers", None, 1)):
        assert now[name, label] - first[name, label] >= more, (name, label, now[name, label])
    assert now["nexthopd_answer_seconds_count", None] == now["nexthopd_questions_total", "transport"]
    for told in ("somebody", "held.test", "mx1", "one.test"):
        assert told not in text, told
    assert [line.split()[2] for line in text.splitlines() if line.startswith("# HELP")] == \
        [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]

    assert get("/metrics", Host="stranger.example")[0] == 403
    assert get("/other")[0] == 404
    with socket.create_connection(("127.0.0.1", PORT)) as client:
        client.sendall(b"\x00\xff nonsense\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 400 ")
    for client in silent:  # cut off after some seconds
        client.settimeout(10)
        assert client.recv(1) == b""

    rig.nexthopd.script("function (")
    rig.nexthopd.run("reload")
    assert get("/healthz")[0] == 503
    assert metrics()[0]["nexthopd_load_failed", None] == 1
