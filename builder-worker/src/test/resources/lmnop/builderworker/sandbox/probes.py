"""Tries what no build may ever do. Every probe runs in a process of its own and prints one line:
its name, and "held" or "SUCCEEDED". What it aims at comes as JSON in the variable TARGETS; with
names as arguments only these run.
"""

import ctypes
import json
import os
import signal
import socket
import stat
import subprocess
import sys

TARGETS = json.loads(os.environ["TARGETS"])
SECRET = TARGETS["secret-backwards"][::-1].encode()  # so that it is nowhere by our own doing
LIBC = ctypes.CDLL(None, use_errno=True)
X86 = os.uname().machine == "x86_64"
PROBES = {}


def probe(function):
    PROBES[function.__name__.replace("_", "-")] = function
    return function


def call(x86, arm, *arguments):
    number = x86 if X86 else arm
    result = LIBC.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True


def connects(host, port, family=socket.AF_INET):
    with socket.socket(family) as s:
        s.settimeout(2)
        s.connect((host, port))
        return True


def unix_connects(address):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(2)
        s.connect(address)
        return True


def reads(path):
    with open(path, "rb") as file:
        return file.read(1) != b""


def writes(path):
    with open(path, "wb") as file:
        file.write(b"mine")
        return True


def proxied(target):
    with socket.socket() as s:
        s.settimeout(5)
        s.connect(("127.0.0.1", 3128))
        s.sendall(("CONNECT %s HTTP/1.1\r\n\r\n" % target).encode())
        return s.recv(12) == b"HTTP/1.1 200"


# -- the network ----------------------------------------------------------------------------------


@probe
def postgresql():
    return connects("127.0.0.1", TARGETS["postgresql"])


@probe
def control_plane_public():
    return connects("127.0.0.1", TARGETS["control-plane-public"])


@probe
def control_plane_internal():
    return connects("localhost", TARGETS["control-plane-internal"])


@probe
def provider():
    return connects("127.0.0.1", TARGETS["provider"])


@probe
def management():
    return connects("0.0.0.0", TARGETS["provider"])


@probe
def machine_by_its_address():
    return connects(TARGETS["machine"], TARGETS["everywhere"])


@probe
def machine_by_ipv6():
    return connects("::1", TARGETS["everywhere"], socket.AF_INET6)


@probe
def metadata_address():
    return connects("169.254.169.254", 80)


@probe
def name_server():
    return socket.getaddrinfo("pypi.org", 443)


@probe
def datagram():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        return s.sendto(b"x", ("192.0.2.1", 53))


@probe
def host_socket_file():
    return unix_connects(TARGETS["socket-file"])


@probe
def host_abstract_socket():
    return unix_connects("\0" + TARGETS["abstract"])


@probe
def docker_socket():
    return unix_connects("/var/run/docker.sock") or unix_connects("/run/docker.sock")


@probe
def system_bus():
    return unix_connects("/run/dbus/system_bus_socket")


@probe
def raw_socket():
    return socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)


@probe
def packet_socket():
    return socket.socket(17, socket.SOCK_RAW, 3)


@probe
def vsock():
    return socket.socket(40, socket.SOCK_STREAM)


@probe
def kernel_crypto_socket():
    return socket.socket(38, socket.SOCK_SEQPACKET)


@probe
def link_of_its_own():
    return subprocess.run(["ip", "link", "add", "x", "type", "dummy"]).returncode == 0


@probe
def proxy_to_loopback():
    return proxied("127.0.0.1:%d" % TARGETS["postgresql"])


@probe
def proxy_to_localhost():
    return proxied("localhost:%d" % TARGETS["control-plane-internal"])


@probe
def proxy_to_loopback_as_number():
    return proxied("2130706433:%d" % TARGETS["postgresql"])


@probe
def proxy_to_ipv6_loopback():
    return proxied("[::1]:%d" % TARGETS["everywhere"])


@probe
def proxy_to_metadata():
    return proxied("169.254.169.254:80")


@probe
def proxy_to_a_name_that_means_loopback():
    return proxied("localhost:443")


@probe
def proxy_to_another_port_of_a_registry():
    return proxied("registry.example.org:22")


