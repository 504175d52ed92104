# The script leaves out every server and names no minutes: the mail waits for hold.default, is looked at again,
# waits again, and goes out once the script has changed its mind.

NO = "function CheckServer() return false end\n"
YES = "function CheckServer() end\n"


def story(rig):
    rig.start("""
        one MX 10 mx1
        one MX 20 mx2
        """, NO, '[hold]\ndefault = "6s"\n')
    queued = rig.mta.send("user@one.test")
    first = rig.held(queued)
    rig.another_question()
    again = rig.mta.outcome(queued, nth=2, timeout=30)
    assert again.status == "deferred" and "delayed by local policy" in again.text, again
    assert again.text != first.text, "the second hold has an id of its own"
    assert rig.mx.connections == []

    rig.nexthopd.script(YES)
    assert rig.nexthopd.run("reload").returncode == 0
    rig.another_question()
    assert rig.delivered("user@one.test", timeout=30).server == 1
