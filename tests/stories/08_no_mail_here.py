# A null MX, a domain that does not exist and a name server that fails are Postfix's to report, with its own
# words and codes, even under a script that would leave out every server.

SCRIPT = "function CheckServer() return false, 5 end\n"


def story(rig):
    rig.start("null MX 0 .\n", SCRIPT)
    for domain, status, dsn in (("null.test", "bounced", "5.1.0"),
                                ("absent.test", "bounced", "5.4.4"),
                                ("servfail.test", "deferred", "4.4.3")):
        outcome = rig.mta.outcome(rig.mta.send(f"user@{domain}"), f"user@{domain}")
        assert (outcome.agent, outcome.status, outcome.dsn) == ("postfix/smtp", status, dsn), outcome
    assert rig.nexthopd.holds() == []
