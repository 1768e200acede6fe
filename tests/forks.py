"""Programs in processes of their own, without what every start takes: imported once, and forked.

`Imported` starts a server that imports programs and then only waits: it has no thread, no open
file, no connection. Whatever comes after the imports is done in the process that it forks for a
start, and that is the one which is killed. What the interpreter and the imports read of the
environment (PYTHON*, the locale) is the server's, so stories about that need a true start.
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
# How the id of a process is sent, and its exit code.
NUMBER = struct.Struct("!i")


# --- here ---


class Fork:
    """A process that was forked, to be used as one of `subprocess.Popen` is."""

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
        """End it as a machine dies, if it has not ended."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


class Imported:
    """Programs that are imported: modules with a `main`, run in a process that is forked.

    `modules` are the programs, and what they import later. All of it is imported with nothing set
    but `environment`. May be used from any thread.
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
                start_new_session=True,  # Ctrl-C is for us; it ends when we do
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let nothing start any more. What runs goes on."""
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
    """Import modules, and fork a program as often as is asked for, until nobody can ask."""
    door, *modules = sys.argv[1:]
    for module in modules:
        import_module(module)
    gc.freeze()  # a process that ends need not go through what was imported before it began
    program = import_module(_forked(socket.socket(fileno=int(door))))
    sys.modules["__main__"] = program
    program.main()


def _forked(door: socket.socket) -> str:
    """Return in a process that is to be a program, with its name."""
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
    with suppress(ChildProcessError):  # there is none at all
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _watched(teller: socket.socket, streams: Sequence[int]) -> str:
    """Fork once more, and return there; here tell the id of that process, and its exit code."""
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
