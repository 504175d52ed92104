# Domains that Postfix does not deliver by MX are its own affair, also where only a table says so: a script that
# leaves out every server changes nothing for them. A relay host is not got around; a hold is possible all the same.

import subprocess

ZONE = "\n".join(f"{name} MX 10 mx{server}" for name, server in
                 (("free", 1), ("sub.routed", 1), ("routed", 1), ("other", 3), ("mailbox", 1), ("relayed", 1)))
SCRIPT = """
function GetOverrides(domain) return "mx2.test" end
"""
HELD = "function CheckServer() return false, 10 end\n"
TABLES = {
    "transport": "routed.test smtp:[mx3.test]\n.routed.test smtp:[mx3.test]\n",
    "relayed": "relayed.test ok\n",
    "mailboxes": "mailbox.test ok\n",
}
MAIN_CF = """
relay_domains = hash:/etc/postfix/relayed
relay_transport = smtp:[mx3.test]
virtual_mailbox_domains = hash:/etc/postfix/mailboxes
virtual_transport = smtp:[mx3.test]
transport_maps = hash:/etc/postfix/transport
"""


def server_of(rig, recipient):
    rig.mta.send(recipient)
    return rig.delivered(recipient).server


def story(rig):
    for name, text in TABLES.items():
        with open(f"/etc/postfix/{name}", "w", encoding="ascii") as file:
            file.write(text)
        subprocess.run(["postmap", f"hash:/etc/postfix/{name}"], check=True)
    rig.start(ZONE + "\n", SCRIPT, main_cf=MAIN_CF)
    for domain, server in (("free.test", 2), ("routed.test", 3), ("sub.routed.test", 3), ("relayed.test", 3),
                           ("mailbox.test", 3)):
        assert server_of(rig, f"user@{domain}") == server, domain
    assert rig.nexthopd.ctl("ask", "user@routed.test")[0]["cause"] == "not_ours"
    assert rig.nexthopd.ctl("ask", "user@sub.routed.test")[0]["cause"] == "not_ours"
    assert rig.nexthopd.ctl("ask", "user@free.test")[0]["verdict"] == "route"

    rig.nexthopd.stop()
    rig.start(ZONE + "\n", SCRIPT, main_cf="relayhost = [mx3.test]\n")
    assert server_of(rig, "user@free.test") == 3
    assert rig.nexthopd.ctl("ask", "user@free.test")[0]["cause"] == "relayhost"
    rig.nexthopd.script(HELD)
    rig.nexthopd.run("reload")
    rig.held(rig.mta.send("second@free.test"))
