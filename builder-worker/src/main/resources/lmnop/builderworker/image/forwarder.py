"""Starts a program that listens on this machine alone, and takes its connections at a port that
others reach: bytes go both ways as they come. That port opens once the program listens, so an
open port says that it is ready.

It ends as the program does. When it is asked to end (SIGTERM), the program is asked once no
connection is in the middle of something.

Arguments: the port for others; the program's port; the command.
"""

import errno
import os
import selectors
import signal
import socket
import sys
import time

BUFFER = 64 * 1024
LOOK = 0.02  # seconds between looks for the program's port, at first
SLOW_LOOK = 0.25
SILENCE = 10  # seconds after which it is said that nothing listens there
QUIET = 0.5  # seconds without a byte, which also let routers learn that they come here no more
PATIENCE = 3  # seconds for requests under way, within the least that a cluster gives
REST = 1  # seconds for what an ended program has left on its way
BROKEN = b"\1\0\0\0\0\0\0\0"  # SO_LINGER that shows the other end that something is missing


class End:
    """One end of a connection, and what is on its way to it."""

    def __init__(self, loop, connection):
        self.loop = loop
        self.socket = connection
        self.other = None
        self.waiting = b""
        self.reads = True  # more may come from here
        self.writes = True  # more may go there
        self.interest = 0
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def watch(self):
        """Reads while what was read last is gone, and writes what could not go at once."""
        wanted = 0
        if self.reads and not self.other.waiting and self.other.writes:
            wanted |= selectors.EVENT_READ
        if self.waiting:
            wanted |= selectors.EVENT_WRITE
        if wanted == self.interest:
            return
        if not self.interest:
            self.loop.register(self.socket, wanted, self)
        elif not wanted:
            self.loop.unregister(self.socket)
        else:
            self.loop.modify(self.socket, wanted, self)
        self.interest = wanted

    def ready(self, events):
        if events & selectors.EVENT_WRITE:
            self.send()
        if events & selectors.EVENT_READ:
            data = self.socket.recv(BUFFER)
            if data:
                self.other.waiting = data
            else:
                self.reads = False
            self.other.send()

    def send(self):
        if self.waiting and self.writes:
            try:
                self.waiting = self.waiting[self.socket.send(self.waiting) :]
            except BlockingIOError:
                pass
        if not self.waiting and not self.other.reads and self.writes:
            self.writes = False
            self.socket.shutdown(socket.SHUT_WR)


class Pair:
    """A connection from others, and the program's end of it."""

    def __init__(self, loop, client, program):
        self.loop = loop
        self.client, self.program = End(loop, client), End(loop, program)
        self.client.other, self.program.other = self.program, self.client
        for end in self.ends():
            end.pair = self
            end.watch()
        self.asked = False
        self.moved = time.monotonic()

    def ends(self):
        return (self.client, self.program)

    def ready(self, end, events):
        """Whether it goes on."""
        self.moved = time.monotonic()
        if events & selectors.EVENT_READ:
            self.asked = end is self.client
        try:
            end.ready(events)
            if any(each.reads or each.waiting for each in self.ends()):
                for each in self.ends():
                    each.watch()
                return True
        except BlockingIOError:
            return True
        except OSError:
            self.close(broken=True)
            return False
        self.close()
        return False

    def quiet(self, now):
        """Nothing was asked that is not answered, as far as bytes tell."""
        return not self.asked and now - self.moved > QUIET

    def close(self, broken=False):
        for end in self.ends():
            if end.interest:
                self.loop.unregister(end.socket)
                end.interest = 0
            if broken:
                end.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, BROKEN)
            end.socket.close()


class Forwarder:
    def __init__(self, port, programs_port, child):
        self.port = port
        self.program = ("127.0.0.1", programs_port)
        self.child = child
        self.loop = selectors.DefaultSelector()
        self.listener = None
        self.pairs = set()
        self.started = time.monotonic()
        self.told = False
        self.asked_to_end = None
        self.code = None  # with which the program ended
        self.over = None
        # A signal wakes the loop by a byte here.
        self.signals, signals = socket.socketpair()
        self.signals.setblocking(False)
        signals.setblocking(False)
        self.written = signals
        signal.set_wakeup_fd(signals.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.ask_to_end)
        self.loop.register(self.signals, selectors.EVENT_READ, None)

    def ask_to_end(self, *_):
        if self.asked_to_end is None:
            self.asked_to_end = time.monotonic()

    def run(self):
        """The exit code of the program, once it has ended."""
        while not self.done():
            for key, events in self.loop.select(self.pause()):
                self.happened(key, events)
            self.take_leave()
            if self.listener is None and self.code is None:
                self.look()
            if self.asked_to_end is not None and self.code is None:
                self.pass_on_the_end()
        return self.code

    def done(self):
        return self.code is not None and (not self.pairs or time.monotonic() - self.over > REST)

    def pause(self):
        if self.listener is None:
            return SLOW_LOOK if time.monotonic() - self.started > SILENCE else LOOK
        return None if self.asked_to_end is None and self.code is None else 0.1

    def happened(self, key, events):
        if key.fileobj is self.signals:
            self.signals.recv(BUFFER)
        elif key.fileobj is self.listener:
            self.accept()
        elif key.data.interest:  # an event of this round may have closed it
            pair = key.data.pair
            if not pair.ready(key.data, events):
                self.pairs.discard(pair)

    def take_leave(self):
        """Also of what the program left behind: whoever is first in a container has to."""
        while True:
            try:
                number, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if number == 0:
                return
            if number == self.child:
                code = os.waitstatus_to_exitcode(status)
                self.code = code if code >= 0 else 128 - code
                self.over = time.monotonic()

    def look(self):
        try:
            socket.create_connection(self.program, timeout=1).close()
        except OSError:
            if not self.told and time.monotonic() - self.started > SILENCE:
                self.told = True
                print("lmnop: the program does not listen on %s:%d yet" % self.program, file=sys.stderr, flush=True)
            return
        both = socket.has_dualstack_ipv6()
        family, anywhere = (socket.AF_INET6, "::") if both else (socket.AF_INET, "0.0.0.0")
        self.listener = socket.create_server((anywhere, self.port), family=family, backlog=1024, dualstack_ipv6=both)
        self.listener.setblocking(False)
        self.loop.register(self.listener, selectors.EVENT_READ, None)

    def accept(self):
        try:
            client, _ = self.listener.accept()
        except OSError as e:
            if e.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                time.sleep(0.01)  # until another connection ends
            return
        program = socket.socket()
        program.setblocking(False)  # a program that is busy lets others wait, and not all of them
        program.connect_ex(self.program)
        self.pairs.add(Pair(self.loop, client, program))

    def pass_on_the_end(self):
        now = time.monotonic()
        waited = now - self.asked_to_end
        quiet = waited > QUIET and all(pair.quiet(now) for pair in self.pairs)
        if self.listener is None or quiet or waited > PATIENCE:
            os.kill(self.child, signal.SIGTERM)
            self.asked_to_end = now  # and again, if it has no ear for it yet


def main():
    port, programs_port, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    os.environ["PORT"] = str(programs_port)
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # which Python ignores
        try:
            os.execvp(command[0], command)
        except OSError as e:
            print("lmnop: %s cannot be executed: %s" % (command[0], e.strerror), file=sys.stderr, flush=True)
            os._exit(127 if isinstance(e, FileNotFoundError) else 126)
    sys.exit(Forwarder(port, programs_port, child).run())


main()
