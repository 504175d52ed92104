"""A content filter as amavis is one: takes mail on port 10024 and gives it back to Postfix on port 10025."""

import contextlib
import smtplib
import socketserver
import threading

_IN, _OUT = ("127.0.0.1", 10024), ("127.0.0.1", 10025)
# What hands mail to it, and the smtpd that takes it back, as amavis' documentation has them.
MAIN_CF = f"content_filter = amavisfeed:[{_IN[0]}]:{_IN[1]}\n"
MASTER_CF = (
    ("-Me", "amavisfeed/unix = amavisfeed unix - - n - 2 smtp -o smtp_send_xforward_command=no"),
    ("-Me", f"{_OUT[0]}:{_OUT[1]}/inet = {_OUT[0]}:{_OUT[1]} inet n - n - - smtpd -o content_filter="
            " -o mynetworks=127.0.0.0/8 -o smtpd_recipient_restrictions=permit_mynetworks,reject"
            " -o receive_override_options=no_unknown_recipient_checks,no_address_mappings"),
)


class _Session(socketserver.StreamRequestHandler):
    """One connection of Postfix; each of its messages is passed on before it is accepted."""

    def handle(self):
        self._say("220 filter.test ESMTP")
        sender, recipients = "", []
        while line := self.rfile.readline().decode("utf-8", "surrogateescape").strip():
            verb = line[:4].upper()
            if verb == "QUIT":
                self._say("221 2.0.0 bye")
                return
            if verb in ("MAIL", "RCPT"):
                path = line[line.index("<") + 1:line.rindex(">")]
                if verb == "MAIL":
                    sender, recipients = path, []
                else:
                    recipients.append(path)
            if verb == "DATA":
                self._say("354 go on")
                self._say(self._pass_on(sender, recipients, self._message()))
            else:
                self._say("250 2.0.0 ok")

    def _message(self):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        return b"".join(lines)

    @staticmethod
    def _pass_on(sender, recipients, text):
        with smtplib.SMTP(*_OUT, timeout=20) as client:
            client.sendmail(sender, recipients, text)
        return "250 2.0.0 passed on"

    def _say(self, reply):
        self.wfile.write(reply.encode() + b"\r\n")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextlib.contextmanager
def running():
    with _Server(_IN, _Session) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
