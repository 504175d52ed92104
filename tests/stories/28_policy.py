# smtpd tells nexthopd which messages are coming: the script sees their size and sender in the very first question,
# for each of several recipients, and the MX sets have been looked up by then. With policy.act mail to a recipient
# that is held is not taken. Without nexthopd smtpd takes mail all the same.

from rig import maillog

SCRIPT = """
function CheckServer(domain, mxserver, numRetries, messageSize, defaultResult)
    if messageSize > 5000 and mxserver == "mx1.test" then return false end
    if domain == "held.test" then return false, 10 end
end
"""
ZONE = """
one MX 10 mx1
one MX 20 mx2
two MX 10 mx1
two MX 20 mx2
held MX 10 mx1
"""
POLICY = "check_policy_service { unix:nexthopd/policy, timeout=2s, default_action=DUNNO }"
MAIN_CF = f"""
nexthopd_policy = {POLICY}
smtpd_recipient_restrictions = permit_auth_destination, $nexthopd_policy
smtpd_end_of_data_restrictions = $nexthopd_policy
"""
SETTINGS = """
[listen]
policy = ["unix:/var/spool/postfix/nexthopd/policy"]
"""


def story(rig):
    rig.start(ZONE, SCRIPT, settings=SETTINGS, main_cf=MAIN_CF)
    rig.nexthopd.stop()
    maillog.PATH.chmod(0o600)  # the log is of no help: nexthopd cannot read it
    rig.nexthopd.start()
    several = [f"user{number}@{domain}.test" for number in range(2) for domain in ("one", "two")]
    rig.mta.send(*several, size=20_000)
    for recipient in several:
        assert rig.delivered(recipient).server == 2, recipient
    small = [f"small{number}@one.test" for number in range(3)]
    for recipient in small:
        rig.mta.send(recipient)
    for recipient in small:
        assert rig.delivered(recipient).server == 1, recipient
    status = rig.nexthopd.ctl("status")[0]
    assert status["policy"]["requests"] == len(several) + 1 + 2 * len(small), status
    assert status["queued"] >= 4, status

    held_back(rig)
    rig.nexthopd.stop()
    assert refusal(rig, "user@two.test") is None, "smtpd goes on without nexthopd"


def held_back(rig):
    rig.held(rig.mta.send("user@held.test"))
    assert refusal(rig, "user@held.test") is None
    rig.nexthopd.settings("[policy]\nact = true\n", "60-act.toml")
    assert rig.nexthopd.run("reload").returncode == 0
    said = refusal(rig, "user@held.test")
    assert said and said.startswith("450 4.7.0 <user@held.test>: Recipient address rejected: delayed by local"), said
    assert refusal(rig, "other@one.test") is None


def refusal(rig, recipient):
    """What RCPT TO was refused with; None: it was not."""
    with rig.mta.session() as client:
        code, text = client.docmd(f"RCPT TO:<{recipient}>")
    return None if code == 250 else f"{code} {text.decode()}"
