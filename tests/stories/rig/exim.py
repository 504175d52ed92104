"""An Exim beside Postfix: Debian's program, unpacked into /opt/exim of the place, since the packages conflict.

It takes mail from its command line and delivers it before the command returns; no daemon runs.
"""

import pathlib
import shutil
import subprocess

from . import layer

MAINLOG = pathlib.Path("/var/log/exim4/mainlog")
_PROGRAM = layer.EXIM / "usr/sbin/exim4"
_CONFIGURATION = pathlib.Path("/etc/exim4/exim4.conf")
_SPOOL = pathlib.Path("/var/spool/exim4")
_TEXT = f"""
exim_path = {_PROGRAM}
primary_hostname = mta.test
spool_directory = {_SPOOL}
log_file_path = {MAINLOG.parent}/%%slog
keep_environment =
disable_ipv6
%(main)s
begin routers
local:
  driver = redirect
  domains = mta.test
  data = :blackhole:
dnslookup:
  driver = dnslookup
  transport = remote_smtp
begin transports
remote_smtp:
  driver = smtp
  hosts_try_fastopen =
  connect_timeout = 4s
  command_timeout = 4s
begin retry
* * F,1h,1m
"""


class Exim:
    def __init__(self, main=""):
        """`main`: lines for the main section, as log_selector."""
        for folder in (_SPOOL, MAINLOG.parent):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            shutil.chown(folder, layer.EXIM_USER, "adm")
        MAINLOG.touch(0o640)
        shutil.chown(MAINLOG, layer.EXIM_USER, "adm")
        _CONFIGURATION.parent.mkdir(exist_ok=True)
        _CONFIGURATION.write_text(_TEXT % {"main": main})

    @staticmethod
    def send(*recipients, sender="sender@mta.test"):
        """Delivers, or puts off what cannot be delivered now."""
        subprocess.run([_PROGRAM, "-odf", "-oi", "-f", sender, *recipients], input="Subject: a story\n\nOnce.\n",
                       text=True, check=True)

    @staticmethod
    def try_again():
        """All that is queued, whatever the retry times say."""
        subprocess.run([_PROGRAM, "-qff"], check=True)
