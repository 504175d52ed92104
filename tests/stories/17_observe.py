# mode = "observe" with a script that would change everything: the mail goes as it always does, nothing is held,
# and the log tells what would have been done.

SCRIPT = """
function GetOverrides(domain)
    if domain == "pinned.test" then return "mx5.test" end
    if domain == "failed.test" then return nil, false end
end
function CheckServer(domain)
    if domain == "held.test" then return false, 5 end
end
"""


def story(rig):
    rig.start("pinned MX 10 mx1\nfailed MX 10 mx2\nheld MX 10 mx3\n", SCRIPT, 'mode = "observe"\n')
    for server, domain in ((1, "pinned.test"), (2, "failed.test"), (3, "held.test")):
        rig.mta.send(f"user@{domain}")
        assert rig.delivered(f"user@{domain}").server == server
    assert rig.nexthopd.holds() == []
    assert rig.nexthopd.ctl("status")[0]["left_alone"]["observe"] == 3
    log = rig.nexthopd.log()
    for decision in ("decision=route recipient=user@pinned.test", "decision=fail recipient=user@failed.test",
                     "decision=hold recipient=user@held.test"):
        lines = [line for line in log.splitlines() if decision in line]
        assert lines and all("mode=observe" in line for line in lines), (decision, log)
