"""A certificate for scripted mail servers that offer STARTTLS, and what TLSA records say of it."""

import dataclasses
import functools
import hashlib
import pathlib
import ssl
import subprocess

_FOLDER = pathlib.Path("/var/lib/story-certificate")
_KEY, _CERTIFICATE = _FOLDER / "key.pem", _FOLDER / "certificate.pem"


@dataclasses.dataclass
class Certificate:
    context: ssl.SSLContext  # for Server.tls
    tlsa: str                # RFC 6698: DANE-EE, the public key, SHA-256


@functools.cache
def made():
    """One for all servers: with DANE-EE names are not compared (RFC 7671 section 5.1)."""
    _FOLDER.mkdir(exist_ok=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-subj", "/CN=mail servers of the world", "-days", "30", "-keyout", _KEY, "-out", _CERTIFICATE],
                   check=True, stderr=subprocess.DEVNULL)
    public = subprocess.run(["openssl", "pkey", "-in", _KEY, "-pubout", "-outform", "DER"], check=True,
                            stdout=subprocess.PIPE).stdout
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_CERTIFICATE, _KEY)
    return Certificate(context, f"3 1 1 {hashlib.sha256(public).hexdigest()}")
