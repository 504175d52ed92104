# `nexthopd --pass` answers in the place of a nexthopd that cannot run: mail goes its way, whatever the settings
# and the script are like.

import subprocess

from rig import question

SCRIPT = "function CheckServer() return false, 10 end\n"


def story(rig):
    rig.start("one MX 10 mx1\n", SCRIPT)
    rig.held(rig.mta.send("first@one.test"))
    rig.nexthopd.stop()

    rig.nexthopd.script("function (")
    rig.nexthopd.spawn(mode="--pass")
    rig.wait_for(question.somebody_answers, "nexthopd --pass to answer")
    with question.Client() as client:
        for recipient in ("second@one.test", "*", "x" * 8000):
            assert client.ask(recipient) == "NOTFOUND ", recipient
        client.send(question.netstring("transport a@b") * 3)
        assert [client.reply() for _ in range(3)] == ["NOTFOUND "] * 3
        client.send(b"nonsense")
        assert client.reply() is None
    rig.mta.send("second@one.test")
    assert rig.delivered("second@one.test").server == 1
    assert subprocess.run(["test", "-e", "/run/nexthopd/control"], check=False).returncode != 0
