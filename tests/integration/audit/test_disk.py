"""A disk that is full: nothing is acknowledged that isn't written, and nothing is lost."""
import os
import signal

from pixtest import audit, eventually
from pixtest.audit import Producer, record

SANDBOX = dict(without=["mfa", "oauth2", "session", "identity", "archive", "sort"])
DIR = "/var/lib/dovecot-pix/audit"


def path(box, name="pix-audit"):
    return os.path.join(box.env["PIX_DIR"], "run", name)


def collector(box):
    pids = box.pids("pix-audit")
    return pids[0] if pids else None


def all_records(box):
    rows, at = [], 0
    with audit.admin(path(box, "pix-audit-admin")) as conn:
        while True:
            got = conn.request("get", **{"from": at, "count": 1000})["rows"]
            if not got:
                return rows
            rows += [row["record"] for row in got]
            at = got[-1]["index"] + 1


def test_full_disk(sandbox):
    sandbox.allow(r"pix-audit: Fatal: master: .*killed with signal 9")
    sandbox.allow(r"can't be written and wait|could not be published|No space left")
    owner = os.stat(sandbox.env["PIX_AUDIT_DIR"]).st_uid
    options = "size=%s,uid=%d,gid=%d,mode=0700"
    sandbox.exec("mount", "-t", "tmpfs", "-o", options % ("400k", owner, owner), "small", DIR)
    old = collector(sandbox)
    os.kill(old, signal.SIGKILL)
    eventually(lambda: collector(sandbox) not in (None, old))
    count = 3000
    with Producer(path(sandbox), timeout=60) as conn:
        base = conn.acked
        for n in range(1, count + 1):
            conn.record(base + n, record(session="disk", object="x" * 300))
        while "stalled" not in conn.pushes:
            conn.step()
        acked = conn.acked
        assert acked < base + count
        # what was acknowledged is there after a crash; what wasn't is sent again
        old = collector(sandbox)
        os.kill(old, signal.SIGKILL)
    sandbox.exec("mount", "-o", "remount," + options % ("64m", owner, owner), DIR)
    eventually(lambda: collector(sandbox) not in (None, old), 20)
    with Producer(path(sandbox), timeout=60) as conn:
        assert acked <= conn.acked < base + count
        for seq in range(conn.acked + 1, base + count + 1):
            conn.record(seq, record(session="disk", object="x" * 300))
        conn.wait(base + count)
        # full again: it says so, searches still work, and it goes on by itself
        sandbox.exec("dd", "if=/dev/zero", "of=%s/filler" % DIR, "bs=1M", check=False)
        conn.record(base + count + 1, record(session="disk", object="x" * 8000))
        while "stalled" not in conn.pushes:
            conn.step()
        assert conn.acked == base + count
        assert sandbox.doveadm("pix", "audit", "search", "--count", check=False).returncode == 0
        status = sandbox.doveadm("pix", "status", check=False)
        assert status.returncode == 75 and "free disk space" in status.stdout
        sandbox.exec("rm", DIR + "/filler")
        conn.wait(base + count + 1)
        eventually(lambda: "resumed" in conn.pushes or conn.step())
    rows = all_records(sandbox)
    assert [r["seq"] for r in rows if r.get("session") == "disk"] == list(range(base + 1, base + count + 2))
    assert [r for r in rows if r["kind"] == "audit.resume"]
    assert sandbox.doveadm_json("pix", "audit", "verify")[0]["result"] == "ok"
