"""Runs inside a sandbox that has no network but its own loopback: listens there as an HTTP proxy
does, and passes every connection on to a socket file, behind which the worker's proxy is. Then it
becomes the command.

Arguments: the socket file; the port; the command.
"""

import os
import socket
import sys
import threading

CONNECTIONS = threading.BoundedSemaphore(64)
BUFFER = 64 * 1024


def pass_on(source, target):
    try:
        while data := source.recv(BUFFER):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def forward(client, path):
    try:
        with client, socket.socket(socket.AF_UNIX) as proxy:
            proxy.connect(path)
            answers = threading.Thread(target=pass_on, args=(proxy, client), daemon=True)
            answers.start()
            pass_on(client, proxy)
            answers.join()
    except OSError:
        pass
    finally:
        CONNECTIONS.release()


def serve(listener, path):
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    threading.stack_size(128 * 1024)
    while True:
        CONNECTIONS.acquire()
        client, _ = listener.accept()
        threading.Thread(target=forward, args=(client, path), daemon=True).start()


def main():
    path, port, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(64)
    child = os.fork()
    if child == 0:
        if os.fork() == 0:
            serve(listener, path)
        os._exit(0)
    os.waitpid(child, 0)
    listener.close()
    os.execvp(command[0], command)


main()
