"""Writes an OCI image of one layer: image.py NAME TAR COMMAND FILE=PATH...; it is called lmnop.test/NAME:1."""

import hashlib
import io
import json
import platform
import shlex
import sys
import tarfile

NAME, TAR, COMMAND, *FILES = sys.argv[1:]
TYPE = "application/vnd.oci.image."


def add(tar, path, content, mode=0o644):
    entry = tarfile.TarInfo(path)
    entry.size = len(content)
    entry.mode = mode
    tar.addfile(entry, io.BytesIO(content))


def layer():
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for source, path in (file.split("=", 1) for file in FILES):
            with open(source, "rb") as file:
                add(tar, path, file.read(), 0o755)
    return content.getvalue()


with tarfile.open(TAR, "w") as out:

    def keep(kind, content):
        digest = hashlib.sha256(content).hexdigest()
        add(out, f"blobs/sha256/{digest}", content)
        return {"mediaType": TYPE + kind, "digest": "sha256:" + digest, "size": len(content)}

    files = keep("layer.v1.tar", layer())
    config = {
        "os": "linux",
        "architecture": {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()],
        "config": {"Entrypoint": shlex.split(COMMAND)},
        "rootfs": {"type": "layers", "diff_ids": [files["digest"]]},
    }
    manifest = keep(
        "manifest.v1+json",
        json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": TYPE + "manifest.v1+json",
                "config": keep("config.v1+json", json.dumps(config).encode()),
                "layers": [files],
            }
        ).encode(),
    )
    manifest["annotations"] = {"io.containerd.image.name": f"lmnop.test/{NAME}:1"}
    add(out, "index.json", json.dumps({"schemaVersion": 2, "manifests": [manifest]}).encode())
    add(out, "oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
