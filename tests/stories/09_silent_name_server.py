# The name server stops answering: every question is still answered within its deadline, with "leave alone".
# When it answers again, so do the script's rules.

import concurrent.futures

from rig import question

SCRIPT = """
function CheckServer(domain, mxserver)
    if mxserver == "mx1.test" then
        return false
    end
end
"""
DEADLINE = 0.25
SLACK = 0.15  # for a machine that is busy with other things


def story(rig):
    rig.start("*.slow MX 10 mx1\n*.slow MX 20 mx2\n", SCRIPT)
    rig.dns.fall_silent()
    recipients = [f"user@d{number}.slow.test" for number in range(60)]
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        for recipient, (reply, seconds) in zip(recipients, pool.map(question.timed, recipients)):
            assert reply.strip() == "NOTFOUND", (recipient, reply)
            assert seconds < DEADLINE + SLACK, (recipient, seconds)
    rig.dns.speak()
    rig.wait_for(lambda: rig.ask("user@later.slow.test") == "OK :[mx2.test]", "the rules to work again")
