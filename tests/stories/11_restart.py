# nexthopd is restarted, and then killed, while mail is waiting and mail is flowing: the hold is still there
# afterwards with the same id and the same end, other mail goes on, and the held mail is delivered in the end.

SCRIPT = """
function CheckServer(domain)
    if domain == "held.test" then return false, 0.3 end
end
"""


def story(rig):
    rig.start("held MX 10 mx1\nfree MX 10 mx2\n", SCRIPT)
    rig.held(rig.mta.send("user@held.test"))
    before = rig.wait_for(rig.nexthopd.holds, "the hold to be listed")
    reply = rig.ask("user@held.test")
    assert before[0]["id"] in reply, reply

    for number, end in enumerate((rig.nexthopd.stop, rig.nexthopd.kill)):
        rig.mta.send(f"before{number}@free.test")
        rig.delivered(f"before{number}@free.test")
        end()
        rig.nexthopd.start()
        rig.mta.send(f"after{number}@free.test")
        rig.delivered(f"after{number}@free.test")
        after = rig.nexthopd.holds()
        assert [(h["id"], h["until"]) for h in after] == [(h["id"], h["until"]) for h in before], (before, after)
        assert rig.ask("user@held.test") == reply

    rig.nexthopd.script("")
    assert rig.nexthopd.run("reload").returncode == 0
    assert rig.delivered("user@held.test", timeout=40).server == 1
