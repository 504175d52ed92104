# Who is not Postfix gets the same answer, and changes nothing by asking: root's `postmap -q` makes no hold.

import subprocess

from rig import question
from rig.mta import SPOOL

SCRIPT = "function CheckServer() return false, 10 end\n"


def story(rig):
    rig.start("held MX 10 mx1\n", SCRIPT)
    asked = rig.nexthopd.ctl("status")[0]["questions"]
    done = subprocess.run(["postmap", "-q", "user@held.test", f"socketmap:unix:{SPOOL}/nexthopd/socketmap:transport"],
                          capture_output=True, text=True, check=False)
    assert done.stdout.startswith("retry:4.7.0 delayed by local policy"), done
    with question.Client(user="root") as client:
        assert client.ask("user@held.test").startswith("OK retry:4.7.0")
    assert rig.nexthopd.holds() == []
    assert rig.nexthopd.ctl("status")[0]["questions"] == asked

    assert question.ask("user@held.test").startswith("OK retry:4.7.0")
    assert len(rig.nexthopd.holds()) == 1
