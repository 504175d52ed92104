#!/usr/bin/python3
"""Tests nexthopd-load against servers that answer in known ways. Usage: load_test.py LOAD RAW_ECHO"""
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

LOAD, RAW_ECHO = sys.argv[1:3]
NOTFOUND = b"9:NOTFOUND ,"


def netstrings(connection):
    """The requests of a connection, until it is closed."""
    data = b""
    while chunk := connection.recv(65536):
        data += chunk
        while b":" in data:
            length, rest = data.split(b":", 1)
            if len(rest) <= int(length):
                break
            yield rest[: int(length)]
            data = rest[int(length) + 1 :]


class Server:
    """Calls answer(connection, request, number of the request) for each request, in a thread per client."""

    def __init__(self, answer):
        self.answer, self.requests, self.clients = answer, [], 0
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "s")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.clients += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            try:
                for request in netstrings(connection):
                    self.requests.append(request)
                    self.answer(connection, request, len(self.requests))
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        self.folder.cleanup()


def load(path, *arguments):
    """Exit status and JSON of a run."""
    done = subprocess.run([LOAD, "--unix", path, "--json", *map(str, arguments)], capture_output=True,
                          text=True, timeout=60)
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


class LoadTest(unittest.TestCase):
    def test_asks_each_key_once(self):
        with Server(lambda c, *_: c.sendall(NOTFOUND)) as server:
            status, result = load(server.path, "--queries", 500, "--connections", 7, "--domains", 50)
        self.assertEqual((status, result["queries"], result["next"]), (0, 500, 500))
        wanted = [b"transport user%d@d%d.bench.example" % (i, i % 50) for i in range(500)]
        self.assertEqual(sorted(server.requests), sorted(wanted))

    def test_keys_from_file(self):
        with Server(lambda c, *_: c.sendall(b"5:OK :x,")) as server:
            keys = os.path.join(server.folder.name, "keys")
            with open(keys, "w") as file:
                file.write("a@example.com\nb@example.com\n")
            status, _ = load(server.path, "--queries", 3, "--connections", 1, "--keys", keys,
                             "--map", "mxfilter", "--expect", "OK ")
        self.assertEqual(status, 0)
        self.assertEqual(server.requests, [b"mxfilter a@example.com", b"mxfilter b@example.com",
                                           b"mxfilter a@example.com"])

    def test_fragmented_replies(self):
        long_reply = b"9000:OK " + b"x" * 8997 + b","

        def dribble(connection, _, number):
            reply = long_reply if number % 10 == 0 else b"5:OK :x,"
            size = 1000 if number % 10 == 0 else 1
            for at in range(0, len(reply), size):
                connection.sendall(reply[at : at + size])
                time.sleep(0.0005)

        with Server(dribble) as server:
            status, result = load(server.path, "--queries", 200, "--connections", 8, "--expect", "OK ")
        self.assertEqual((status, result["queries"], sum(result["errors"].values())), (0, 200, 0))
        self.assertGreater(result["latency_us"]["p50"], 8 * 500)

    def errors(self, answer, *arguments):
        with Server(answer) as server:
            status, result = load(server.path, "--connections", 4, *arguments)
        self.assertEqual(status, 1)
        return result["errors"]

    def test_wrong_replies(self):
        def answer(connection, _, number):
            connection.sendall(b"5:OK :x," if number == 17 else NOTFOUND)

        self.assertEqual(self.errors(answer, "--queries", 100),
                         {"wrong": 1, "malformed": 0, "closed": 0, "unanswered": 0})

    def test_malformed_replies(self):
        for bad in (b"x", b"9:NOTFOUND x", b"09:NOTFOUND ,", NOTFOUND + b"9", b"-1:"):
            with self.subTest(bad):
                def answer(connection, _, number):
                    connection.sendall(bad if number == 17 else NOTFOUND)

                self.assertEqual(self.errors(answer, "--queries", 100)["malformed"], 1)

    def test_closed_connections(self):
        def answer(connection, _, number):
            if number == 17:
                connection.shutdown(socket.SHUT_RDWR)
            else:
                connection.sendall(NOTFOUND)

        self.assertEqual(self.errors(answer, "--queries", 100)["closed"], 1)

    def test_missing_replies(self):
        def answer(connection, _, number):
            if number != 3:
                connection.sendall(NOTFOUND)

        self.assertEqual(self.errors(answer, "--seconds", 0.2, "--warmup", 0)["unanswered"], 1)

    def test_open_loop_counts_latency_from_the_due_time(self):
        # 50 ms per reply on one connection: 20/s are possible, 100/s are due. The queue grows for 1 s.
        def slow(connection, *_):
            time.sleep(0.05)
            connection.sendall(NOTFOUND)

        with Server(slow) as server:
            status, result = load(server.path, "--connections", 1, "--rate", 100,
                                  "--seconds", 1, "--warmup", 0)
        self.assertEqual(status, 0)
        self.assertLessEqual(result["queries"], 20)
        self.assertGreaterEqual(result["overdue"], 75)
        self.assertGreater(result["latency_us"]["max"], 700e3)

    def test_open_loop_keeps_its_rate(self):
        with Server(lambda c, *_: c.sendall(NOTFOUND)) as server:
            status, result = load(server.path, "--connections", 8, "--rate", 500,
                                  "--seconds", 1, "--warmup", 0.2)
        self.assertEqual((status, result["overdue"]), (0, 0))
        self.assertAlmostEqual(result["per_second"], 500, delta=15)

    def test_bystanders(self):
        with Server(lambda c, *_: c.sendall(NOTFOUND)) as server:
            status, result = load(server.path, "--connections", 2, "--rate", 20, "--seconds", 6,
                                  "--warmup", 0, "--idle", 10, "--dribble", 10)
        self.assertEqual((status, server.clients), (0, 22))
        self.assertEqual((result["idle_closed"], result["dribble_closed"]), (0, 0))
        # 38 bytes at one per 100 ms are a request in 3.8 s.
        self.assertIn(server.requests.count(b"transport dribble@d0.bench.example"), range(8, 11))

    def test_server_usage(self):
        def burn(connection, *_):
            end = time.thread_time() + 0.002
            while time.thread_time() < end:
                pass
            connection.sendall(NOTFOUND)

        with Server(burn) as server:
            _, result = load(server.path, "--connections", 1, "--seconds", 1, "--warmup", 0,
                             "--pid", os.getpid())
        self.assertGreater(result["server_cpu_us_per_query"], 1800)
        self.assertLess(result["server_cpu_us_per_query"], 4000)
        self.assertGreater(result["server_resident_kib"], 1000)

    def test_no_server(self):
        status, message = load("/nonexistent/socket")
        self.assertEqual(status, 2)
        self.assertIn("No such file", message)


class RawEchoTest(unittest.TestCase):
    def test_fragments_and_batches(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "s")
            echo = subprocess.Popen([RAW_ECHO, "--unix", path])
            try:
                client = socket.socket(socket.AF_UNIX)
                self.addCleanup(client.close)
                client.settimeout(10)
                end = time.monotonic() + 10
                while client.connect_ex(path) != 0:
                    self.assertLess(time.monotonic(), end)
                    time.sleep(0.01)
                for byte in b"3:a,b,":
                    client.sendall(bytes([byte]))
                self.assertEqual(client.recv(100), NOTFOUND)
                client.sendall(b"1:a,2:bb,0:,1:")
                replies = b""
                while len(replies) < 36:
                    replies += client.recv(100)
                self.assertEqual(replies, NOTFOUND * 3)
                client.sendall(b"ab")
                self.assertEqual(client.recv(100), b"")
            finally:
                echo.terminate()
                echo.wait()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
