"""An Exim beside Postfix: Debian's program, unpacked into /opt/exim of the place, since the packages conflict.

It takes mail from its command line and delivers it before the command returns; no daemon runs.
"""

import base64
import contextlib
import dataclasses
import errno
import os
import pathlib
import pwd
import re
import shutil
import socket
import subprocess

from . import layer
from .daemon import LOG, PROGRAMS
from .place import CHECKOUT

MAINLOG = pathlib.Path("/var/log/exim4/mainlog")
PORT = 747
_PROGRAM = layer.EXIM / "usr/sbin/exim4"
_CONFIGURATION = pathlib.Path("/etc/exim4/exim4.conf")
_SPOOL = pathlib.Path("/var/spool/exim4")
_KEY = "0123456789abcdef0123456789abcdef"
_KEY_FILE = pathlib.Path("/etc/nexthopd/exim.key")
_RELEASE_SOCKET = "/run/nexthopd-exim-release"
_CONTRIB = CHECKOUT / "contrib/exim"
_TEXT = f"""
%(macros)s
exim_path = {_PROGRAM}
primary_hostname = mta.test
spool_directory = {_SPOOL}
log_file_path = {MAINLOG.parent}/%%slog
keep_environment =
domainlist local_domains = mta.test
domainlist relay_to_domains = relayed.test
%(main)s
begin routers
local:
  driver = redirect
  domains = +local_domains
  data = :blackhole:
%(routers)s
dnslookup:
  driver = dnslookup
  transport = remote_smtp
begin transports
remote_smtp:
  driver = smtp
  hosts_try_fastopen =
  connect_timeout = 4s
  command_timeout = 4s
other_smtp:
  driver = smtp
  helo_data = other.test
begin retry
* * %(retry)s
"""
# Of the settings: Exim asks, and its log is followed.
ASKED = f"""
listen.exim = ["inet:127.0.0.1:{PORT}"]
[[exim]]
name = "exim-out"
log = "{MAINLOG}"
key_file = "{_KEY_FILE}"
"""
_DEBCONF = """
dc_eximconfig_configtype='%s'
dc_other_hostnames='mta.test'
dc_local_interfaces='127.0.0.1'
dc_readhost=''
dc_relay_domains='relayed.test'
dc_minimaldns='false'
dc_relay_nets=''
dc_smarthost='mx9.test'
CFILEMODE='644'
dc_use_split_config='%s'
dc_hide_mailname='false'
dc_mailname_in_oh='true'
dc_localdelivery='mail_spool'
"""
_OUTCOME = re.compile(r"^\S+ \S+ (?P<id>\S{6}-\S{6}-\S{2}) (?P<flag>=>|->|==|\*\*) (?P<to>.*?) (?:<.*?> )?R=(?P<router>\S+) "
                      r"(?P<text>.*)$")


@dataclasses.dataclass
class Outcome:
    id: str
    flag: str  # => or -> delivered, == put off, ** returned
    recipient: str
    router: str
    text: str


class Exim:
    def __init__(self, main="", asks=False, retry="F,1h,1m"):
        """`main`: lines for the main section, as log_selector. `asks`: with nexthopd's routers, of contrib/exim."""
        self._empty()
        _CONFIGURATION.parent.mkdir(exist_ok=True)
        macros = routers = ""
        if asks:
            give_key()
            # The world's servers have private addresses.
            macros = "NEXTHOPD_IGNORE = 127.0.0.0/8\n" + (_CONTRIB / "main").read_text()
            routers = (_CONTRIB / "routers").read_text()
        else:
            main += "\ndisable_ipv6\n"
        _CONFIGURATION.write_text(_TEXT % {"macros": macros, "main": main, "routers": routers, "retry": retry})
        _CONFIGURATION.chmod(0o640)
        shutil.chown(_CONFIGURATION, "root", layer.EXIM_USER)

    @staticmethod
    def _empty():
        for folder in (_SPOOL, MAINLOG.parent):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            shutil.chown(folder, layer.EXIM_USER, "adm")
        MAINLOG.touch(0o640)
        shutil.chown(MAINLOG, layer.EXIM_USER, "adm")

    @staticmethod
    def send(*recipients, sender="sender@mta.test", text="Subject: a story\n\nOnce.\n"):
        """Delivers, or puts off what cannot be delivered now."""
        subprocess.run([_PROGRAM, "-odf", "-oi", "-f", sender, *recipients], input=text, text=True, check=True)

    @staticmethod
    def try_again():
        """All that is queued, whatever the retry times say."""
        subprocess.run([_PROGRAM, "-qff"], check=True)

    @staticmethod
    def run(*arguments, user=None):
        """Exim with these options, as that user: its output."""
        as_user = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
        return subprocess.run([_PROGRAM, *arguments], capture_output=True, text=True, **as_user).stdout

    def queued(self):
        """The ids of the messages in the queue."""
        return [line.split()[2] for line in self.run("-bp").splitlines() if "<" in line]

    @staticmethod
    def outcomes(recipient=None):
        found = [match for line in MAINLOG.read_text(errors="surrogateescape").splitlines()
                 if (match := _OUTCOME.match(line))]
        return [Outcome(m["id"], m["flag"], m["to"], m["router"], m["text"]) for m in found
                if recipient in (None, m["to"])]

    def outcome(self, recipient):
        """The last one logged of the recipient."""
        return self.outcomes(recipient)[-1]


