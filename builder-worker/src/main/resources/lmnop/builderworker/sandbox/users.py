"""Becomes a command as the root of a new user namespace with as many users as an image may have.
Mounts are the new root's own.

    users.py inside USER FIRST COUNT COMMAND...

is for a root: the new root is USER outside, and the others are the COUNT users from FIRST on.

    users.py outside COMMAND...

is for who is not: the new root is this user, and the others are those that /etc/subuid and
/etc/subgid give to this user.
"""

import ctypes
import errno
import os
import pwd
import signal
import subprocess
import sys

NEW_USERS = 0x10000000
NEW_MOUNTS = 0x00020000
DIE_WITH_PARENT = 1
PROC = 8  # a way to the machine's /proc, where the sandbox has it read-only; no command gets it
OTHERS = 65_535  # with its root, all users that an image may have

libc = ctypes.CDLL(None, use_errno=True)


def split():
    if libc.unshare(NEW_USERS | NEW_MOUNTS) != 0:
        sys.exit("this machine lets no user namespace be made: " + os.strerror(ctypes.get_errno()))


def given(file):
    """The first of the further users, or groups, that this user may give others."""
    try:
        names = (str(os.getuid()), pwd.getpwuid(os.getuid()).pw_name)
    except KeyError:
        names = (str(os.getuid()),)
    try:
        with open(file) as lines:
            for line in lines:
                name, _, rest = line.strip().partition(":")
                first, _, count = rest.partition(":")
                if name in names and count.isdigit() and int(count) >= OTHERS:
                    return first
    except OSError:
        pass
    sys.exit(f"{file} gives {names[-1]} no {OTHERS} further ones")


def helper(kind, child, user, first):
    words = [f"new{kind}map", child, "0", str(user), "1", "1", first, str(OTHERS)]
    try:
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    except OSError:
        sys.exit(f"new{kind}map is not installed (Debian: uidmap)")
    if done.returncode:
        sys.exit(done.stdout.decode(errors="replace").strip() or f"new{kind}map failed")


class Inside:
    def __init__(self, user, first, count):
        self.user, self.first, self.count = user, first, count

    def leave(self):
        os.setgroups([])
        os.setresgid(self.user, self.user, self.user)
        os.setresuid(self.user, self.user, self.user)

    def map(self, child):
        for kind in ("uid", "gid"):
            name = f"{child}/{kind}_map"
            try:
                table = os.open("/proc/" + name, os.O_WRONLY)
            except OSError as e:
                if e.errno != errno.EROFS:
                    raise
                table = os.open(name, os.O_WRONLY, dir_fd=PROC)  # both count in the same way then
            os.write(table, f"0 {self.user} 1\n1 {self.first} {self.count}\n".encode())
            os.close(table)

    def enter(self):
        os.closerange(PROC, PROC + 1)


class Outside:
    def __init__(self):
        self.users, self.groups = given("/etc/subuid"), given("/etc/subgid")

    def leave(self):
        pass

    def map(self, child):
        helper("uid", child, os.getuid(), self.users)
        helper("gid", child, os.getgid(), self.groups)

    def enter(self):
        os.dup2(os.open("/proc", os.O_RDONLY), PROC)


def die_with(parent):
    libc.prctl(DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)  # it has ended before that


def new_root(way, parent, ready, mapped, command):
    way.leave()
    split()
    os.write(ready, os.readlink("/proc/self").encode())  # it may count in another way than we do
    if not os.read(mapped, 1):
        sys.exit(1)  # and the other has said why
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    os.setgroups([])
    die_with(parent)
    way.enter()
    os.execvp(command[0], command)


def main():
    if sys.argv[1] == "inside":
        way, command = Inside(int(sys.argv[2]), sys.argv[3], sys.argv[4]), sys.argv[5:]
    else:
        way, command = Outside(), sys.argv[2:]
    libc.prctl(DIE_WITH_PARENT, signal.SIGKILL)
    child_ready, ready = os.pipe()
    mapped, is_mapped = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(child_ready)
        os.close(is_mapped)
        new_root(way, parent, ready, mapped, command)
    os.close(ready)
    os.close(mapped)
    name = os.read(child_ready, 20).decode()
    if name:
        way.map(name)
        os.write(is_mapped, b"x")
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    sys.exit(128 - code if code < 0 else code)


main()
