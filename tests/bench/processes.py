"""Starts the programs of the benchmark, each on its core, and stops them all, whatever happens."""
import json
import os
import signal
import socket
import subprocess
import time

SERVER_CORE, LOAD_CORE = 1, 0
START_TIMEOUT = 10  # seconds until a server must answer
STOP_TIMEOUT = 5  # seconds until it is killed


class BenchError(Exception):
    """The benchmark, or a row of it, cannot be run."""


def stop_on_signals():
    """Turns the signals that would end the runner at once into an exit that unwinds."""

    def leave(number, _):
        raise SystemExit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)


def start(stack, core, arguments, log, **options):
    """A process that ends when `stack` does, or when the runner is killed."""
    # setpriv and taskset replace themselves: the pid is that of the program.
    command = ["setpriv", "--pdeathsig", "TERM", "taskset", "-c", str(core), *map(str, arguments)]
    with open(log, "ab") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=options.pop("stdout", output),
                                   stderr=output, start_new_session=True, **options)
    stack.callback(stop, process)
    return process


def stop(process):
    """Ends a process and those that it has started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            pass
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            pass


def wait_until(condition, process, what):
    """Waits until `condition` holds; an error when the process ends before, or takes too long."""
    end = time.monotonic() + START_TIMEOUT
    while not condition():
        if process.poll() is not None:
            raise BenchError(f"{what} ended with status {process.returncode}")
        if time.monotonic() > end:
            raise BenchError(f"{what} does not answer")
        time.sleep(0.02)


def accepts(path):
    """Whether a server listens on this unix socket."""
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(path) == 0


def socketmap(path, key):
    """One question and its reply, as text."""
    request = f"transport {key}".encode()
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        client.connect(path)
        client.sendall(b"%d:%s," % (len(request), request))
        reply = b""
        while not reply.endswith(b","):
            chunk = client.recv(4096)
            if not chunk:
                break
            reply += chunk
    return reply.decode(errors="replace").partition(":")[2][:-1]


def run_load(stack, program, path, log, arguments, timeout):
    """The JSON of a run of nexthopd-load. Wrong replies are an error: the figures would mean nothing."""
    command = [program, "--unix", path, "--json", *arguments]
    process = start(stack, LOAD_CORE, command, log, stdout=subprocess.PIPE)
    try:
        output = process.communicate(timeout=timeout)[0]
    except subprocess.TimeoutExpired:
        raise BenchError("the load generator does not end") from None
    if process.returncode == 2 or not output:
        raise BenchError("the load generator could not measure")
    result = json.loads(output)
    if process.returncode != 0:
        raise BenchError(f"{sum(result['errors'].values())} errors, first: {result['first_error']}")
    return result