class DebianExim(Exim):
    """With Debian's own configuration in /etc/exim4, as its packages install it. `kind`: internet, smarthost."""

    def __init__(self, kind, split):
        self._empty()
        etc = _CONFIGURATION.parent
        shutil.rmtree(etc, ignore_errors=True)
        shutil.copytree(layer.EXIM / "etc/exim4", etc)
        (etc / "update-exim4.conf.conf").write_text(_DEBCONF % (kind, str(split).lower()))
        # The world's servers have private addresses.
        macros = "ROUTER_DNSLOOKUP_IGNORE_TARGET_HOSTS = 127.0.0.0/8\nNEXTHOPD_IGNORE = 127.0.0.0/8\n"
        (etc / ("conf.d/main/000_localmacros" if split else "exim4.conf.localmacros")).write_text(macros)
        pathlib.Path("/etc/mailname").write_text("mta.test\n")
        pathlib.Path("/etc/email-addresses").touch()
        pathlib.Path("/var/lib/exim4").mkdir(exist_ok=True)
        for name in ("usr/sbin/exim4", "usr/sbin/update-exim4.conf", "etc/init.d/exim4"):
            place = pathlib.Path("/", name)
            place.unlink(missing_ok=True)
            place.symlink_to(layer.EXIM / name)
        self.update()

    @staticmethod
    def update():
        subprocess.run(["update-exim4.conf"], check=True)

    @staticmethod
    def files():
        """path -> content, mode and group of all of /etc/exim4."""
        return {str(path): (path.read_bytes(), path.stat().st_mode, path.stat().st_gid)
                for path in _CONFIGURATION.parent.rglob("*") if path.is_file()}


def give_key():
    """The key of ASKED, and a privileged port for nexthopd, which systemd would open for it."""
    for path, text, group in ((_KEY_FILE, _KEY, layer.USER),
                              (_CONFIGURATION.parent / "nexthopd.key", f"NEXTHOPD_KEY = {_KEY}", layer.EXIM_USER)):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text + "\n")
        path.chmod(0o640)
        shutil.chown(path, "root", group)
    pathlib.Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").write_text("0")


def question(recipient, queue_id="", key=_KEY, size=500):
    """The line that contrib/exim asks."""
    local, _, domain = recipient.rpartition("@")
    code = lambda text: base64.b64encode(text.encode()).decode()  # noqa: E731
    return (f"ROUTE\tk={key}\td:={code(domain)}\tl:={code(local)}\ts:={code('a@mta.test')}\tid={queue_id}\tsize={size}\t"
            f"rcv=\tv=\trelay=0\n")


def ask(line):
    """The answer to a line, as ${readsocket} reads it: to the end."""
    with socket.create_connection(("127.0.0.1", PORT), timeout=5) as connection:
        answer = b""
        # It did not read all of it, and has closed: that is seen at any of these.
        with contextlib.suppress(ConnectionResetError, BrokenPipeError), _not_connected_is_closed():
            connection.sendall(line if isinstance(line, bytes) else line.encode())
            connection.shutdown(socket.SHUT_WR)
            while more := connection.recv(4096):
                answer += more
    return answer.decode()


@contextlib.contextmanager
def _not_connected_is_closed():
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOTCONN:
            raise


@contextlib.contextmanager
def releaser():
    """nexthopd-exim-release, as its units run it: Exim's user, no new privileges, a socket of systemd's."""
    pathlib.Path(_RELEASE_SOCKET).unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as held, open(LOG, "ab") as log:
        held.bind(_RELEASE_SOCKET)
        os.chmod(_RELEASE_SOCKET, 0o660)
        shutil.chown(_RELEASE_SOCKET, "root", layer.USER)
        held.listen(100)
        os.set_inheritable(held.fileno(), True)
        command = ["setpriv", f"--reuid={layer.EXIM_USER}", f"--regid={layer.EXIM_USER}", "--init-groups", "--no-new-privs",
                   PROGRAMS / "src/nexthopd-exim-release", "--exim", _PROGRAM]
        process = subprocess.Popen(
            ["sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', "sh", *command], stdin=subprocess.DEVNULL, stdout=log,
            stderr=log, pass_fds=[3], preexec_fn=lambda: os.dup2(held.fileno(), 3))
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=10)
