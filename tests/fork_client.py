"""Stand for a command: `python -I -S fork_client.py SOCKET PYTHON WORDS...` does what `PYTHON WORDS...` does.

Hands over to the process behind the socket what a command works with, passes on signals and ends as the fork ended
(see `forks`). Imports only what the interpreter has in itself: this starts with every command.
"""

import _signal
import _socket
import marshal
import os
import sys

SIGNALS = (_signal.SIGHUP, _signal.SIGINT, _signal.SIGQUIT, _signal.SIGTERM, _signal.SIGUSR1, _signal.SIGUSR2)


def start(address, words):
    line = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    line.connect(address)
    ignored = [number for number in SIGNALS if _signal.getsignal(number) == _signal.SIG_IGN]
    for number in SIGNALS:
        _signal.signal(number, lambda number, _: line.send(bytes([number])))
    mask = os.umask(0)
    os.umask(mask)
    text = marshal.dumps((words[1:], dict(os.environb), mask, ignored))
    try:
        given = [os.dup(0), os.dup(1), os.dup(2), os.open(".", os.O_RDONLY)]
    except OSError:  # a closed stream, or a folder that nobody may read
        line.close()
        become(words, ignored)
    numbers = b"".join(number.to_bytes(4, sys.byteorder) for number in given)
    line.sendmsg([len(text).to_bytes(8, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, numbers)])
    line.sendall(text)
    for number in given:
        os.close(number)
    answer = line.recv(8)
    while answer and len(answer) < 8 and (more := line.recv(8 - len(answer))):
        answer += more
    if len(answer) < 8:
        sys.exit("the process that forks has ended: see its own words")
    kind, number = answer[:4], int.from_bytes(answer[4:], "big")
    if kind == b"self":
        line.close()
        become(words, ignored)
    if kind == b"kill":
        if number != _signal.SIGKILL:
            _signal.signal(number, _signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(number)


def become(words, ignored):
    for number in SIGNALS:
        _signal.signal(number, _signal.SIG_IGN if number in ignored else _signal.SIG_DFL)
    os.execv(words[0], words)


start(sys.argv[1], sys.argv[2:])
