# The lines of Postfix come by syslog, over UDP and over TCP in both framings: each counts once, lines of other
# programs and of senders that are not allowed do not.

import pathlib
import re
import socket

from rig import maillog

PORT = 5514
SETTINGS = f"""
[syslog]
listen = "inet:127.0.0.1:{PORT}"
"""


def story(rig):
    rig.start("busy MX 10 mx1\n", "", SETTINGS)
    conf = pathlib.Path("/etc/nexthopd/conf.d/00-rig.toml")
    assert any("syslog.listen is for nobody" in p for p in rig.nexthopd.ctl("status")[0]["problems"])
    conf.write_text(conf.read_text().replace('log = "/var/log/mail.log"', 'log = ""'))
    rig.nexthopd.restart()
    assert not rig.nexthopd.ctl("status")[0]["problems"]

    rig.mx[1].answers(rcpt="450 4.7.1 try again later")
    for number in range(3):
        rig.mta.outcome(rig.mta.send(f"user{number}@busy.test"))
    lines = [line for line in maillog.lines() if "postfix/" in line]
    portions = [[line for line in lines if f"user{number}@" in line] for number in range(3)]
    assert all(portions), lines

    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for line in portions[0]:
        datagrams.sendto(f"<22>{line}".encode(), ("127.0.0.1", PORT))
    with socket.create_connection(("127.0.0.1", PORT)) as stream:
        stream.sendall("".join(f"<22>{line}\n" for line in portions[1]).encode())
    with socket.create_connection(("127.0.0.1", PORT)) as stream:  # RFC 5424, octet-counted
        for line in portions[2]:
            tag, pid, body = re.search(r"(postfix/\S+)\[(\d+)\]: (.*)", line).groups()
            message = f"<22>1 - mta.test {tag} {pid} - - {body}".encode()
            stream.sendall(f"{len(message)} ".encode() + message)
    rows = rig.nexthopd.await_attempts(3)
    assert sorted(row["recipient"] for row in rows) == [f"user{n}@busy.test" for n in range(3)], rows
    assert {(row["server"], row["code"]) for row in rows} == {("mx1.test", 450)}, rows

    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stranger.bind(("127.0.0.2", 0))
    stranger.sendto(f"<22>{portions[0][-1].replace('user0', 'forged')}".encode(), ("127.0.0.1", PORT))
    datagrams.sendto(b"<38>Nov 22 16:44:23 mta sshd[1]: hello", ("127.0.0.1", PORT))
    datagrams.sendto(b"hello", ("127.0.0.1", PORT))

    def counted():
        counters = rig.nexthopd.ctl("status")[0]["syslog"]
        return counters if counters["not_allowed"] and counters["other"] and counters["malformed"] else None

    assert rig.wait_for(counted, "what is not counted to be counted")["not_allowed"] == 1
    assert len(rig.nexthopd.ctl("attempts")) == 3
