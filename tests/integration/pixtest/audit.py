"""The wire of pix-audit (docs/protocol/audit.md) in Python, and a reader of the log's files."""
import base64
import ctypes
import hashlib
import json
import os
import socket
import struct
import time


class Closed(Exception):
    """The collector closed the connection; .text is its reason, if it gave one."""

    def __init__(self, text=""):
        super().__init__(text)
        self.text = text


def me():
    """boot, pid and start of this process."""
    with open("/proc/sys/kernel/random/boot_id") as f:
        boot = f.read().strip().replace("-", "")
    with open("/proc/self/stat") as f:
        start = int(f.read().rsplit(")", 1)[1].split()[19])
    return {"boot": boot, "pid": os.getpid(), "start": start}


def frame(kind, payload=b""):
    return struct.pack(">IB", len(payload), ord(kind)) + payload


def record(kind="mail.bind", **fields):
    fields = dict({"kind": kind, "t": int(time.time() * 1e6)}, **fields)
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()


class Producer:
    """One connection to the collector. hello: members over those of this process."""

    def __init__(self, path, service="imap", timeout=10, say_hello=True, **hello):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(timeout)
        self.sock.connect(path)
        self.input = b""
        self.acked = 0
        self.pushes = []
        self.answer = None
        if say_hello:
            self.hello = dict({"protocol": "pix-audit", "version_min": 1, "version_max": 1, "service": service}, **me())
            self.hello.update(hello)
            self.send("H", json.dumps(self.hello).encode())
            kind, payload = self.read()
            assert kind == "H", (kind, payload)
            self.answer = json.loads(payload)
            self.acked = self.answer.get("durable", 0)

    def send(self, kind, payload=b""):
        self.sock.sendall(frame(kind, payload))

    def record(self, seq, data):
        self.send("r", struct.pack(">Q", seq) + data)

    def read(self):
        while True:
            if len(self.input) >= 5:
                size, kind = struct.unpack(">IB", self.input[:5])
                if len(self.input) >= 5 + size:
                    payload, self.input = self.input[5:5 + size], self.input[5 + size:]
                    if chr(kind) == "E":
                        raise Closed(json.loads(payload)["text"])
                    return chr(kind), payload
            data = self.sock.recv(65536)
            if not data:
                raise Closed()
            self.input += data

    def step(self):
        kind, payload = self.read()
        if kind == "k":
            self.acked = struct.unpack(">Q", payload)[0]
        elif kind == "P":
            self.pushes.append(json.loads(payload)["event"])
        return kind

    def wait(self, seq):
        while self.acked < seq:
            self.step()

    def request(self, cmd, **args):
        self.send("Q", json.dumps(dict({"id": 1, "cmd": cmd}, **args)).encode())
        while True:
            kind, payload = self.read()
            if kind == "A":
                return json.loads(payload)

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def admin(path):
    """A connection to pix-audit-admin, to use with .request()."""
    conn = Producer(path, say_hello=False, timeout=30)
    conn.send("H", json.dumps({"protocol": "pix-audit", "version_min": 1, "version_max": 1}).encode())
    assert conn.read()[0] == "H"
    return conn


# ---- the files

def tile_path(level, index, width=256):
    groups = []
    while True:
        groups.append("%03d" % (index % 1000))
        index //= 1000
        if not index:
            break
    groups = ["x" + g for g in groups[:0:-1]] + [groups[0]]
    return "tile/%s/%s%s" % (level, "/".join(groups), "" if width == 256 else ".p/%d" % width)


def checkpoint(log_dir):
    """(origin, size, root) of the published checkpoint."""
    with open(os.path.join(log_dir, "checkpoint"), encoding="utf-8") as f:
        lines = f.read().split("\n")
    return lines[0], int(lines[1]), base64.b64decode(lines[2])


def unzstd(data, room=256 * 65538):
    lib = ctypes.CDLL("libzstd.so.1")
    lib.ZSTD_decompress.restype = ctypes.c_size_t
    lib.ZSTD_decompress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
    out = ctypes.create_string_buffer(room)
    size = lib.ZSTD_decompress(out, room, data, len(data))
    assert not lib.ZSTD_isError(size)
    return out.raw[:size]


def leaves(log_dir, size=None):
    """The leaves of the published log, as bytes."""
    if size is None:
        size = checkpoint(log_dir)[1]
    out = []
    for index in range((size + 255) // 256):
        width = min(256, size - index * 256)
        path = os.path.join(log_dir, tile_path("entries", index, width))
        if os.path.exists(path):
            with open(path, "rb") as f:
                data = f.read()
        else:
            with open(path + ".zst", "rb") as f:
                data = unzstd(f.read())
        pos = 0
        for _ in range(width):
            length = struct.unpack_from(">H", data, pos)[0]
            out.append(data[pos + 2:pos + 2 + length])
            pos += 2 + length
        assert pos == len(data)
    return out


def root_of(data):
    """RFC 6962 root of leaves, straight from the definition."""
    if not data:
        return hashlib.sha256(b"").digest()

    def mth(begin, end):
        if end - begin == 1:
            return hashlib.sha256(b"\0" + data[begin]).digest()
        split = 1
        while split * 2 < end - begin:
            split *= 2
        return hashlib.sha256(b"\1" + mth(begin, begin + split) + mth(begin + split, end)).digest()

    return mth(0, len(data))


def records(log_dir):
    return [json.loads(leaf) for leaf in leaves(log_dir)]
