# Local parts with quotes, blanks, `@`, UTF-8, upper case and +extension; domains in upper case, UTF-8 and
# punycode; address literals and the lone `*` that Postfix asks for: the domain decides, the local part is
# handed on untouched, and what is no mailbox is left alone.

SCRIPT = """
function GetOverrides(domain)
    if domain == "pinned.test" or domain == "xn--bcher-kva.test" then return "mx5.test:2525" end
end
"""
PINNED = ("user@pinned.test", "UsEr@PINNED.Test", "user+ext@pinned.test", '"quo ted"@pinned.test',
          "quo ted@pinned.test", '"a@b"@pinned.test', "a@b@pinned.test", "J\u00fcrgen@pinned.test",
          "x@b\u00fccher.test", "x@B\u00dcCHER.test", "x@xn--bcher-kva.test", "x@XN--BCHER-KVA.TEST")
LEFT_ALONE = ("*", "user@[10.66.1.2]", "user@[IPv6:fd66::101]", "user", "@", "user@", '"', "user@-.test", "a@b c",
              "user@" + "x" * 300 + ".test", "x" * 5000 + "@free.test")


def story(rig):
    rig.start("pinned MX 10 mx1\nxn--bcher-kva MX 10 mx1\nfree MX 10 mx2\n", SCRIPT)
    for recipient in PINNED:
        assert rig.ask(recipient) == "OK :[mx5.test]:2525", recipient
    for recipient in LEFT_ALONE:
        assert rig.ask(recipient).strip() == "NOTFOUND", recipient

    mailed = ('"quo ted"@pinned.test', '"a@b"@pinned.test', "UsEr+Ext@pinned.test", "J\u00fcrgen@pinned.test",
              "x@b\u00fccher.test")
    for recipient in mailed:
        rig.mta.send(recipient)
    for recipient in mailed:
        taken = rig.delivered(recipient)
        assert (taken.server, taken.port) == (5, 2525), taken
    outcome = rig.mta.outcome(rig.mta.send("user@[10.66.1.3]"))
    assert outcome.status == "sent" and "10.66.1.3" in outcome.relay, outcome