@probe
def proxy_to_anybody():
    return proxied("elsewhere.example.org:443")


# -- files ----------------------------------------------------------------------------------------


@probe
def shadow():
    return reads("/etc/shadow")


@probe
def home_of_root():
    return os.listdir("/root")


@probe
def other_builds_file():
    return reads(TARGETS["other-build"])


@probe
def other_owners_cache():
    return reads(TARGETS["other-cache"])


@probe
def poison_other_owners_cache():
    return writes(TARGETS["other-cache"])


@probe
def registry_credential():
    return reads(TARGETS["registry-credential"])


@probe
def platform_credential():
    return reads(TARGETS["credential"])


@probe
def link_out_of_the_workspace():
    os.symlink(TARGETS["credential"], os.environ["WORK"] + "/link")
    return reads(os.environ["WORK"] + "/link")


@probe
def hard_link_out_of_the_workspace():
    os.link(TARGETS["credential"], os.environ["WORK"] + "/hard-link")
    return reads(os.environ["WORK"] + "/hard-link")


@probe
def root_of_the_first_process():
    return reads("/proc/1/root" + TARGETS["credential"])


@probe
def root_of_any_process():
    roots = [e for e in os.listdir("/proc") if e.isdigit()]
    return any(os.path.exists("/proc/%s/root%s" % (e, TARGETS["credential"])) for e in roots)


@probe
def file_by_its_handle():
    handle = (ctypes.c_int * 4)(8, 1, 2, 0)
    return call(304, 265, os.open("/", os.O_RDONLY), ctypes.byref(handle), os.O_RDONLY)


@probe
def system_file():
    return writes("/usr/bin/mine")


@probe
def system_setting():
    return writes("/etc/mine")


@probe
def top_folder():
    return writes("/mine")


@probe
def read_only_place():
    return writes(os.environ["READONLY"] + "/mine")


@probe
def read_only_place_remounted():
    LIBC.mount(b"none", os.environ["READONLY"].encode(), None, 32 | 4096, None)
    return writes(os.environ["READONLY"] + "/mine")


@probe
def block_device():
    os.mknod(os.environ["WORK"] + "/block", 0o600 | stat.S_IFBLK, os.makedev(7, 0))
    return True


@probe
def device_files():
    names = ["mem", "kmsg", "kvm", "sda", "vda", "nvme0n1", "loop0", "loop-control", "fuse"]
    return [n for n in names if os.path.exists("/dev/" + n)]


@probe
def device_folder():
    return writes("/dev/mine")


@probe
def setting_of_the_kernel():
    return writes("/proc/sys/kernel/core_pattern")


@probe
def sys_file_system():
    return os.listdir("/sys/kernel")


@probe
def power_of_sysrq():
    with open("/proc/sysrq-trigger", "w"):
        return True


# -- processes ------------------------------------------------------------------------------------


@probe
def processes_of_the_machine():
    return os.path.exists("/proc/%d" % TARGETS["victim"]) and b"sleep" in open(
        "/proc/%d/cmdline" % TARGETS["victim"], "rb"
    ).read()


@probe
def kill_a_process_of_the_machine():
    found = b"sleep" in open("/proc/%d/cmdline" % TARGETS["victim"], "rb").read()
    os.kill(TARGETS["victim"], signal.SIGKILL)
    return found


@probe
def kill_the_first_process():
    os.kill(1, signal.SIGKILL)  # where it is not refused, it must be without effect
    return False  # nobody would read that if it had one


@probe
def environment_of_the_first_process():
    return SECRET in open("/proc/1/environ", "rb").read()


@probe
def memory_of_the_first_process():
    ranges = [line.split()[0].split("-") for line in open("/proc/1/maps") if " rw" in line]
    with open("/proc/1/mem", "rb") as memory:
        for start, end in [(int(a, 16), int(b, 16)) for a, b in ranges]:
            memory.seek(start)
            if SECRET in memory.read(end - start):
                return True


@probe
def secret_in_the_environment():
    return [v for v in os.environb.values() if SECRET in v]


@probe
def trace():
    return call(101, 117, 16, 1, 0, 0)


