# An administrator looks in, with each command of nexthopctl, for people and as JSON, and with the exit status that
# scripts rely on: 0 yes or done, 1 no, 2 a request that makes no sense, 3 nexthopd is not there.

SCRIPT = """
function GetOverrides(domain)
    if domain == "pinned.test" then return { "mx5.test:2525", "mx1.test" } end
end
function CheckServer(domain, mxserver)
    if domain == "held.test" and nexthop.count(mxserver, "4", 900) > 0 then return false, 5 end
end
"""


def status(rig, *arguments):
    done = rig.nexthopd.run(*arguments)
    assert all(len(line) <= 80 for line in done.stdout.splitlines()), done.stdout
    return done.returncode


def story(rig):
    rig.start("pinned MX 10 mx1\nheld MX 10 mx2\nfree MX 10 mx3\n", SCRIPT)
    assert status(rig, "check") == 0
    assert status(rig, "status") == 0

    asked = rig.nexthopd.ctl("ask", "user@pinned.test")[0]
    assert asked["verdict"] == "route" and asked["reply"] == "OK :[mx5.test]:2525, [mx1.test]", asked
    assert [(h["server"], h["port"]) for h in asked["hosts"]] == [("mx5.test", 2525), ("mx1.test", 25)], asked
    assert asked["took_ms"] < 250, asked
    assert (status(rig, "ask", "user@pinned.test"), status(rig, "ask", "user@free.test")) == (0, 1)
    assert status(rig, "ask", "nobody") == 2

    steps = [line.get("step") for line in rig.nexthopd.ctl("explain", "user@held.test", "--size", "7", "--retries", "2")]
    assert steps[:2] == ["GetOverrides", "mx"] and "count" in steps and steps[-2] == "CheckServer mx2.test", steps

    # A question by hand changes nothing: the hold comes only with Postfix' own.
    rig.mx[2].answers(rcpt="450 4.7.1 not now")
    rig.mta.outcome(rig.mta.send("first@held.test"))
    attempt = rig.nexthopd.await_attempts(1, "--server", "mx2.test", "--since", "5m")[0]
    assert (attempt["code"], attempt["stage"], attempt["status"]) == (450, "rcpt", "deferred"), attempt
    assert attempt["starttime"].endswith("Z") and attempt["result"].startswith("450 4.7.1"), attempt
    assert rig.nexthopd.ctl("ask", "second@held.test")[0]["verdict"] == "hold"
    assert rig.nexthopd.holds() == []

    queue_id = rig.mta.send("second@held.test")
    rig.held(queue_id)
    rig.wait_for(lambda: [h["waiting"] for h in rig.nexthopd.holds()] == [1], "the message to wait under its hold")
    hold = rig.nexthopd.holds()[0]
    assert (hold["key"], hold["rule"], hold["scope"]) == ("second@held.test", "script:CheckServer", "mail"), hold
    assert status(rig, "holds") == 0
    for key in (hold["id"], queue_id):
        why = rig.nexthopd.ctl("why", key)
        assert why[0]["id"] == hold["id"] and why[0]["queue_ids"] == [queue_id], why
        assert [a["recipient"] for a in why[1:]] == ["first@held.test"], why
    assert (status(rig, "why", hold["id"]), status(rig, "why", "NOSUCH")) == (0, 1)

    # Cleared by hand, the mail leaves at once: another recipient was asked about meanwhile.
    rig.mx[2].answers()
    rig.nexthopd.script("")
    assert status(rig, "reload") == 0
    rig.another_question()
    assert status(rig, "holds", "clear", hold["id"]) == 0
    assert status(rig, "holds", "clear", hold["id"]) == 1
    assert rig.delivered("second@held.test").server == 2
    assert rig.nexthopd.ctl("why", hold["id"])[0]["ended_why"] == "cleared"

    assert status(rig, "holds", "set", "third@free.test", "10m") == 0
    rig.held(rig.mta.send("third@free.test"))
    assert status(rig, "holds", "set", "third@free.test", "10") == 2

    rig.nexthopd.script("function CheckServer() return fals e end")
    assert status(rig, "check") == 1
    assert status(rig, "reload") == 1
    assert rig.nexthopd.run("nonsense").returncode == 2
    rig.nexthopd.stop()
    assert status(rig, "status") == 3
