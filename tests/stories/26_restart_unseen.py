# The sockets are held by somebody else, as by systemd's socket units: while nexthopd is stopped, killed, or
# replaced by `nexthopd --pass`, questions wait in the socket. No mail is put off, and no name disappears.

import itertools

from rig import maillog, question
from rig.sockets import Sockets

SCRIPT = """
function CheckServer(domain)
    if domain == "held.test" then return false, 10 end
end
"""
ROUNDS = 6


def story(rig):
    rig.start("one MX 10 mx1\nheld MX 10 mx2\n", SCRIPT)
    rig.nexthopd.stop()
    rig.nexthopd.sockets = Sockets()
    try:
        under_load(rig)
        handed_over_wrongly(rig)
    finally:
        rig.nexthopd.sockets = None


def under_load(rig):
    rig.nexthopd.start()
    hold = rig.held(rig.mta.send("user@held.test"))
    sent = []
    numbers = itertools.count()

    def send_some():
        for _ in range(5):
            sent.append(f"user{next(numbers)}@one.test")
            rig.mta.send(sent[-1])

    for number in range(ROUNDS):
        send_some()
        (rig.nexthopd.stop, rig.nexthopd.kill)[number % 2]()
        send_some()  # nobody serves the socket: these questions wait in it
        if number % 3 == 0:
            rig.nexthopd.spawn(mode="--pass")
            send_some()
            rig.delivered(sent[-1])
            rig.nexthopd.stop()
            send_some()
        rig.wait_for(rig.nexthopd.sockets.question_waits, "a question while nobody answers")
        rig.nexthopd.start()
    for recipient in sent:
        rig.delivered(recipient)
    put_off = [outcome for outcome in maillog.outcomes() if outcome.status != "sent"]
    assert {outcome.id for outcome in put_off} == {hold.id}, put_off
    rig.nexthopd.stop()
    assert question.PATH.is_socket(), "a socket that was handed over keeps its name"


def handed_over_wrongly(rig):
    """The name of no surface is said; what works is served."""
    rig.nexthopd.spawn(wrapper=["sh", "-c", 'LISTEN_FDNAMES=socketmap:other exec "$@"', "sh"])
    rig.wait_for(question.somebody_answers, "nexthopd to answer")
    assert "is no surface of nexthopd" in rig.nexthopd.log()
    assert rig.ask("user@one.test") == "NOTFOUND "
    rig.nexthopd.stop()
