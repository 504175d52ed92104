# A script that objects to nothing: Postfix routes as always, by preference, and to the next server when the
# first refuses. What Postfix reports about a full mailbox is what the server said.

SCRIPT = """
function CheckServer(domain, mxserver, numRetries, messageSize, defaultResult)
end
"""


def story(rig):
    rig.start("""
        one MX 10 mx1
        one MX 20 mx2
        alone A 10.66.1.4
        """, SCRIPT)
    rig.mta.send("first@one.test")
    assert rig.delivered("first@one.test").server == 1

    rig.mx[1].answers(rcpt={"second@one.test": "450 4.2.1 busy", "third@one.test": "550 5.1.1 unknown"})
    rig.mta.send("second@one.test")
    assert rig.delivered("second@one.test").server == 2
    outcome = rig.mta.outcome(rig.mta.send("third@one.test"))
    assert (outcome.status, outcome.dsn) == ("bounced", "5.1.1"), outcome

    rig.mta.send("fourth@alone.test")  # no MX record: the host itself (RFC 5321 section 5.1)
    assert rig.delivered("fourth@alone.test").server == 4

    assert rig.ask("anyone@one.test").strip() == "NOTFOUND"
    assert rig.nexthopd.holds() == []
