# The socketmap is asked over TCP, and under the names of two connections: scripts see ConnectionName, and the
# ConnectionId of the settings; an unknown connection has its name and no id.

import socket

from rig.question import netstring

SETTINGS = """
[listen]
socketmap = ["unix:/var/spool/postfix/nexthopd/socketmap", "inet:127.0.0.1:7460"]
[[connection]]
name = "newsletters"
id = 2
"""
SCRIPT = """
function GetOverrides(domain)
    return "c" .. ConnectionId .. "-" .. ConnectionName .. ".example"
end
"""


def ask(name):
    with socket.create_connection(("127.0.0.1", 7460), timeout=5) as client:
        client.sendall(netstring(f"{name} user@one.test"))
        return client.recv(4096).decode()


def story(rig):
    rig.start("one MX 10 mx1\n", SCRIPT, SETTINGS)
    for name, server in (("transport", None), ("transport.newsletters", "c2-newsletters.example"),
                         ("transport.other", "c0-other.example")):
        wanted = f"OK :[{server}]" if server else "NOTFOUND "  # "c0-.example" is no host name
        assert ask(name) == netstring(wanted).decode(), (name, ask(name))
    assert ask("virtual") == "9:NOTFOUND ,"
    rig.wait_for(lambda: "names no map of nexthopd" in rig.nexthopd.log(), "the log to tell of it")
