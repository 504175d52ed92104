# A stranger's DNS names its mail servers with quotes, blanks, control characters and SQL: such names never reach
# the script, the ledger's SQL or a reply. The one decent server among them gets the mail.

SCRIPT = """
function CheckServer(domain, mxserver, numRetries, messageSize, defaultResult)
    if not mxserver:match("^[%w._-]+$") then
        error("hostile name reached the script: " .. mxserver)
    end
    if defaultResult then
        x = VPOP3.PostgresQuery("SELECT COUNT(*) AS cnt FROM outqueue.sendattempts WHERE server='" .. mxserver .. "'")
        if x[1].cnt == nil then error("no count") end
    end
    if mxserver == "mx1.test" then return false end
end
"""
# Master file escapes: \\DDD is the byte with that decimal value (RFC 1035 section 5.1).
ZONE = r"""
evil MX 5 x\039\032or\0321\0611\032--
evil MX 6 "a\013\010b".test.
evil MX 7 quote\034name
evil MX 8 \000null
evil MX 9 \255\254high
evil MX 10 mx1
evil MX 11 [mx9]\058\050\053\044\032
evil MX 12 \036\123IFS\125
evil MX 20 mx2
only MX 10 x\039y
"""


def story(rig):
    rig.start(ZONE, SCRIPT)
    assert rig.ask("user@evil.test") == "OK :[mx2.test]"
    rig.mta.send("user@evil.test")
    assert rig.delivered("user@evil.test").server == 2

    assert rig.ask("user@only.test").strip() == "NOTFOUND"
    outcome = rig.mta.outcome(rig.mta.send("user@only.test"))
    assert outcome.agent == "postfix/smtp" and outcome.status != "sent", outcome
    assert "hostile" not in rig.nexthopd.log()
    assert "no count" not in rig.nexthopd.log()
    rig.nexthopd.await_attempts(1, "--domain", "evil.test")
