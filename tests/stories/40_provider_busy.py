"""A provider with 20 domains behind three servers says 421 to everybody: its mail waits, other mail does not notice.

One message after the other is tried, at growing intervals. When one is taken, the rest follows in the order of its
age, at a pace that grows, and the hold is over.
"""

from rig import maillog

SECONDS = 90

_DOMAINS = [f"d{n}" for n in range(20)]
_ZONE = "".join(f"{d} MX 10 mx1\n{d} MX 20 mx2\n{d} MX 30 mx3\n" for d in _DOMAINS) + "other MX 10 mx4\n"
RULES = """
[[provider]]
name = "busy"
mx = ["mx1.test", "mx2.test", "mx3.test"]
example = "mx1.test"
[[rule]]
name = "too-much"
when = { class = "4" }
trigger = "3 in 1m"
hold = "provider"
for = "1s"
most = "4s"
ramp = "2/s"
"""


def story(rig):
    rig.start(_ZONE, settings=RULES + '[rules]\nmode = "enforce"\n')
    for n in (1, 2, 3):
        rig.mx[n].answers(greeting="421 4.7.0 too many connections")
    first = rig.mta.outcome(rig.mta.send("first@d0.test"))
    assert first.status == "deferred" and "421 4.7.0" in first.text, first
    hold = rig.wait_for(lambda: rig.nexthopd.holds(), "the hold")[0]
    assert (hold["scope"], hold["key"], hold["rule"], hold["mode"]) == ("provider", "busy", "too-much", "enforce"), hold
    assert "3 replies in 1m" in hold["reason"], hold
    provider = rig.nexthopd.ctl("provider", "d7.test")[0]
    assert (provider["provider"], provider["by"]) == ("busy", "mx"), provider

    seen = len(rig.mx.connections_to(1))
    for domain in _DOMAINS[1:]:
        rig.held(rig.mta.send(f"user@{domain}.test"))
    rig.mta.send("user@other.test")
    rig.delivered("user@other.test")
    assert rig.nexthopd.holds()[0]["id"] == hold["id"]
    why = rig.nexthopd.ctl("why", hold["id"])
    assert why[0]["evidence"]["matched"] == 3 and len(why) >= 4, why

    # Each probe that fails doubles the interval: 1 s, 2 s, 4 s, and not more.
    def failed():
        return [line for line in rig.nexthopd.log().splitlines() if "hold changed:" in line]
    rig.wait_for(lambda: len(failed()) >= 2, "two probes that fail", 30)
    probes = [c.at for c in rig.mx.connections_to(1)[seen:]]
    assert len(probes) == len(failed()), (probes, failed())
    assert all(b - a > 1.5 for a, b in zip(probes, probes[1:])), probes
    assert all(status == "deferred" for _, status in outcomes())

    for n in (1, 2, 3):
        rig.mx[n].answers()
    rig.wait_for(lambda: len(rig.mx.messages) >= 1 + 17, "the mail to leave", 40)
    taken = [m for m in rig.mx.messages if m.server != 4]
    ids = [int(m.recipients[0].partition("@d")[2].partition(".")[0]) for m in taken]
    # In the order of their age, but for neighbours that smtp(8) delivers at once.
    assert all(b > a - 6 for a, b in zip(ids, ids[1:])), ids
    times = [m.at for m in taken]
    half = len(times) // 2
    assert times[half] - times[0] > times[-1] - times[half], times
    assert times[-1] - times[0] > 2, times
    rig.wait_for(lambda: not rig.nexthopd.holds(), "the hold to end", 30)
    # What was tried and refused is on Postfix' own schedule.
    rig.mta.flush()
    rig.wait_for(lambda: not rig.mta.queue(), "the queue to empty")
    assert len(rig.mx.messages) == 21, len(rig.mx.messages)


def outcomes():
    """(recipient, status) of all outcomes at the busy provider so far."""
    return [(o.recipient, o.status) for o in maillog.outcomes() if "@d" in o.recipient]
