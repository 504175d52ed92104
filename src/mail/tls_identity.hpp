// What a delivery asks of the server's identity (postconf(5): smtp_tls_security_level).
#pragma once

namespace nexthopd::mail {

enum class TlsIdentity {
    none,  // none, may, encrypt: any server will do
    dane,  // half-dane, dane, dane-only: TLSA records, where DNSSEC vouches for the MX records
    name,  // fingerprint, verify, secure: a certificate that belongs to the nexthop
};

}  // namespace nexthopd::mail
