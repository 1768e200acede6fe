"""Programs in processes of their own without the cost of a start: imported once, then forked.

`Imported` starts a server that imports programs and then only waits: it has no thread, open file
or connection. Each start forks a process, which does everything after the imports and can be
killed. The environment that the interpreter and the imports read (PYTHON*, the locale) is the
server's, so stories about that need a real start.
"""

import gc
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import wait
from pathlib import Path
from typing import IO, Self

ROOT = Path(__file__).parents[1]
# The format of a process id and of an exit code.
NUMBER = struct.Struct("!i")


# --- here ---


class Fork:
    """A forked process, with the interface of `subprocess.Popen`."""

    stdin: IO[str] | None = None
    stdout: IO[str] | None = None

    def __init__(self, teller: socket.socket) -> None:
        self._teller = teller
        self._turn = threading.Lock()
        self.pid = self._number()
        self.returncode: int | None = None

    def _number(self) -> int:
        said: tuple[int] = NUMBER.unpack(self._teller.recv(NUMBER.size, socket.MSG_WAITALL))
        return said[0]

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code; raises TimeoutExpired."""
        late = subprocess.TimeoutExpired("a fork", timeout or 0)
        if not self._turn.acquire(timeout=-1 if timeout is None else timeout):
            raise late
        try:
            if self.returncode is None:
                if not wait([self._teller], timeout):
                    raise late
                self.returncode = self._number()
                self._teller.close()
            return self.returncode
        finally:
            self._turn.release()

    def kill(self) -> None:
        """Kill it without warning, unless it has ended."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


class Imported:
    """Imported programs, which are modules with a `main`, to be run in forked processes.

    `modules` are the programs and what they import later. They are imported with `environment` as
    the whole environment. Safe to use from any thread.
    """

    def __init__(self, *modules: str, environment: dict[str, str]) -> None:
        self._door, its = socket.socketpair()
        with its:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "tests.forks", str(its.fileno()), *modules],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[its.fileno()],
                start_new_session=True,  # Ctrl-C is for us only; the server ends when we do
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the server. Processes that it has started go on."""
        self._door.close()
        self._server.wait()

    def start(
        self,
        program: str,
        arguments: Sequence[str],
        environment: dict[str, str],
        folder: Path,
        streams: Sequence[int],
    ) -> Fork:
        """Start a program in a folder, with just this environment, and these three streams."""
        ours, its = socket.socketpair()
        with its:
            socket.send_fds(self._door, [b"."], [its.fileno(), *streams])
        asked = json.dumps([program, arguments, environment, str(folder)])
        ours.sendall(asked.encode() + b"\n")
        return Fork(ours)

    def begin(self, program: str, environment: dict[str, str], errors: IO[str] | None) -> Fork:
        """Start a program with pipes to talk to it, as `sandbox.keeper.begun` does."""
        its_input, to_it = os.pipe()
        from_it, its_output = os.pipe()
        streams = (its_input, its_output, (errors or sys.stderr).fileno())
        fork = self.start(program, [program], environment, ROOT, streams)
        os.close(its_input)
        os.close(its_output)
        fork.stdin, fork.stdout = os.fdopen(to_it, "w"), os.fdopen(from_it)
        return fork


# --- in the server ---


def serve() -> None:
    """Import modules, and fork programs on request, until the socket is closed."""
    door, *modules = sys.argv[1:]
    for module in modules:
        import_module(module)
    gc.freeze()  # so that an ending process doesn't have to free the imported objects
    program = import_module(_forked(socket.socket(fileno=int(door))))
    sys.modules["__main__"] = program
    program.main()


def _forked(door: socket.socket) -> str:
    """Return, in each forked process, the name of the program to run."""
    while True:
        asked, received, _, _ = socket.recv_fds(door, 1, 4)
        _forget_the_dead()
        if not asked:
            sys.exit()
        teller, *streams = received
        if not os.fork():
            door.close()
            return _watched(socket.socket(fileno=teller), streams)
        for each in received:
            os.close(each)


def _forget_the_dead() -> None:
    with suppress(ChildProcessError):  # no children
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _watched(teller: socket.socket, streams: Sequence[int]) -> str:
    """Fork once more and return in the child; the parent sends its process id and exit code."""
    with teller, teller.makefile() as lines:
        program, sys.argv, environment, folder = json.loads(lines.readline())
        if pid := os.fork():
            for stream in streams:
                os.close(stream)
            teller.sendall(NUMBER.pack(pid))
            _, status = os.waitpid(pid, 0)
            teller.sendall(NUMBER.pack(os.waitstatus_to_exitcode(status)))
            os._exit(0)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    return str(program)


if __name__ == "__main__":
    serve()
