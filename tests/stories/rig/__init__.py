"""The test rig: a real Postfix, a DNS server and scripted MX servers in a place of their own.

    namespaces  processes, mounts and networks that end with the run that made them
    place       a copy-on-write view of this machine's files, with a Postfix in it
    layer       the mail packages, installed once into such a view and kept for the next run
    network     two networks with a cable between them: `mta` and `world`
    dns         the world's authoritative name server
    validator   DNSSEC: the zone is signed, and a resolver validates it
    certificate one for mail servers that offer STARTTLS, and its TLSA record
    mx          the world's mail servers, which answer what a story tells them to
    mta         the Postfix instance, wired to nexthopd
    maillog     what Postfix logged about its deliveries
    daemon      nexthopd itself: settings, script, start, stop, questions through nexthopctl
    question    questions to nexthopd's sockets, without Postfix
    wait        waiting for something to become true
    scene       all of these together: what a story is given
    runner      runs stories and prints what became of them
"""
