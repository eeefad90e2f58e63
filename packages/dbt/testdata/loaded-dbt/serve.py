"""Loads dbt once and forks for each of its commands: to load it takes longer than most of them. Ends with its standard input."""
import gc
import json
import os
import select
import signal
import socket
import sys


def execute(connection):
    told, descriptors, _, _ = socket.recv_fds(connection, 1 << 20, 3)
    while not told.endswith(b"\n"):
        told += connection.recv(1 << 20)
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    command = json.loads(told)
    os.environ.clear()
    os.environ.update(command["environment"])
    os.chdir(command["folder"])
    sys.argv[1:] = command["args"]
    connection.sendall(b"%d\n" % os.getpid())
    try:
        cli()
    except SystemExit as end:
        return end.code or 0
    return 0


listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
print("listening", flush=True)
from dbt.cli.main import cli
import dbt.adapters.duckdb

gc.freeze()
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while sys.stdin not in (ready := select.select([listener, sys.stdin], [], [])[0]):
    connection, _ = listener.accept()
    if os.fork() == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        listener.close()
        code = execute(connection)
        sys.stdout.flush()
        sys.stderr.flush()
        connection.sendall(b"%d\n" % code)
        os._exit(code)
    connection.close()
