# GetOverrides pins a domain to a host and a port: the mail goes there and nowhere else. Other domains go
# where their MX records say.

SCRIPT = """
function GetOverrides(domain, numRetries, messageSize)
    if domain == "pinned.test" then
        return "mx5.test:2525"
    end
end
"""


def story(rig):
    rig.start("""
        pinned MX 10 mx1
        free MX 10 mx2
        """, SCRIPT)
    rig.mta.send("user@pinned.test")
    taken = rig.delivered("user@pinned.test")
    assert (taken.server, taken.port) == (5, 2525), taken
    assert rig.mx.connections_to(1) == []

    rig.mta.send("user@free.test")
    taken = rig.delivered("user@free.test")
    assert (taken.server, taken.port) == (2, 25), taken
