#!/usr/bin/env python3
"""Makes the images that those of lmnop stand on, where none can be pulled: Debian's files, and a Java of what lmnop uses.

    helm/base/make.py FLAVOUR FILE [PACKAGE...]

FLAVOUR is
    runtime    for router, control plane, provider and PostgreSQL: the C library, a shell, Java
    machine    for builder workers, and for a provider that runs processes: the same, with what sandboxes and templates need
    python3    for functions of the templates python3, static, hugo and react: no Java
    node       for functions of the template node: no Java
    plain      for functions of the template go, and others that are one program: no Java
    registry   for a registry of images: Debian's docker-registry, no Java
and FILE gets the image, as `docker load`, buildah, containerd and jib read one. PACKAGEs of Debian come beside those.

    helm/base/make.py push FILE HOST:PORT/NAME

sends it to a registry that asks for no login and speaks plain http, as the chart's own does, and says its reference.

Needs a Debian with apt (and a JDK 25 in JAVA_HOME), and neither root nor a daemon. Packages are unpacked and not configured,
so nothing runs while an image is made, and the same packages give the same image.
"""

import gzip
import hashlib
import io
import json
import os
import platform
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

TIME = 1767225600  # of every file: 2026-01-01, as in all that the build makes
USER = 10001
SETUID, SETGID = 7, 6  # capabilities
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]

# Taken alone: what they depend on beside each other is for installing packages, which nobody does here.
ALWAYS = ["base-files", "dash", "libc6", "libgcc-s1", "libstdc++6", "netbase", "tzdata", "zlib1g"]
FLAVOURS = {
    "runtime": [],
    "machine": "bubblewrap buildah ca-certificates coreutils findutils grep iproute2 nftables nodejs npm procps"
    " python3 python3-pip python3-venv sed tar uidmap util-linux".split(),
    "python3": ["ca-certificates", "python3-minimal", "python3"],
    "node": ["ca-certificates", "nodejs"],
    "plain": ["ca-certificates"],
    "registry": ["docker-registry"],
}
WITHOUT_JAVA = {"python3", "node", "plain", "registry"}

# What lmnop and its libraries use of the JDK, and jcmd, by which an operator asks a JVM.
MODULES = (
    "java.se,jdk.crypto.ec,jdk.httpserver,jdk.jcmd,jdk.jfr,jdk.management,jdk.naming.dns,jdk.net,jdk.unsupported,jdk.zipfs"
)
JAVA = "usr/lib/jvm/lmnop"
MERGED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")  # folders that are links into usr
UNUSED = ("usr/share/doc/", "usr/share/man/", "usr/share/locale/", "usr/share/lintian/", "usr/share/info/")

