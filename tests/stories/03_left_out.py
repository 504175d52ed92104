# CheckServer leaves out mx1: mx2 gets the mail, and mx1 does not even see a connection.

SCRIPT = """
function CheckServer(domain, mxserver, numRetries, messageSize, defaultResult)
    if mxserver == "mx1.test" then
        return false
    end
end
"""


def story(rig):
    rig.start("""
        one MX 10 mx1
        one MX 20 mx2
        two MX 10 mx3
        """, SCRIPT)
    for number in range(3):
        rig.mta.send(f"user{number}@one.test")
        assert rig.delivered(f"user{number}@one.test").server == 2
    rig.mta.send("user@two.test")
    assert rig.delivered("user@two.test").server == 3
    assert rig.mx.connections_to(1) == []
