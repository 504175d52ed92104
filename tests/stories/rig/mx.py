"""The world's mail servers: mx1 ... mx20, which answer what a story tells them to, and note all they see.

    rig.mx[1].answers(rcpt="450 4.7.1 try later")        to every RCPT
    rig.mx[1].answers(rcpt=["450 4.7.1 later", OK])      to the first, and to all that follow
    rig.mx[1].answers(rcpt={"a@one.test": "550 5.1.1"})  to that recipient; OK to others
    rig.mx[1].answers(greeting=HANG)                     never says anything
    rig.mx[1].answers(eod=DROP)                          closes the connection
    rig.mx[1].pause = 0.2                                seconds before each reply
    rig.mx[1].tls = certificate.made().context            offers STARTTLS

Stages: greeting, ehlo, mail, rcpt, data, eod (after the message's final dot).
"""

import asyncio
import dataclasses
import logging
import socket
import threading
import time

from . import network

OK, HANG, DROP = None, "HANG", "DROP"
_STAGES = ("greeting", "ehlo", "mail", "rcpt", "data", "eod")
_PORTS = (25, 2525)
# It warns of each connection that ends after STARTTLS.
logging.getLogger("asyncio").setLevel(logging.ERROR)


@dataclasses.dataclass
class Connection:
    server: int
    port: int
    address: str
    at: float = dataclasses.field(default_factory=time.monotonic)
    commands: list = dataclasses.field(default_factory=list)
    encrypted: bool = False


@dataclasses.dataclass
class Message:
    server: int
    port: int
    sender: str
    recipients: list
    text: str
    at: float = dataclasses.field(default_factory=time.monotonic)


class _Drop(Exception):
    pass


class Server:
    """One mail server's script."""

    def __init__(self, number):
        self.number = number
        self.name = f"mx{number}.test"
        self.pause = 0
        self.tls = None
        self._script = {}

    def answers(self, **stages):
        """From now on; stages that are not named answer as if all were well."""
        unknown = set(stages) - set(_STAGES)
        assert not unknown, f"no such stage: {unknown}"
        self._script = {stage: list(reply) if isinstance(reply, list) else reply for stage, reply in stages.items()}

    def next_reply(self, stage, recipient, default):
        reply = self._script.get(stage)
        if isinstance(reply, dict):
            reply = reply.get(recipient)
        if isinstance(reply, list):
            reply = reply.pop(0) if len(reply) > 1 else reply[0]
        return default if reply is OK else reply


class Farm:
    def __init__(self, net):
        self.servers = {n: Server(n) for n in range(1, network.MX_COUNT + 1)}
        self.connections = []
        self.messages = []
        self._loop = asyncio.new_event_loop()
        for listener, number, port in net.in_world(self._listen):
            serve = asyncio.start_server(lambda r, w, n=number, p=port: self._talk(r, w, n, p), sock=listener)
            self._loop.run_until_complete(serve)
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def __getitem__(self, number):
        return self.servers[number]

    def forget(self):
        """All is well again, nothing was seen."""
        for server in self.servers.values():
            server.answers()
            server.pause = 0
            server.tls = None
        self.connections.clear()
        self.messages.clear()

    def connections_to(self, number):
        return [c for c in self.connections if c.server == number]

    def received(self, recipient):
        """The messages that any server took for this recipient."""
        return [m for m in list(self.messages) if recipient in m.recipients]

    @staticmethod
    def _listen():
        made = []
        for number in range(1, network.MX_COUNT + 1):
            for family, address in ((socket.AF_INET, network.mx_address(number)),
                                    (socket.AF_INET6, network.mx_address6(number))):
                for port in _PORTS:
                    made.append((socket.create_server((address, port), family=family, backlog=200), number, port))
        return made

    async def _talk(self, reader, writer, number, port):
        server = self.servers[number]
        seen = Connection(number, port, writer.get_extra_info("sockname")[0])
        self.connections.append(seen)

        async def say(stage, default, recipient=None):
            reply = server.next_reply(stage, recipient, default)
            if server.pause:
                await asyncio.sleep(server.pause)
            if reply is DROP:
                raise _Drop
            if reply is HANG:
                await reader.read()  # until the client goes
                raise _Drop
            writer.write(reply.replace("\n", "\r\n").encode() + b"\r\n")
            await writer.drain()
            return reply[0] in "23"

        sender, recipients, mail_taken = None, [], False
        try:
            await say("greeting", f"220 {server.name} ESMTP")
            while line := await reader.readline():
                command = line.decode("utf-8", "surrogateescape").rstrip("\r\n")
                seen.commands.append(command)
                verb = command[:4].upper()
                if verb in ("EHLO", "HELO"):
                    starttls = "250-STARTTLS\n" if server.tls and not seen.encrypted else ""
                    await say("ehlo", f"250-{server.name}\n250-PIPELINING\n250-8BITMIME\n250-SMTPUTF8\n{starttls}"
                                      "250 ENHANCEDSTATUSCODES")
                elif verb == "STAR" and server.tls:
                    writer.write(b"220 2.0.0 ready\r\n")
                    await writer.start_tls(server.tls)
                    seen.encrypted = True
                elif verb == "MAIL":
                    recipients = []
                    sender = _path(command)
                    mail_taken = await say("mail", "250 2.1.0 ok")
                elif verb == "RCPT" and not mail_taken:
                    writer.write(b"503 5.5.1 MAIL first\r\n")
                elif verb == "RCPT":
                    if await say("rcpt", "250 2.1.5 ok", _path(command)):
                        recipients.append(_path(command))
                elif verb == "DATA":
                    if not recipients:
                        writer.write(b"554 5.5.1 no valid recipients\r\n")
                        continue
                    if not await say("data", "354 go on"):
                        continue
                    text = (await reader.readuntil(b"\r\n.\r\n")).decode("utf-8", "surrogateescape")
                    if await say("eod", "250 2.0.0 taken"):
                        self.messages.append(Message(number, port, sender, recipients, text))
                elif verb == "QUIT":
                    writer.write(b"221 2.0.0 bye\r\n")
                    break
                else:
                    writer.write(b"250 2.0.0 ok\r\n")
        except (_Drop, ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def _path(command):
    """The address between the outermost angle brackets of MAIL FROM:<...> or RCPT TO:<...>."""
    return command[command.index("<") + 1:command.rindex(">")]