ETC = {
    "etc/passwd": f"root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\nlmnop:x:{USER}:{USER}:lmnop:/tmp:/bin/false\n",
    "etc/group": f"root:x:0:\nnogroup:x:65534:\nlmnop:x:{USER}:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}


def apt(*arguments, folder):
    options = [
        "-qq", "-o", "Dir::State::status=" + str(folder / "status"), "-o", "Dir::Cache::archives=" + str(folder),
        "-o", "APT::Install-Recommends=false", "-o", "APT::Sandbox::User=root", "-o", "Debug::NoLocking=true",
    ]
    subprocess.run(["apt-get", *options, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def packages(more, folder):
    """Downloads packages; their files, by name."""
    (folder / "partial").mkdir()
    (folder / "status").touch()
    apt("download", *ALWAYS, folder=folder)
    if more:
        apt("--yes", "--download-only", "install", *more, folder=folder)
    named = {}
    for file in sorted(folder.glob("*.deb")):
        named[file.name.split("_")[0]] = file
    return named


class Layer:
    """The files of a layer: what comes first stays, all are root's, and no time is told."""

    def __init__(self):
        self.entries = {}

    def add(self, entry, content=b""):
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        entry.mtime = TIME
        entry.pax_headers = {}
        entry.size = len(content) if entry.isfile() else 0
        self.entries.setdefault(entry.name, (entry, content))

    def folder(self, path, mode=0o755, owner=0):
        entry = tarfile.TarInfo(path)
        entry.type, entry.mode = tarfile.DIRTYPE, mode
        self.add(entry)
        entry.uid = entry.gid = owner

    def link(self, path, target):
        entry = tarfile.TarInfo(path)
        entry.type, entry.linkname, entry.mode = tarfile.SYMTYPE, target, 0o777
        self.add(entry)

    def file(self, path, content, mode=0o644):
        entry = tarfile.TarInfo(path)
        entry.mode = mode
        self.add(entry, content)

    def allow(self, path, capability):
        """Gives a program one of root's rights, in the place of root itself."""
        entry, _ = self.entries[path]
        entry.mode = 0o755
        value = struct.pack("<5I", 0x02000001, 1 << capability, 0, 0, 0)
        entry.pax_headers = {"SCHILY.xattr.security.capability": value.decode(errors="surrogateescape")}

    def package(self, file):
        fields = subprocess.run(["dpkg-deb", "--field", file], check=True, stdout=subprocess.PIPE).stdout
        self.file("var/lib/dpkg/status.d/" + file.name.split("_")[0], fields)  # where scanners look
        content = subprocess.run(["dpkg-deb", "--fsys-tarfile", file], check=True, stdout=subprocess.PIPE).stdout
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            for entry in tar:
                entry.name = merged(entry.name)
                if entry.islnk():
                    entry.linkname = merged(entry.linkname)
                if entry.name in ("", ".") or entry.name in MERGED or entry.name.startswith(UNUSED):
                    continue
                self.add(entry, tar.extractfile(entry).read() if entry.isfile() else b"")

    def tree(self, folder, path):
        for file in sorted(folder.rglob("*")):
            name = f"{path}/{file.relative_to(folder)}"
            if file.is_symlink():
                self.link(name, os.readlink(file))
            elif file.is_dir():
                self.folder(name)
            else:
                self.file(name, file.read_bytes(), 0o755 if os.access(file, os.X_OK) else 0o644)

    def write(self, file):
        # A link needs what it leads to before it.
        order = sorted(self.entries.values(), key=lambda entry: (entry[0].islnk(), entry[0].name))
        with tarfile.open(file, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for entry, content in order:
                tar.addfile(entry, io.BytesIO(content) if entry.isfile() else None)
        return file


def merged(name):
    name = name.removeprefix("./").strip("/")
    return "usr/" + name if name.split("/")[0] in MERGED and "/" in name else name


def authorities(layer):
    """What update-ca-certificates does when it is configured."""
    found = [c for n, (_, c) in sorted(layer.entries.items()) if n.startswith("usr/share/ca-certificates/mozilla/")]
    if found:
        layer.file("etc/ssl/certs/ca-certificates.crt", b"".join(found))


def system(flavour, more, folder):
    layer = Layer()
    for name in MERGED[:3] + ("lib64",):
        layer.link(name, "usr/" + name)
        layer.folder("usr/" + name)
    layer.folder("tmp", 0o1777)
    layer.folder("var/tmp", 0o1777)
    for path in ("credentials", "data"):  # where volumes go: a new one has the owner that is found here
        layer.folder(path, 0o700, USER)
    for path, text in ETC.items():
        layer.file(path, text.encode())
    if flavour == "machine":
        layer.link("usr/bin/awk", "mawk")
        for file in ("subuid", "subgid"):  # whom Dockerfiles may become where a worker is not root
            layer.file("etc/" + file, b"lmnop:100000:65536\n")
    for _, file in sorted(packages(FLAVOURS[flavour] + more, folder).items()):
        layer.package(file)
    if flavour == "machine":
        layer.allow("usr/bin/newuidmap", SETUID)
        layer.allow("usr/bin/newgidmap", SETGID)
    authorities(layer)
    return layer.write(folder / "system.tar")


def java(folder):
    """A Java of these modules, with the archive of its classes that makes it start faster."""
    home = folder / "java"
    jdk = Path(os.environ["JAVA_HOME"])
    subprocess.run(
        [jdk / "bin/jlink", "--add-modules", MODULES, "--no-header-files", "--no-man-pages", "--output", home], check=True
    )
    for file in home.rglob("*"):
        os.utime(file, (TIME, TIME), follow_symlinks=False)  # the archive remembers the time of the modules
    for headers in ("+", "-"):
        dump = ["-Xshare:dump", "-XX:+UseSerialGC", "-Xmx128m", f"-XX:{headers}UseCompactObjectHeaders"]
        subprocess.run([home / "bin/java", *dump], check=True, stdout=subprocess.DEVNULL)
    layer = Layer()
    layer.tree(home, JAVA)
    return layer.write(folder / "java.tar")


def digest_of(file):
    with open(file, "rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def write(file, layers, environment):
    """An archive as `docker save` writes it."""
    digests = [digest_of(layer) for layer in layers]
    config = {
        "architecture": ARCHITECTURE,
        "os": "linux",
        "created": "2026-01-01T00:00:00Z",
        "config": {"Env": environment, "User": f"{USER}:{USER}", "WorkingDir": "/"},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + digest for digest in digests]},
        "history": [{"created": "2026-01-01T00:00:00Z", "created_by": "helm/base/make.py"} for _ in digests],
    }
    config = json.dumps(config, sort_keys=True).encode()
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    names = [f"{digest}/layer.tar" for digest in digests]
    index = [{"Config": config_name, "RepoTags": [f"lmnop.test/{Path(file).stem}:1"], "Layers": names}]
    fresh = Path(str(file) + ".new")
    with tarfile.open(fresh, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, content in (("manifest.json", json.dumps(index).encode()), (config_name, config)):
            tar.addfile(plain(name, len(content)), io.BytesIO(content))
        for name, layer in zip(names, layers):
            with open(layer, "rb") as content:
                tar.addfile(plain(name, layer.stat().st_size), content)
    fresh.replace(file)
    print(f"{file}: {sum(layer.stat().st_size for layer in layers) >> 20} MB in {len(layers)} layers, {config_name[:-5]}")


def plain(name, size):
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime = size, TIME
    return entry


def ask(method, url, body=None, kind="application/octet-stream"):
    request = urllib.request.Request(url, data=body, method=method, headers={"Content-Type": kind})
    return urllib.request.urlopen(request)


def send(content, repository, place):
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    with ask("POST", f"{repository}/blobs/uploads/", b"") as begun:
        upload = urllib.parse.urljoin(place, begun.headers["Location"])
    ask("PUT", f"{upload}{'&' if '?' in upload else '?'}digest={digest}", content).close()
    return {"digest": digest, "size": len(content)}


def push(file, target):
    place, name = target.split("/", 1)
    place = f"http://{place}"
    repository = f"{place}/v2/{name}"
    kind = "application/vnd.oci.image."
    with tarfile.open(file) as tar:
        read = lambda path: tar.extractfile(path).read()
        index = json.loads(read("manifest.json"))[0]
        layers = [gzip.compress(read(layer), 6, mtime=0) for layer in index["Layers"]]
        manifest = {
            "schemaVersion": 2,
            "mediaType": kind + "manifest.v1+json",
            "config": {"mediaType": kind + "config.v1+json", **send(read(index["Config"]), repository, place)},
            "layers": [{"mediaType": kind + "layer.v1.tar+gzip", **send(layer, repository, place)} for layer in layers],
        }
    manifest = json.dumps(manifest, sort_keys=True).encode()
    ask("PUT", f"{repository}/manifests/1", manifest, kind + "manifest.v1+json").close()
    print(f"{target}@sha256:{hashlib.sha256(manifest).hexdigest()}")


def main(arguments):
    if len(arguments) == 3 and arguments[0] == "push":
        return push(*arguments[1:])
    if len(arguments) < 2 or arguments[0] not in FLAVOURS:
        sys.exit(__doc__)
    flavour, file, *more = arguments
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        sys.exit("this makes images of Debian's packages, and needs apt-get and dpkg-deb")
    with_java = flavour not in WITHOUT_JAVA
    if with_java and not Path(os.environ.get("JAVA_HOME", "/nonexistent"), "bin/jlink").exists():
        sys.exit("JAVA_HOME has to name a JDK 25")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "debian").mkdir()
        layers = [system(flavour, more, folder / "debian")]
        path = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
        environment = ["LANG=C.UTF-8"]
        if with_java:
            layers.append(java(folder))
            environment.append(f"JAVA_HOME=/{JAVA}")
            path = f"/{JAVA}/bin:{path}"
        write(file, layers, [*environment, "PATH=" + path])


if __name__ == "__main__":
    main(sys.argv[1:])
