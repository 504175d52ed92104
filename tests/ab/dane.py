"""DANE: the zone is signed, a resolver beside Postfix validates it, and some servers have TLSA records.

    dane.test      TLSA records that are those of its servers
    mismatch.test  TLSA records of another key: not delivered
    half.test      the first server's is of another key, the second's is right
    one.test       without TLSA records, and not validated; the rest is validated and without
"""

import contextlib

from rig import certificate, network, validator
from rig.mta import SPOOL, resolve_through

MAIN_CF = "smtp_dns_support_level = dnssec\nsmtp_tls_security_level = dane\n"
SETTINGS = f'[dns]\nservers = ["{validator.ADDRESS}:53"]\n'
_ENCRYPTED = (13, 14, 15)


def zone():
    right = certificate.made().tlsa
    wrong = f"3 1 1 {'00' * 32}"
    return f"""
dane MX 10 mx13
dane MX 20 mx14
mismatch MX 10 mx15
half MX 10 mx15
half MX 20 mx14
_25._tcp.mx13 TLSA {right}
_25._tcp.mx14 TLSA {right}
_25._tcp.mx15 TLSA {wrong}
"""


def encrypt(farm):
    for number in _ENCRYPTED:
        farm[number].tls = certificate.made().context


@contextlib.contextmanager
def validated():
    with validator.running(insecure=["one.test"]):
        resolve_through(validator.ADDRESS, SPOOL)
        try:
            yield
        finally:
            resolve_through(network.NAME_SERVER, SPOOL)
