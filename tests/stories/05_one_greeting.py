# A server greets with 421 while a message of 20 recipients waits: that was one event, not twenty, and does not
# hold the next message under the published example's "more than five".

SCRIPT = """
function CheckServer(domain, mxserver, numRetries, messageSize, defaultResult)
    if defaultResult then
        x = VPOP3.PostgresQuery("SELECT COUNT(*) AS cnt FROM outqueue.sendattempts WHERE server='"
        .. mxserver .. "' AND starttime > CURRENT_TIMESTAMP + '-15 MINUTES' AND LEFT(result, 1) = '4'")
        if tonumber(x[1].cnt) > 5 then
            return false, 10;
        end
    end
end
"""


def story(rig):
    rig.start("many MX 10 mx1\nlater MX 10 mx2\n", SCRIPT)
    rig.mx[1].answers(greeting="421 4.7.0 too many connections")
    queued = rig.mta.send(*(f"user{number}@many.test" for number in range(20)))
    rig.mta.outcome(queued, nth=20)
    rig.mta.outcome(rig.mta.send("user@later.test"))  # what was logged before it is in the ledger before it
    rig.nexthopd.await_attempts(1, "--domain", "later.test")
    assert len(rig.nexthopd.ctl("attempts", "--domain", "many.test")) == 1

    rig.mx[1].answers()
    rig.mta.send("next@many.test")
    assert rig.delivered("next@many.test").server == 1
