"""What producers left in spool files comes into the log once they are gone."""
import json
import os
import struct

from pixtest import audit, eventually
from pixtest.audit import Producer, frame, record

SANDBOX = dict(without=["mfa", "oauth2", "session", "identity", "archive", "sort"])
GONE = 4194000  # no pid of this size while the tests run


def path(box, name="pix-audit"):
    return os.path.join(box.env["PIX_DIR"], "run", name)


def spool(box, start, data, boot=None, pid=GONE):
    name = "%s-%d-%d.spool" % (boot or audit.me()["boot"], pid, start)
    full = os.path.join(box.env["PIX_AUDIT_DIR"], "spool", name)
    with open(full + ".new", "wb") as f:
        f.write(data)
    os.chown(full + ".new", *(lambda st: (st.st_uid, st.st_gid))(os.stat(box.env["PIX_AUDIT_DIR"])))
    os.rename(full + ".new", full)
    return full


def hello(start, pid=GONE, **more):
    return frame("H", json.dumps(dict({"protocol": "pix-audit", "version_min": 1, "version_max": 1, "service": "imap",
                                       "boot": audit.me()["boot"], "pid": pid, "start": start}, **more)).encode())


def rec(seq, **fields):
    return frame("r", struct.pack(">Q", seq) + record(**fields))


def of(box, start, pid=GONE):
    with audit.admin(path(box, "pix-audit-admin")) as conn:
        conn.request("flush")
    name = "%.16s.%d.%d" % (audit.me()["boot"], pid, start)
    return [r for r in audit.records(os.path.join(box.env["PIX_AUDIT_DIR"], "log"))
            if r["producer"] == name or r.get("of_producer") == name]


def test_spool_files(sandbox):
    whole = spool(sandbox, 1, hello(1) + rec(1, session="a") + rec(2, session="b"))
    torn = spool(sandbox, 2, hello(2) + rec(1, session="c") + rec(2, session="d")[:-3])
    bad = spool(sandbox, 3, b"garbage that is no frame at all")
    lie = spool(sandbox, 4, hello(5) + rec(1, session="lie"))
    live = spool(sandbox, audit.me()["start"], hello(audit.me()["start"], pid=os.getpid()) +
                 rec(1, session="live"), pid=os.getpid())
    late = spool(sandbox, 6, hello(6) + rec(3, session="after a gap"))
    sandbox.restart()
    eventually(lambda: not os.path.exists(late) and not os.path.exists(lie), 15)
    assert not any(map(os.path.exists, (whole, torn, bad)))
    assert os.path.exists(live)
    assert [(r["seq"], r["session"], r["attest"]) for r in of(sandbox, 1)] == [(1, "a", "none"), (2, "b", "none")]
    got = of(sandbox, 2)
    assert [r["kind"] for r in got] == ["mail.bind", "audit.gap"]
    assert (got[1]["reason"], got[1]["seq_from"]) == ("torn-spool", 2)
    assert of(sandbox, 4) == [] and of(sandbox, 5) == []
    assert [r["kind"] for r in of(sandbox, 6)] == ["audit.gap", "mail.bind"]
    # the live one sends its file itself
    with Producer(path(sandbox)) as conn:
        conn.record(conn.acked + 1, record(session="live"))
        conn.wait(conn.acked + 1)
    os.unlink(live)


def test_a_spool_with_its_nonce_is_attested(sandbox):
    """A process that shook hands as root and then died, with its spool file left behind."""
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            with Producer(path(sandbox)) as conn:
                conn.record(1, record(session="sent"))
                conn.wait(1)
                me = audit.me()
                spool(sandbox, me["start"], hello(me["start"], pid=me["pid"], nonce=conn.answer["nonce"]) +
                      rec(1, session="sent") + rec(2, session="spooled"), pid=me["pid"])
                os.write(w, b"%d" % me["start"])
        finally:
            os._exit(0)
    os.close(w)
    with os.fdopen(r) as f:
        start = int(f.read())
    os.waitpid(pid, 0)
    sandbox.restart()
    got = eventually(lambda: [x for x in [of(sandbox, start, pid)] if len(x) == 2], 15)[0]
    assert [(x["session"], x["attest"]) for x in got] == [("sent", "root"), ("spooled", "spool")]
