"""The log is verified by our verifier, by Go's x/mod/sumdb and by openssl; every kind of tampering is detected."""
import base64
import os
import shutil
import struct
import subprocess

import pytest

from pixtest import audit
from pixtest.audit import Producer, record, tile_path

SANDBOX = dict(without=["mfa", "oauth2", "session", "identity", "archive", "sort"], sets={"pix_audit_compress": "no"})
COUNT = 70000


@pytest.fixture(scope="module")
def log(sandbox, tmp_path_factory):
    """A copy of a log of more than 256 * 256 records, with its key and an early checkpoint."""
    folder = tmp_path_factory.mktemp("log")
    src = os.path.join(sandbox.env["PIX_AUDIT_DIR"], "log")
    with Producer(os.path.join(sandbox.env["PIX_DIR"], "run", "pix-audit"), timeout=60) as conn:
        for seq in range(1, COUNT + 1):
            conn.record(seq, record(owner="u%d" % (seq % 100), session="s%d" % (seq % 1000)))
            if seq == 1000:
                conn.send("f")
                conn.wait(seq)
                sandbox.doveadm("pix", "audit", "verify")
                shutil.copy(os.path.join(src, "checkpoint"), folder / "early")
        conn.send("f")
        conn.wait(COUNT)
    sandbox.doveadm("pix", "audit", "verify")
    shutil.copytree(src, folder / "log")
    return folder


def verifier(sandbox):
    return os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))),
                        "build", sandbox.host, "dest", "usr", "bin", "pix-audit-verify")


def verify(sandbox, folder, *words, key=None):
    key = key or os.path.join(folder, "audit.pub")
    return subprocess.run([verifier(sandbox), "--key", key, *map(str, words), str(folder)], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)


def test_it_verifies(sandbox, log):
    done = verify(sandbox, log / "log", "--checkpoint", log / "early")
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("OK\n") and "caveat" in done.stdout
    done = verify(sandbox, log / "log", "--checkpoint", log / "log" / "checkpoint")
    assert done.returncode == 0 and "caveat" not in done.stdout


