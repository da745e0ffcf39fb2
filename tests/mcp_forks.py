"""MCP servers over stdio that start at once: forks of one process that has read the SDK, which takes a second.

`forks` keeps that process and yields the command of a server. What the command starts hands its stdin, stdout, stderr
and environment to a fork, which is `mcp_server` from there on, and ends with it; and when it is ended, so is the fork.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading


@contextlib.contextmanager
def forks(folder):
    """The command of a server, as long as this lasts; the folder has room for a socket."""
    address = str(folder / "forks")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()  # from now on a server may be asked for; it comes when the SDK has been read
        words = [sys.executable, __file__, "keep", str(listener.fileno())]
        keeper = subprocess.Popen(words, stdin=subprocess.PIPE, pass_fds=[listener.fileno()])
    try:
        yield f"{sys.executable} -I -S {__file__} start {address}"
    finally:
        keeper.stdin.close()
        keeper.wait(60)


def keep(number):
    """Fork a server for each that asks, until stdin ends."""
    import mcp_server

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    with socket.socket(fileno=number) as listener:
        while listener in select.select([listener, 0], [], [])[0]:
            line, _ = listener.accept()
            if not os.fork():
                become(line, mcp_server.server)
            line.close()


def become(line, server):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    text, given, *_ = socket.recv_fds(line, 1 << 20, 3)
    while not text.endswith(b"\n"):
        text += line.recv(1 << 20)
    for own, number in enumerate(given):
        os.dup2(number, own)
        os.close(number)
    os.environ.clear()
    os.environ.update(json.loads(text))
    threading.Thread(target=lambda: os._exit(len(line.recv(1)) + 1), daemon=True).start()
    server.run("stdio")
    os._exit(0)


def start(address):
    """Stand for a server: hand over what it works with, and wait for its end."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(address)
        socket.send_fds(line, [json.dumps(dict(os.environ)).encode() + b"\n"], [0, 1, 2])
        line.recv(1)


if __name__ == "__main__":
    if sys.argv[1] == "keep":
        keep(int(sys.argv[2]))
    else:
        start(sys.argv[2])
