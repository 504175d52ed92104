#!/usr/bin/python3
"""The demonstration of contrib/quickstart; it expects a finished build in build/release."""

import os
import pathlib
import re
import subprocess
import sys
import textwrap
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/stories"))

from rig import daemon, layer, maillog, namespaces  # noqa: E402
from rig.place import Place  # noqa: E402
from rig.scene import Scene  # noqa: E402

WIDTH = 80
ZONE = "shop MX 10 mx1\nclub MX 10 mx2\n"
WINDOW, HOLD = 15, 20  # seconds
SCRIPT = f"""\
function CheckServer(domain, mxserver, numRetries, messageSize, defaultResult)
  if defaultResult then
    x = VPOP3.PostgresQuery("SELECT COUNT(*) AS cnt"
      .. " FROM outqueue.sendattempts WHERE server='" .. mxserver
      .. "' AND starttime > CURRENT_TIMESTAMP + '-{WINDOW} SECONDS'"
      .. " AND LEFT(result, 1) = '4'")
    if tonumber(x[1].cnt) > 5 then
      return false, {HOLD}/60;
    end
  end
end
"""
CONTROL = pathlib.Path("/run/mx")


def say(text):
    print()
    for paragraph in text.split("\n\n"):
        print(textwrap.fill(" ".join(paragraph.split()), WIDTH), end="\n\n", flush=True)


def show(text):
    """What a program printed, indented, with long lines wrapped."""
    for line in text.rstrip().splitlines():
        print("\n".join(textwrap.wrap(line, WIDTH, initial_indent="  ", subsequent_indent="      ",
                                      break_on_hyphens=False, replace_whitespace=False) or [""]))
    sys.stdout.flush()


def run(*command):
    print(f"  # {' '.join(command)}")
    show(subprocess.run(command, capture_output=True, text=True).stdout)


def show_outcome(outcome):
    show(f"to {outcome.recipient}: {outcome.status} ({outcome.text})")


def demonstrate(rig):
    say("""This is a throw-away Postfix with nexthopd beside it, a name server, and two mail servers of
        other people: mx1 takes the mail for shop.test, mx2 the mail for club.test. nexthopd runs with the
        settings as they are shipped, a ledger of its own, and this script:""")
    show(SCRIPT)
    say(f"""In words: a mail server that said "come again" (a reply 4xx) more than five times lately is left
        alone for a while. Usually that is 15 minutes to count back and 10 minutes to wait; to keep this short
        it is {WINDOW} seconds and {HOLD} seconds here.""")
    rig.start(ZONE, SCRIPT, shipped=True)

    say("1. A mail to shop.test. Nothing speaks against it, so Postfix delivers as it always does.")
    show_outcome(rig.mta.outcome(rig.mta.send("ann@shop.test")))

    say("2. Now mx1 has had enough for the moment: it answers 450 to every recipient. Six mails try it.")
    rig.mx[1].answers(rcpt="450 4.7.1 slow down")
    for name in ("bea", "cem", "dan", "eve", "fay", "gus"):
        show_outcome(rig.mta.outcome(rig.mta.send(f"{name}@shop.test")))
    rig.nexthopd.await_attempts(7, "--server", "mx1.test", "--domain", "shop.test")  # and the first, which was taken
    tries = len(rig.mx.connections_to(1))

    say("3. The seventh mail. nexthopd has read of six refusals in Postfix's log: the mail is held, and the "
        "queue says until when. A mail to club.test goes out as if nothing had happened.")
    held = rig.mta.send("hal@shop.test")
    outcome = rig.held(held)
    end_of_hold = time.monotonic() + HOLD
    show_outcome(rig.mta.outcome(rig.mta.send("ida@club.test")))
    print()
    run("postqueue", "-p")
    say(f"""mx1 was left in peace: {len(rig.mx.connections_to(1)) - tries} connections since.

        4. Why does that mail wait? The text in the queue has an id to ask with.""")
    hold_id = re.search(r"nexthopd (\w+)", outcome.text)[1]
    run("nexthopctl", "why", hold_id)

    rig.mx[1].answers()
    say("5. Meanwhile mx1 is well again. When the hold ends, nexthopd tells Postfix to try that mail; nobody "
        "has to do anything.")
    while not rig.mx.received("hal@shop.test"):
        left = end_of_hold - time.monotonic()
        assert left > -60, "the mail was not released"
        countdown(f"  waiting for the end of the hold: {max(0, left):2.0f} s")
        time.sleep(0.1)
    countdown("")
    show_outcome(rig.mta.outcome(held, nth=2))

    say("That is all: the script decides, the MTA delivers. man/nexthopd-postfix.7 is the place to read on.")


def countdown(text):
    if sys.stdout.isatty():
        print(f"\r{text:60}\r", end="", flush=True)


def keep(rig, pid):
    os.mkfifo(CONTROL)
    say("It keeps running until you press Ctrl-C here. To get in, in another terminal:")
    show(f"sudo nsenter --target {pid} --all --root --wd bash")
    say("There you can, for example:")
    show("""\
sendmail jim@shop.test </etc/hostname        send a mail
postqueue -p                                 look at the queue
tail /var/log/mail.log
nexthopctl status
vi /etc/nexthopd/mxserverrules.lua           change the script, and then
nexthopctl check && nexthopctl reload
echo 1 rcpt 450 4.7.1 no >/run/mx            let mx1 say that to recipients
echo 1 >/run/mx                              let mx1 be well again""")
    while True:
        for line in CONTROL.read_text().splitlines():
            number, _, script = line.partition(" ")
            stage, _, reply = script.partition(" ")
            try:
                rig.mx[int(number)].answers(**({stage: reply} if stage else {}))
            except (ValueError, KeyError, AssertionError) as error:
                print(f"/run/mx: {line}: {error}", flush=True)


def main():
    kept = layer.prepared(lambda text: print(text, flush=True))

    def inside():
        outer_pid = namespaces.outer_pid()
        place = Place()
        layer.unpack(kept, place)
        place.assemble(visible=[daemon.PROGRAMS])
        place.enter()
        for name in ("nexthopd", "nexthopctl"):
            os.symlink(daemon.PROGRAMS / "src" / name, f"/usr/local/bin/{name}")
        scene = Scene()
        try:
            demonstrate(scene)
        except AssertionError:
            print("".join(line + "\n" for line in maillog.lines()[-20:]) + scene.nexthopd.log()[-3000:])
            raise
        if "--keep" in sys.argv[1:]:
            keep(scene, outer_pid)
        return 0

    status = namespaces.run_isolated(namespaces.FILES_AND_NETWORK, inside)
    print("Everything has been removed again." if status in (0, 130) else "The demonstration failed.")
    return status


sys.exit(main())
