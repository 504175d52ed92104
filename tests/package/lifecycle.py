#!/usr/bin/python3
"""sudo tests/package/lifecycle.py: the Debian package as an administrator meets it.

It is built twice from the programs of NEXTHOPD_BUILD (build/release), which has to give the same, looked at by
lintian, and installed in a place of its own (tests/stories/rig) where systemd runs as pid 1, beside a real Postfix
with mail flowing: installed, wired, crashed, stopped, upgraded, removed and purged.
"""

import filecmp
import http.client
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parents[1] / "stories")]

import pid1  # noqa: E402
from rig import daemon, layer, maillog, namespaces, question  # noqa: E402
from rig.place import BUILD, CHECKOUT, Place  # noqa: E402
from rig.scene import Scene  # noqa: E402

ZONE = "one MX 10 mx1\nheld MX 10 mx1\n"
SCRIPT = 'function CheckServer(domain) if domain == "held.test" then return false, 10 end end\n'
SETTINGS = '[dns]\nservers = ["10.66.0.53"]\n[[postfix]]\nlog = "/var/log/mail.log"\n'
MAIN_CF, UNIT = pathlib.Path("/etc/postfix/main.cf"), "nexthopd.service"
HELD = "OK retry:4.7.0 delayed by local policy"
# What belongs to dpkg, systemd and the tools of the test, and to whoever logs.
NOT_OURS = ("/var/lib/dpkg", "/var/lib/systemd", "/var/log", "/var/cache", "/var/spool/postfix", "/var/lib/postfix",
            "/etc/systemd/system", "/etc/postfix", "/var/lib/nsd", "/etc/nsd", "/var/backups", "/var/tmp")


def build_package():
    subprocess.run([CHECKOUT / "contrib/build-deb", "--built", daemon.PROGRAMS], check=True,
                   env={**os.environ, "DEB_BUILD_OPTIONS": "noautodbgsym"}, stdout=subprocess.DEVNULL)
    package, = (BUILD / "deb").glob("nexthopd_*.deb")
    return package


def build_again(package):
    first = package.rename(BUILD / package.name)
    try:
        assert filecmp.cmp(first, build_package(), shallow=False), "built twice, the package is not the same"
    finally:
        first.unlink()