@probe
def read_others_memory():
    return call(310, 270, 1, None, 0, None, 0, 0)


@probe
def priority():
    os.setpriority(os.PRIO_PROCESS, 0, -10)
    return True


# -- rights ---------------------------------------------------------------------------------------


@probe
def become_root():
    os.setuid(0)
    return True


@probe
def become_another_group():
    os.setgroups([0])
    return True


@probe
def program_with_the_right_of_its_owner():
    found = ["/bin/su", "/usr/bin/sudo", "/bin/mount", "/usr/bin/passwd", "/usr/bin/newuidmap"]
    found = [f for f in found if os.path.exists(f) and os.stat(f).st_mode & stat.S_ISUID]
    status = open("/proc/self/status").read()
    return found and "NoNewPrivs:\t1" not in status


@probe
def capabilities():
    status = open("/proc/self/status").read()
    return [l for l in status.splitlines() if l.startswith("CapEff") and int(l.split()[1], 16)]


@probe
def capabilities_that_could_come_back():
    status = open("/proc/self/status").read()
    return [l for l in status.splitlines() if l.startswith("CapPrm") and int(l.split()[1], 16)]


@probe
def user_namespace():
    return LIBC.unshare(0x10000000) == 0


@probe
def user_namespace_by_clone():
    return call(56, 220, 0x10000000 | signal.SIGCHLD, None, None, None, None)


@probe
def user_namespace_by_clone3():
    arguments = (ctypes.c_uint64 * 8)(0x10000000, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
    return call(435, 435, ctypes.byref(arguments), 64)


@probe
def network_namespace():
    return LIBC.unshare(0x40000000) == 0


@probe
def enter_a_namespace():
    return LIBC.setns(os.open("/proc/1/ns/net", os.O_RDONLY), 0) == 0


@probe
def mount_memory():
    return LIBC.mount(b"none", os.environ["WORK"].encode(), b"tmpfs", 0, None) == 0


@probe
def mount_control_groups():
    return LIBC.mount(b"none", os.environ["WORK"].encode(), b"cgroup", 0, b"memory") == 0


@probe
def leave_the_control_group():
    return os.path.exists("/sys/fs/cgroup") and os.listdir("/sys/fs/cgroup")


@probe
def mount_by_the_new_calls():
    return call(430, 430, b"tmpfs", 0)


@probe
def other_root():
    os.chroot(os.environ["WORK"])
    return True


@probe
def pivot():
    return call(155, 41, b"/", b"/")


@probe
def keyring():
    return call(250, 219, 1, b"mine")


@probe
def add_a_key():
    return call(248, 217, b"user", b"mine", b"x", 1, -4)


@probe
def kernel_program():
    return call(321, 280, 0, None, 0)


@probe
def performance_events():
    return call(298, 241, None, 0, -1, -1, 0)


@probe
def page_faults_in_user_space():
    return call(323, 282, 1)


@probe
def io_uring():
    parameters = (ctypes.c_char * 120)()
    return call(425, 425, 4, ctypes.byref(parameters))


@probe
def kernel_module():
    return call(175, 105, b"x", 1, b"")


@probe
def another_kernel():
    return call(320, 294, -1, -1, 0, b"", 0)


@probe
def clock():
    return LIBC.settimeofday(None, ctypes.byref((ctypes.c_int * 2)(0, 0))) == 0


@probe
def host_name():
    socket.sethostname("mine")
    return True


@probe
def kernel_log():
    return LIBC.klogctl(3, ctypes.create_string_buffer(64), 64) > 0


@probe
def higher_limit():
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard + 1, hard + 1))
    return True


def run(name):
    child = os.fork()
    if child == 0:
        signal.alarm(10)
        silent = os.open(os.devnull, os.O_RDWR)
        os.dup2(silent, 2)
        try:
            code = 77 if PROBES[name]() else 0
        except BaseException:
            code = 0
        os._exit(code)
    _, status = os.waitpid(child, 0)
    succeeded = os.WIFEXITED(status) and os.WEXITSTATUS(status) == 77
    print(name, "SUCCEEDED" if succeeded else "held", flush=True)


for one in sys.argv[1:] or PROBES:
    run(one)