def test_the_verifier_needs_no_dovecot(sandbox):
    out = subprocess.run(["ldd", verifier(sandbox)], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert "dovecot" not in out


def test_root_by_definition(log):
    assert audit.root_of(audit.leaves(log / "log")) == audit.checkpoint(log / "log")[2]


def test_openssl_verifies_the_note(log):
    with open(log / "log" / "checkpoint", "rb") as f:
        text, _, sigs = f.read().partition(b"\n\n")
    sig = base64.b64decode(sigs.split()[2])[4:]
    with open(log / "log" / "audit.pub") as f:
        key = base64.b64decode(f.read().strip().split("+", 2)[2])[1:]
    (log / "pub.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + key)
    (log / "text").write_bytes(text + b"\n")
    (log / "sig").write_bytes(sig)
    words = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", log / "pub.der", "-rawin",
             "-in", log / "text", "-sigfile", log / "sig"]
    assert subprocess.run(words, stdout=subprocess.PIPE).returncode == 0
    (log / "text").write_bytes(text + b" \n")
    assert subprocess.run(words, stdout=subprocess.PIPE).returncode != 0


GO = r"""
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func die(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

type reader struct{ dir string }

func (r reader) Height() int { return 8 }

func (r reader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, t := range tiles {
		path := t.Path() // tile/8/L/NNN: tlog-tiles leaves the height out
		path = "tile/" + path[len("tile/8/"):]
		data, err := os.ReadFile(filepath.Join(r.dir, path))
		if err != nil {
			return nil, err
		}
		out = append(out, data[:t.W*tlog.HashSize])
	}
	return out, nil
}

func (r reader) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

func main() {
	dir := os.Args[1]
	vkey, err := os.ReadFile(filepath.Join(dir, "audit.pub"))
	die(err)
	verifier, err := note.NewVerifier(string(vkey[:len(vkey)-1]))
	die(err)
	read := func(path string) tlog.Tree {
		msg, err := os.ReadFile(path)
		die(err)
		n, err := note.Open(msg, note.VerifierList(verifier))
		die(err)
		var origin, root string
		var size int64
		fmt.Sscanf(n.Text, "%s\n%d\n%s\n", &origin, &size, &root)
		hash, err := tlog.ParseHash(root)
		die(err)
		return tlog.Tree{N: size, Hash: hash}
	}
	tree := read(filepath.Join(dir, "checkpoint"))
	hashes := tlog.TileHashReader(tree, reader{dir})
	old := read(os.Args[2])
	proof, err := tlog.ProveTree(tree.N, old.N, hashes)
	die(err)
	die(tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash))
	for _, arg := range os.Args[3:] {
		index, _ := strconv.ParseInt(arg, 10, 64)
		leaf, err := os.ReadFile(filepath.Join(dir, "..", "leaf-"+arg))
		die(err)
		p, err := tlog.ProveRecord(tree.N, index, hashes)
		die(err)
		die(tlog.CheckRecord(p, tree.N, tree.Hash, index, tlog.RecordHash(leaf)))
	}
	fmt.Println("ok", tree.N, old.N)
}
"""


def test_go_verifies_notes_and_proofs(log):
    (log / "go").mkdir()
    (log / "go" / "main.go").write_text(GO)
    leaves = audit.leaves(log / "log")
    wanted = [0, 1, 255, 256, 999, 65535, 65536, len(leaves) - 1]
    for index in wanted:
        (log / ("leaf-%d" % index)).write_bytes(leaves[index])
    env = dict(os.environ, GO111MODULE="off", GOPATH="/usr/share/gocode", GOCACHE=str(log / "cache"), GOFLAGS="",
               HOME=str(log))
    done = subprocess.run(["go", "run", str(log / "go" / "main.go"), str(log / "log"), str(log / "early"),
                           *map(str, wanted)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env)
    assert done.returncode == 0 and done.stdout.startswith("ok %d " % len(leaves)), done.stdout


# ---- tampering

def bundle(folder, index, size):
    return os.path.join(folder, tile_path("entries", index, min(256, size - index * 256)))


def entries(path):
    with open(path, "rb") as f:
        data = f.read()
    out, pos = [], 0
    while pos < len(data):
        length = struct.unpack_from(">H", data, pos)[0]
        out.append(data[pos + 2:pos + 2 + length])
        pos += 2 + length
    return out


def put(path, items):
    with open(path, "wb") as f:
        for item in items:
            f.write(struct.pack(">H", len(item)) + item)


def edit(folder, size):
    items = entries(bundle(folder, 3, size))
    items[5] = items[5].replace(b'"owner":"u', b'"owner":"v')
    put(bundle(folder, 3, size), items)
    return "record 773 "


def delete(folder, size):
    put(bundle(folder, 100, size), entries(bundle(folder, 100, size))[1:])
    return "records 25600 to 25855"


def insert(folder, size):
    items = entries(bundle(folder, 0, size))
    put(bundle(folder, 0, size), items[:9] + [items[9]] + items[9:])
    return "records 0 to 255"


def reorder(folder, size):
    items = entries(bundle(folder, 7, size))
    items[1], items[2] = items[2], items[1]
    put(bundle(folder, 7, size), items)
    return "record 1793 "


def truncate(folder, size):
    path = bundle(folder, size // 256, size)
    os.truncate(path, os.path.getsize(path) - 1)
    return "doesn't hold as many"


def replace_bundle(folder, size):
    shutil.copy(bundle(folder, 11, size), bundle(folder, 12, size))
    return "record 3072 "


def replace_bundle_and_tile(folder, size):
    shutil.copy(bundle(folder, 11, size), bundle(folder, 12, size))
    shutil.copy(os.path.join(folder, tile_path(0, 11)), os.path.join(folder, tile_path(0, 12)))
    return "records 3072 to 3327"


def missing_bundle(folder, size):
    os.unlink(bundle(folder, 200, size))
    return "is missing"


def missing_tile(folder, size):
    os.unlink(os.path.join(folder, tile_path(0, 42)))
    return "is missing"


def flip_tile(folder, size):
    path = os.path.join(folder, tile_path(1, 0))
    with open(path, "r+b") as f:
        f.seek(32 * 9)
        f.write(b"\0" * 32)
    return "records 2304 to 2559"


def other_size(folder, size):
    path = os.path.join(folder, "checkpoint")
    with open(path) as f:
        text = f.read()
    with open(path, "w") as f:
        f.write(text.replace("\n%d\n" % size, "\n%d\n" % (size - 1)))
    return "signature is wrong"


@pytest.mark.parametrize("tamper", [edit, delete, insert, reorder, truncate, replace_bundle, replace_bundle_and_tile,
                                    missing_bundle, missing_tile, flip_tile, other_size])
def test_tampering_is_detected(sandbox, log, tmp_path, tamper):
    shutil.copytree(log / "log", tmp_path / "log")
    text = tamper(tmp_path / "log", audit.checkpoint(log / "log")[1])
    done = verify(sandbox, tmp_path / "log")
    assert done.returncode == 1 and done.stdout.endswith("FAILED\n")
    assert any(line.startswith("BAD:") and text in line for line in done.stdout.split("\n")), done.stdout
    shutil.rmtree(tmp_path / "log")


def test_rollback_is_detected(sandbox, log, tmp_path):
    # the files of an earlier state are all right in themselves: only what was kept elsewhere tells
    shutil.copytree(log / "log", tmp_path / "log")
    shutil.copy(log / "early", tmp_path / "log" / "checkpoint")
    size = audit.checkpoint(tmp_path / "log")[1]
    done = verify(sandbox, tmp_path / "log")
    assert done.returncode == 1 or "warning" in done.stdout
    # with partial tiles of that size it is a whole log
    leaves = audit.leaves(log / "log", audit.checkpoint(log / "log")[1])[:size]
    make_log(tmp_path / "log", leaves)
    done = verify(sandbox, tmp_path / "log")
    assert done.returncode == 0 and "older checkpoint was put back" in done.stdout, done.stdout
    done = verify(sandbox, tmp_path / "log", "--checkpoint", log / "log" / "checkpoint")
    assert done.returncode == 1 and "records were removed, or an old copy was put back" in done.stdout
    shutil.rmtree(tmp_path / "log")


def make_log(folder, leaves):
    """Tiles of level 0, 1 and partial bundles for these leaves (fewer than 65536)."""
    import hashlib
    hashes = [hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves]
    full = len(leaves) // 256
    width = len(leaves) % 256

    def write(name, data):
        os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)

    if width:
        write(tile_path("entries", full, width),
              b"".join(struct.pack(">H", len(leaf)) + leaf for leaf in leaves[full * 256:]))
        write(tile_path(0, full, width), b"".join(hashes[full * 256:]))
    roots = [audit.root_of(leaves[n * 256:n * 256 + 256]) for n in range(full)]
    if roots:
        write(tile_path(1, 0, len(roots)), b"".join(roots))


def test_another_key_is_refused(sandbox, log):
    key = "other.example.org+00000000+" + base64.b64encode(b"\1" + b"\0" * 32).decode()
    assert verify(sandbox, log / "log", key=key).returncode == 65
    with open(log / "log" / "audit.pub") as f:
        name, ident, data = f.read().strip().split("+", 2)
    import hashlib
    raw = bytearray(base64.b64decode(data))
    raw[5] ^= 1
    ident = hashlib.sha256(name.encode() + b"\n" + bytes(raw)).hexdigest()[:8]
    done = verify(sandbox, log / "log", key="%s+%s+%s" % (name, ident, base64.b64encode(raw).decode()))
    assert done.returncode == 1 and "no signature of this key" in done.stdout


def test_doveadm_verify(sandbox, log):
    row = sandbox.doveadm_json("pix", "audit", "verify")[0]
    assert row["result"] == "ok" and int(row["records"]) > COUNT and row["vouched"] == "0"