def lint(package):
    if not shutil.which("lintian"):
        print("lintian is not installed")
        return
    done = subprocess.run(["lintian", "--allow-root", "--pedantic", "--fail-on", "error,warning,pedantic", package],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout


class Asker:
    """Asks about a held recipient, one question after the other: each has to be answered, and rightly."""

    def __init__(self):
        self.answers, self.failures, self.longest = [], [], 0
        self._end = False
        self._thread = threading.Thread(target=self._ask, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def _ask(self):
        while not self._end:
            began = time.monotonic()
            try:
                # Where a connection is ended by a restart, Postfix asks again over a new one.
                answer = self._once() or self._once()
                (self.answers if answer else self.failures).append(answer)
            except OSError as error:
                self.failures.append(error)
            self.longest = max(self.longest, time.monotonic() - began)
            time.sleep(0.01)

    @staticmethod
    def _once():
        try:
            return question.ask("user@held.test")
        except (BrokenPipeError, ConnectionResetError):
            return None

    def __exit__(self, *_):
        self._end = True
        self._thread.join()


def files():
    """Of the place, but what is on file systems of its own."""
    found = set()
    for top in ("/etc", "/usr", "/var", "/opt", "/lib/systemd", "/run/nexthopd"):
        for folder, _, names in os.walk(top):
            found.update(path for path in (folder, *(f"{folder}/{name}" for name in names))
                         if not path.startswith(NOT_OURS) or "nexthop" in path)
    return found


def lifecycle(rig, systemd, package):
    for name in (layer.USER, layer.ADMIN_GROUP):  # the rig's own; the package makes them
        subprocess.run(["userdel" if name == layer.USER else "groupdel", name], check=True)
    rig.dns.serve(ZONE)
    rig.mta.wire("", wired=False)
    maillog.PATH.write_text("")
    shutil.chown(maillog.PATH, "root", "adm")
    systemd.await_start()
    systemd.run("systemctl", "start", "postfix")
    before, bare = files(), MAIN_CF.read_bytes()

    installed(rig, systemd, package)
    wired(rig, systemd)
    crashed(systemd)
    crashed_again_and_again(rig, systemd)
    stopped(rig, systemd)
    upgraded(rig, systemd, package)
    removed(rig, systemd, bare)
    systemd.run("dpkg", "--purge", "nexthopd")
    left = files() - before
    assert not left, f"left after a purge: {sorted(left)}"
    for known in ("/etc/passwd", "/etc/group"):
        assert "nexthopd" not in pathlib.Path(known).read_text(), known
    assert "postdrop" in pathlib.Path("/etc/group").read_text()


def step(text):
    print(f"  {text}", flush=True)


def installed(rig, systemd, package):
    step("installed")
    systemd.run("dpkg", "--install", package)
    assert systemd.active(UNIT) and systemd.show(UNIT, "NRestarts") == "0"
    status = systemd.run("nexthopctl", "status", check=False).stdout
    assert "questions" in status, status
    for socket, owner, mode in (("/run/nexthopd/control", "nexthopd-admin", 0o660),
                                ("/var/spool/postfix/nexthopd/socketmap", "root", 0o666)):
        path = pathlib.Path(socket)
        assert path.group() == owner and path.stat().st_mode & 0o777 == mode, socket
    daemon.SCRIPT.write_text(SCRIPT)
    daemon.CONF.joinpath("20-postfix.toml").write_text("")
    daemon.CONF.joinpath("90-local.toml").write_text(SETTINGS)
    systemd.run("systemctl", "restart", UNIT)
    rig.wait_for(lambda: systemd.run("nexthopctl", "status", check=False).returncode == 0,
                 lambda: systemd.run("nexthopctl", "status", check=False).stdout)
    metrics = page("/metrics")
    assert "\nnexthopd_problems 0\n" in metrics and page("/healthz") == "ok\n", metrics
    daemon.SCRIPT.write_text("function (")
    refused = systemd.run("systemctl", "reload", UNIT, check=False)
    assert refused.returncode != 0, refused
    # The journal knows how serious it is, and of which facility.
    for filters, pattern in ((("--priority=err",), "mxserverrules.lua:1"), (("SYSLOG_FACILITY=2", "PRIORITY=6"), "started: ")):
        lines = systemd.run("journalctl", "--output=cat", f"--unit={UNIT}", *filters).stdout.splitlines()
        assert lines and any(pattern in line for line in lines), (filters, lines)
        assert not any(line.startswith(("<", "20")) for line in lines), lines
    daemon.SCRIPT.write_text(SCRIPT)
    systemd.run("systemctl", "reload", UNIT)


def page(path):
    """What the http surface shows."""
    connection = http.client.HTTPConnection("127.0.0.1", 9747, timeout=5)
    connection.request("GET", path)
    return connection.getresponse().read().decode()


def wired(rig, systemd):
    step("wired")
    systemd.run("nexthopctl", "postfix", "enable")
    rig.held(rig.mta.send("user@held.test"))
    rig.mta.send("user@one.test")
    rig.delivered("user@one.test")
    # postqueue(1) is set-gid, and NoNewPrivileges= makes that void: the release proves that postdrop suffices.
    hold, = (json.loads(line)["id"] for line in systemd.run("nexthopctl", "holds", "--json").stdout.splitlines())
    daemon.SCRIPT.write_text("")
    systemd.run("nexthopctl", "reload")
    systemd.run("nexthopctl", "holds", "clear", hold)
    rig.delivered("user@held.test", timeout=50)
    daemon.SCRIPT.write_text(SCRIPT)
    systemd.run("nexthopctl", "reload")


def crashed(systemd):
    step("killed three times under questions: each is answered, and rightly")
    with Asker() as asker:
        for _ in range(3):
            old = systemd.show(UNIT, "MainPID")
            systemd.run("systemctl", "kill", "--signal=KILL", UNIT)
            while not systemd.active(UNIT) or systemd.show(UNIT, "MainPID") == old:
                time.sleep(0.05)
    check_answers(asker)
    assert not systemd.active("nexthopd-pass.service")


def crashed_again_and_again(rig, systemd):
    step("killed at each start: nexthopd --pass answers after the fifth time")
    noted = pathlib.Path("/run/nexthopd/failures")
    for count in range(len(noted.read_text().splitlines()) + 1, 6):
        rig.wait_for(lambda: systemd.active(UNIT), "nexthopd to start")
        systemd.run("systemctl", "kill", "--signal=KILL", UNIT)
        rig.wait_for(lambda: len(noted.read_text().splitlines()) == count, "the failure to be noted")
    rig.wait_for(lambda: systemd.active("nexthopd-pass.service"), "nexthopd-pass.service")
    assert question.ask("user@held.test") == "NOTFOUND "
    rig.wait_for(lambda: systemd.active(UNIT), "nexthopd to try again", 25)
    rig.wait_for(lambda: question.ask("user@held.test").startswith(HELD), "nexthopd to hold again")
    noted.unlink()


def check_answers(asker):
    assert not asker.failures, asker.failures[:5]
    wrong = [answer for answer in asker.answers if not answer.startswith(HELD)]
    assert asker.answers and not wrong, wrong[:5]
    assert asker.longest < 2, asker.longest


def stopped(rig, systemd):
    step("stopped: nexthopd --pass answers, and goes when nexthopd is back")
    systemd.run("systemctl", "stop", UNIT)
    rig.wait_for(lambda: systemd.active("nexthopd-pass.service"), "nexthopd-pass.service")
    for _ in range(20):
        assert question.ask("user@held.test") == "NOTFOUND "
    unreachable = systemd.run("nexthopctl", "status", check=False)
    assert unreachable.returncode == 3, unreachable
    try:
        page("/metrics")
        raise AssertionError("somebody shows metrics")
    except (http.client.HTTPException, OSError):
        pass
    assert systemd.show(UNIT, "ActiveState") == "inactive"
    rig.mta.send("other@held.test")
    rig.delivered("other@held.test")
    systemd.run("systemctl", "start", UNIT)
    rig.wait_for(lambda: not systemd.active("nexthopd-pass.service"), "nexthopd-pass.service to end")
    rig.wait_for(lambda: question.ask("user@held.test").startswith(HELD), "nexthopd to hold again")


def upgraded(rig, systemd, package):
    step("upgraded under questions: each is answered, rightly, and what was edited stays")
    old = systemd.show(UNIT, "MainPID")
    with Asker() as asker:
        systemd.run("dpkg", "--install", package, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
        rig.wait_for(lambda: systemd.active(UNIT) and systemd.show(UNIT, "MainPID") != old, "the new nexthopd")
        time.sleep(0.5)
    check_answers(asker)
    assert daemon.SCRIPT.read_text() == SCRIPT
    assert pathlib.Path("/var/lib/nexthopd/ledger.db").exists()


def removed(rig, systemd, bare):
    step("not removed while Postfix' lines were edited by hand; then removed, and mail flows")
    wired_text = MAIN_CF.read_bytes()
    MAIN_CF.write_bytes(wired_text.replace(b"nexthopd/socketmap", b"nexthopd/./socketmap"))
    refused = systemd.run("dpkg", "--remove", "nexthopd", check=False)
    assert refused.returncode != 0 and "by hand" in refused.stdout, refused.stdout
    rig.wait_for(lambda: systemd.active(UNIT), "nexthopd to go on")
    MAIN_CF.write_bytes(wired_text)
    systemd.run("dpkg", "--remove", "nexthopd", env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
    assert MAIN_CF.read_bytes() == bare
    for unit in (UNIT, "nexthopd-pass.service", "nexthopd-socketmap.socket"):
        assert not systemd.active(unit), unit
    assert pathlib.Path("/var/lib/nexthopd/ledger.db").exists()
    rig.mta.send("last@held.test")
    rig.delivered("last@held.test")


def main():
    if os.geteuid() != 0:
        sys.exit("This needs root: sudo tests/package/lifecycle.py")
    began = time.monotonic()
    package = build_package()
    lint(package)
    build_again(package)
    step(f"built: {package.name}, {time.monotonic() - began:.0f} s")
    kept = layer.prepared(lambda text: print(text, flush=True))

    def inside():
        place = Place()
        layer.unpack(kept, place)
        place.assemble(visible=[daemon.PROGRAMS])
        systemd = pid1.Systemd(place)
        place.enter()
        try:
            lifecycle(Scene(), systemd, package)
        except BaseException:
            print(systemd.journal())
            raise
        finally:
            systemd.end()
        return 0

    status = namespaces.run_isolated(namespaces.FILES_AND_NETWORK, inside)
    print(f"{'ok' if status == 0 else 'FAILED'} {time.monotonic() - began:.0f} s")
    return status


sys.exit(main())
