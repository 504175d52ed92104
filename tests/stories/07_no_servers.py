# GetOverrides says "do not continue": the mail is returned as if the destination had no MX and no address
# (5.4.4), and no server is asked.

SCRIPT = """
function GetOverrides(domain, numRetries, messageSize)
    return nil, domain ~= "closed.test"
end
"""


def story(rig):
    rig.start("""
        closed MX 10 mx1
        open MX 10 mx2
        """, SCRIPT)
    outcome = rig.mta.outcome(rig.mta.send("user@closed.test"))
    assert (outcome.agent, outcome.status, outcome.dsn) == ("postfix/error", "bounced", "5.4.4"), outcome
    rig.mta.send("user@open.test")
    assert rig.delivered("user@open.test").server == 2
    assert rig.mx.connections_to(1) == []
