"""Processes, mounts and networks that end with the run that made them.

A run lives in namespaces of its own. Its first process is pid 1 there: when that ends, for whatever
reason, the kernel kills the others, and with the last of them the mounts and networks go. So nothing
has to be swept up after a Ctrl-C, a kill -TERM or a kill -9.
"""

import ctypes
import os
import signal
import sys

# linux/sched.h
NEWNS, NEWUTS, NEWIPC, NEWPID, NEWNET = 0x00020000, 0x04000000, 0x08000000, 0x20000000, 0x40000000
FILES = NEWNS | NEWPID
FILES_AND_NETWORK = FILES | NEWUTS | NEWIPC | NEWNET

_MS_REC, _MS_PRIVATE = 0x4000, 0x40000
_PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)
_outer_proc = os.open("/proc", os.O_RDONLY)  # a view of /proc shows its own pid namespace, whoever looks


def outer_pid():
    """This process's id as the machine knows it."""
    return int(os.readlink("self", dir_fd=_outer_proc))


def _checked(result, what):
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def enter_network(descriptor):
    """Moves the calling thread, and the sockets it makes from now on, into another network."""
    _checked(_libc.setns(descriptor, NEWNET), "setns")


def new_network():
    """Moves the calling thread into a new, empty network."""
    _checked(_libc.unshare(NEWNET), "unshare")


def run_isolated(flags, function):
    """Runs function() as a child of pid 1 of new namespaces; returns its exit status.

    The calling process must be single-threaded. It stays in the new namespaces (all but the pid one),
    so it should end soon afterwards.
    """
    try:
        _checked(_libc.unshare(flags), "unshare")
        # Nothing that is mounted here may show up outside.
        _checked(_libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None), "mount --make-rprivate /")
    except OSError as error:
        sys.exit(f"{error}\nThis needs root and the right to make namespaces (in a container: --privileged).")
    sys.stdout.flush()
    first = os.fork()
    if first == 0:
        _checked(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL), "prctl")
        os._exit(_be_init(function))

    def end(number, _frame):
        os.kill(first, signal.SIGKILL)
        os.waitpid(first, 0)
        os._exit(128 + number)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the function, which ends by it
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGHUP, end)
    return os.waitstatus_to_exitcode(os.waitpid(first, 0)[1])


def _be_init(function):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    worker = os.fork()
    if worker == 0:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os._exit(_exit_status_of(function))
    while True:  # reaps daemons too: they become children of pid 1
        pid, status = os.wait()
        if pid == worker:
            return os.waitstatus_to_exitcode(status) & 0xFF


def _exit_status_of(function):
    try:
        status = function() or 0
    except KeyboardInterrupt:
        status = 128 + signal.SIGINT
    except SystemExit as end:
        if end.code is not None and not isinstance(end.code, int):
            print(end.code, file=sys.stderr)
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return status
