"""Runs inside a sandbox as root, and becomes the command as the root of a new user namespace, whose
root is one user outside and whose other users are a range of users outside. Mounts are the new
root's own.

Arguments: the user outside who is root inside; the first of the range; how many; the command.
"""

import ctypes
import os
import sys

NEW_USERS = 0x10000000
NEW_MOUNTS = 0x00020000


def inside(user, ready, mapped, command):
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(NEW_USERS | NEW_MOUNTS) != 0:
        sys.exit("this machine lets no user namespace be made: " + os.strerror(ctypes.get_errno()))
    os.write(ready, b"x")
    os.read(mapped, 1)
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)
    os.setgroups([])
    os.execvp(command[0], command)


def main():
    user, first, count, command = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]
    child_ready, ready = os.pipe()
    mapped, is_mapped = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(child_ready)
        os.close(is_mapped)
        inside(user, ready, mapped, command)
    os.close(ready)
    os.close(mapped)
    if os.read(child_ready, 1):
        for kind in ("uid", "gid"):
            with open(f"/proc/{child}/{kind}_map", "w") as table:
                table.write(f"0 {user} 1\n1 {first} {count}\n")
        os.write(is_mapped, b"x")
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    sys.exit(128 - code if code < 0 else code)


main()
