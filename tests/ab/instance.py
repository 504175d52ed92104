"""A second Postfix instance for outgoing mail, as of postmulti(1). Both are wired to nexthopd.

The first instance hands the mail of one sender to it, and delivers the rest by itself.
"""

import contextlib
import dataclasses
import functools
import shutil

from rig import layer, maillog
from rig.mta import SPOOL, Mta

import tables

_PORT = 10026
_SUFFIX = "-out"
MAIN_CF = f"""
multi_instance_enable = yes
multi_instance_wrapper = ${{command_directory}}/postmulti -p --
multi_instance_directories = /etc/postfix{_SUFFIX}
smtpd_sender_restrictions = check_sender_access {tables.path('senders')}
"""
SENDERS = f"s1@senders.test FILTER smtp:[127.0.0.1]:{_PORT}"
SETTINGS = f"""
[listen]
socketmap = ["unix:{SPOOL}/nexthopd/socketmap", "unix:{SPOOL}{_SUFFIX}/nexthopd/socketmap"]
[[postfix]]
name = "postfix{_SUFFIX}"
config_directory = "/etc/postfix{_SUFFIX}"
log = "{maillog.PATH}"
"""


@dataclasses.dataclass
class Further:
    name: str
    main_cf: str
    master_cf: tuple

    @functools.cached_property
    def mta(self):
        return Mta(_SUFFIX)

    def wire(self, main_cf, wired):
        self.mta.wire(main_cf + self.main_cf, wired, self.master_cf)
        folder = self.mta.spool / "nexthopd"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        shutil.chown(folder, layer.USER, layer.USER)

    @contextlib.contextmanager
    def running(self):
        """The first instance runs already: its log is this one's, too."""
        self.mta.empty()
        self.mta.resume()
        try:
            yield
        finally:
            self.mta.stop()


OUTGOING = Further(f"postfix{_SUFFIX}", """
multi_instance_enable = yes
mydestination =
authorized_submit_users =
transport_maps = inline:{two.test=smtp:[mx14.test]}
""", (("-MX", "smtp/inet"),
      ("-Me", f"127.0.0.1:{_PORT}/inet = 127.0.0.1:{_PORT} inet n - y - - smtpd")))
