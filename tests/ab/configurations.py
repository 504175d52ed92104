"""The Postfix configurations that are tried. `expect` proves that a configuration does what its name says."""

from rig.mx import HANG

import dane
import instance
import smtp_filter
import tables
import tls_policies
from configuration import Configuration, a_few, also, answering, only

_ROUTES = """
    routed.test smtp:[mx13.test]
    .parent.test smtp:[mx14.test]:2525
    only@two.test smtp:[mx15.test]
    three.test :[mx16.test]
    """
_ROUTED = also("r%d@routed.test", "r%d@sub.parent.test", "only@two.test", "r%d@three.test")
_ROUTED_EXPECT = ("routed.test mx13 sent", "sub.parent.test mx14 sent", "two.test mx15 sent", "three.test mx16 sent",
                  "one.test mx1 sent")
_PUBLIC_ELSEWHERE = "".join(f"{name} MX 10 mx17\n" for name in ("alias", "box", "relayed"))
_VERIFY = """
address_verify_map =
address_verify_poll_delay = 1s
unverified_recipient_reject_code = 550
smtpd_recipient_restrictions = reject_unverified_recipient
"""
_PROBED = only("known1@one.test", "known2@two.test", "known@never.test", "known@routed.test", "known3@one.test")

ALL = (
    Configuration("plain", expect=("one.test mx1 sent", "busy.test mx7 sent", "later.test mx8 deferred",
                                   "never.test mx9 bounced", "grey.test mx10 sent", "absent.test none bounced",
                                   "senders.test mx11 sent")),
    Configuration("relayhost", "relayhost = [mx13.test]\n", expect=("one.test mx13 sent", "absent.test mx13 sent"),
                  left_alone=("*",)),
    Configuration("relayhost with a port, by MX", "relayhost = hub.test:2525\n", zone="hub MX 10 mx14\nhub MX 20 mx15",
                  expect=("one.test mx14 sent",), left_alone=("*",), quick=False),
    Configuration("sender_dependent_relayhost_maps",
                  f"sender_dependent_relayhost_maps = {tables.path('relays')}\n",
                  {"relays": "s1@senders.test [mx13.test]\ns2@senders.test [mx14.test]:2525"},
                  expect=("one.test mx13 sent", "one.test mx14 sent", "one.test mx1 sent"), left_alone=("*",)),
    Configuration("sender_dependent_default_transport_maps",
                  f"sender_dependent_default_transport_maps = {tables.path('transports')}\n",
                  {"transports": "s1@senders.test other:[mx13.test]\ns2@senders.test other:"},
                  master_cf=(("-Me", "other/unix = other unix - - y - - smtp -o syslog_name=postfix/other"),),
                  expect=("one.test mx13 sent", "one.test mx1 sent"), left_alone=("*",), quick=False),
    Configuration("transport_maps", f"transport_maps = {tables.path('transport')}\n", {"transport": _ROUTES},
                  zone="routed MX 10 mx17\nsub.parent MX 10 mx17\n", recipients=_ROUTED, expect=_ROUTED_EXPECT,
                  left_alone=("routed.test", "sub.parent.test", "only@two.test", "three.test")),
    Configuration("transport_maps: a list, with a default",
                  f"transport_maps = inline:{{two.test=smtp:[mx14.test]}}, {tables.path('transport')}\n",
                  {"transport": "* smtp:[mx13.test]"}, expect=("two.test mx14 sent", "one.test mx13 sent"),
                  left_alone=("*",), quick=False),
    Configuration("backup MX of relay_domains", "relay_domains = backed.test\n",
                  zone="backed MX 10 mx13\nbacked MX 20 mta\n", recipients=also("r%d@backed.test"),
                  expect=("backed.test mx13 sent",), left_alone=("backed.test",)),
    Configuration("backup MX, the first is down", "relay_domains = backed.test\n",
                  zone="backed MX 10 refuses\nbacked MX 20 mta\n", recipients=also("r%d@backed.test"),
                  expect=("backed.test none deferred",), left_alone=("backed.test",)),
    Configuration("best MX is this host", zone="loop MX 10 mta\nloop MX 20 mx13\n", recipients=also("r%d@loop.test"),
                  expect=("loop.test none bounced",), quick=False),
    Configuration("relay_domains in a table, with a transport",
                  f"relay_domains = {tables.path('relay')}\ntransport_maps = {tables.path('transport')}\n",
                  {"relay": "relayed.test ok", "transport": "relayed.test relay:[mx13.test]"}, _PUBLIC_ELSEWHERE,
                  recipients=also("r%d@relayed.test"), expect=("relayed.test mx13 sent",),
                  left_alone=("relayed.test",)),
    Configuration("virtual_alias_domains",
                  f"virtual_alias_domains = alias.test\nvirtual_alias_maps = {tables.path('aliases')}\n",
                  {"aliases": "many@alias.test a@one.test, b@two.test, c@busy.test\nall@alias.test many@alias.test"},
                  _PUBLIC_ELSEWHERE, recipients=also("many@alias.test", "all@alias.test"),
                  expect=("one.test mx1 sent", "busy.test mx7 sent")),
    Configuration("virtual_alias_domains in a table",
                  f"virtual_alias_domains = {tables.path('domains')}\nvirtual_alias_maps = {tables.path('aliases')}\n",
                  {"domains": "alias.test ok", "aliases": "many@alias.test a@one.test\n@alias.test b@three.test"},
                  _PUBLIC_ELSEWHERE, recipients=also("many@alias.test", "x%d@alias.test"),
                  expect=("three.test mx3 sent",), quick=False),
    Configuration("virtual_mailbox_domains", "virtual_mailbox_domains = box.test\nvirtual_transport = discard:box\n",
                  zone=_PUBLIC_ELSEWHERE, recipients=also("b%d@box.test"), expect=("box.test none sent",),
                  left_alone=("box.test",)),
    Configuration("virtual_mailbox_domains in a table",
                  f"virtual_mailbox_domains = {tables.path('boxes')}\nvirtual_transport = discard:box\n",
                  {"boxes": "box.test ok"}, _PUBLIC_ELSEWHERE, recipients=also("b%d@box.test"),
                  expect=("box.test none sent",), left_alone=("box.test",), quick=False),
    Configuration("content_filter", smtp_filter.MAIN_CF, master_cf=smtp_filter.MASTER_CF,
                  beside=(smtp_filter.running,), expect=("one.test 127.0.0.1 sent", "one.test mx1 sent")),
    Configuration("FILTER in an access table", f"smtpd_sender_restrictions = check_sender_access"
                  f" {tables.path('senders')}\n", {"senders": "s1@senders.test FILTER smtp:[mx13.test]"},
                  expect=("one.test mx13 sent", "one.test mx1 sent")),
    Configuration("reject_unverified_recipient", _VERIFY, zone="routed MX 10 mx17\n", recipients=_PROBED,
                  expect=("one.test mx1 deliverable", "never.test mx9 undeliverable", "routed.test mx17 sent")),
    Configuration("reject_unverified_recipient, transport_maps",
                  f"{_VERIFY}transport_maps = {tables.path('transport')}\n", {"transport": _ROUTES},
                  "routed MX 10 mx17\n", recipients=_PROBED,
                  expect=("one.test mx1 deliverable", "routed.test mx13 deliverable", "routed.test mx13 sent"),
                  left_alone=("routed.test",)),
    Configuration("smtp_fallback_relay", "smtp_fallback_relay = [mx13.test]\n", recipients=also("r%d@closed.test"),
                  expect=("closed.test mx13 sent", "one.test mx1 sent", "later.test mx13 sent")),
    Configuration("smtp_tls_policy_maps", f"smtp_tls_policy_maps = {tables.path('tls')}\n{tls_policies.MAIN_CF}",
                  {"tls": "\n".join(map(" ".join, tls_policies.POLICIES.items()))},
                  expect=tls_policies.EXPECT, left_alone=("two.test", "three.test")),
    Configuration("smtp_tls_policy_maps: socketmap", f"smtp_tls_policy_maps = {tls_policies.TABLE}\n"
                  f"{tls_policies.MAIN_CF}", beside=(tls_policies.served,),
                  expect=tls_policies.EXPECT, left_alone=("two.test", "three.test"), quick=False),
    Configuration("DANE", dane.MAIN_CF, zone=dane.zone, signed=True, beside=(dane.validated,), behave=dane.encrypt,
                  settings=dane.SETTINGS, recipients=also("r%d@dane.test", "r%d@mismatch.test", "r%d@half.test"),
                  expect=("dane.test mx13 sent", "mismatch.test mx15 deferred", "half.test mx14 sent",
                          "one.test mx1 sent", "busy.test mx7 sent"),
                  left_alone=("dane.test", "mismatch.test", "half.test", "two.test", "three.test", "busy.test")),
    Configuration("two instances", instance.MAIN_CF, {"senders": instance.SENDERS}, further=instance.OUTGOING,
                  settings=instance.SETTINGS,
                  expect=("one.test 127.0.0.1 sent", "one.test mx1 sent", "two.test mx14 sent", "two.test mx2 sent"),
                  left_alone=("two.test",)),
    Configuration("connection caching", "smtp_connection_cache_destinations = one.test, two.test, busy.test\n",
                  expect=("one.test mx1 sent",), quick=False),
    Configuration("IPv6 only", "inet_protocols = ipv6\nmynetworks = [fd66::]/64\n",
                  zone="mx13 AAAA fd66::113\nmx14 AAAA fd66::114\nsix MX 10 mx1\nsix MX 20 mx13\nbare AAAA fd66::114\n",
                  recipients=also("r%d@six.test", "r%d@bare.test"), mta="fd66::1",
                  expect=("six.test mx13 sent", "bare.test bare sent")),
    Configuration("IPv6 preferred", "smtp_address_preference = ipv6\n", zone="mx1 AAAA fd66::101\n",
                  expect=("one.test mx1 sent",), quick=False),
    Configuration("recipient_delimiter", "recipient_delimiter = +-\n"
                  f"virtual_alias_maps = {tables.path('aliases')}\n", {"aliases": "plus@one.test target@two.test"},
                  recipients=also("plus+x%d@one.test", "p+q%d@three.test", "p-q%d@one.test"),
                  expect=("two.test mx2 sent",), quick=False),
    Configuration("SMTPUTF8", zone="xn--bcher-kva MX 10 mx13\n",
                  recipients=also("jürgen%d@bücher.test", "é%d@one.test", "a%d@xn--bcher-kva.test"),
                  expect=("bücher.test mx13 sent", "one.test mx1 sent")),
    Configuration("unusual addresses", recipients=also(
                      '"quo ted%d"@one.test', "UsEr%d@ONE.Test", "r%d@[10.66.1.13]", "r%d@[IPv6:fd66::113]",
                      '"a@b%d"@two.test', "postmaster"), expect=("one.test mx1 sent",),
                  left_alone=("[10.66.1.13]", "[ipv6:fd66::113]")),
    Configuration("without chroot", master_cf=(("-Fe", "*/*/chroot=n"),), expect=("one.test mx1 sent",)),
    Configuration("one delivery at a time", "default_destination_concurrency_limit = 1\n",
                  expect=("one.test mx1 sent",), quick=False),
    Configuration("one recipient per delivery", "default_destination_recipient_limit = 1\n",
                  recipients=also("x%d@one.test", "y%d@one.test", "x%d@busy.test"), expect=("busy.test mx7 sent",),
                  quick=False),
    Configuration("a slow destination", zone="slow MX 10 mx13\n", recipients=also("r%d@slow.test"),
                  behave=answering(mx13=0.05), expect=("slow.test mx13 sent",), quick=False),
    Configuration("a destination that refuses", zone="bad MX 10 mx13\nbad MX 20 mx14\n",
                  recipients=also("r%d@bad.test"), behave=answering(mx13={"greeting": "554 5.7.1 no"},
                                                                  mx14={"mail": "550 5.7.1 not you"}),
                  expect=("bad.test mx14 bounced",)),
    Configuration("a destination that never answers", "smtp_helo_timeout = 2s\n", zone="dumb MX 10 mx13\n",
                  recipients=a_few("dumb.test"),
                  behave=answering(mx13={"greeting": HANG}), expect=("dumb.test mx13 deferred",)),
    Configuration("a destination that is not there", "smtp_connect_timeout = 1s\n",
                  zone="gone MX 10 far\nfar A 10.66.9.1\n", recipients=a_few("gone.test"),
                  expect=("gone.test none deferred",), quick=False),
    Configuration("greylisting", zone="grey2 MX 10 mx10\n", recipients=also("r%d@grey.test", "r%d@grey2.test"),
                  expect=("grey.test mx10 deferred", "grey.test mx10 sent")),
    Configuration("always_bcc", "always_bcc = all@archive.test\n", expect=("archive.test mx12 sent",)),
    Configuration("a name server without the zone", recipients=also("r%d@servfail.test"),
                  expect=("servfail.test none deferred",), quick=False),
)

