"""Stands before the real dbt on the path: has a process that has loaded it do the command, see `serve.py` of `loaded-dbt`."""
import json
import os
import signal
import socket
import sys


def cli():
    server = socket.socket(socket.AF_UNIX)
    server.connect(os.environ["LOADED_DBT"])
    told = json.dumps({"args": sys.argv[1:], "folder": os.getcwd(), "environment": dict(os.environ)})
    socket.send_fds(server, [told.encode() + b"\n"], [0, 1, 2])
    answers = server.makefile()
    pid = int(answers.readline())
    signal.signal(signal.SIGINT, lambda *_: os.kill(pid, signal.SIGINT))
    # Without an answer it was killed.
    sys.exit(int(answers.readline() or 1))
