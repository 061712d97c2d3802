"""The collector alone: what producers send, what it acknowledges, what is on disk afterwards."""
import os
import re
import signal
import time

import pytest

from pixtest import audit, eventually
from pixtest.audit import Closed, Producer, record

SANDBOX = dict(without=["mfa", "oauth2", "session", "identity", "archive", "sort"])


def path(box, name="pix-audit"):
    return os.path.join(box.env["PIX_DIR"], "run", name)


def log_dir(box):
    return os.path.join(box.env["PIX_AUDIT_DIR"], "log")


def flush(box):
    with audit.admin(path(box, "pix-audit-admin")) as conn:
        return conn.request("flush")["size"]


def collector_pid(box):
    """The process that holds the lock."""
    lock = os.stat(os.path.join(box.env["PIX_AUDIT_DIR"], "lock"))
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/comm" % pid) as f:
                if f.read().strip() != "pix-audit":
                    continue
            for fd in os.listdir("/proc/%s/fd" % pid):
                st = os.stat("/proc/%s/fd/%s" % (pid, fd))
                if (st.st_dev, st.st_ino) == (lock.st_dev, lock.st_ino):
                    return int(pid)
        except OSError:
            continue
    return None


def mine(box):
    name = "%.16s.%d.%d" % (audit.me()["boot"], audit.me()["pid"], audit.me()["start"])
    return [r for r in audit.records(log_dir(box)) if r["producer"] == name]


def test_records_are_acknowledged_and_in_the_log(sandbox):
    with Producer(path(sandbox)) as conn:
        assert conn.answer["attest"] == "root"
        assert len(conn.answer["nonce"]) == 64
        first = conn.acked
        for n in range(1, 601):
            conn.record(first + n, record(owner="alice", mailbox="INBOX", uids=str(n), session="s%d" % n))
        conn.wait(first + 600)
    size = flush(sandbox)
    origin, published, root = audit.checkpoint(log_dir(sandbox))
    assert published == size and origin.endswith("/pix-audit")
    assert audit.root_of(audit.leaves(log_dir(sandbox))) == root
    got = mine(sandbox)[-600:]
    assert [r["seq"] for r in got] == list(range(first + 1, first + 601))
    assert all(r["attest"] == "root" and r["service"] == "imap" and r["owner"] == "alice" for r in got)
    assert [r["ct"] for r in got] == sorted(r["ct"] for r in got)


def test_a_resend_is_no_second_record(sandbox):
    with Producer(path(sandbox)) as conn:
        seq = conn.acked + 1
        conn.record(seq, record(session="once"))
        conn.wait(seq)
    with Producer(path(sandbox)) as conn:
        assert conn.answer["durable"] == seq
        conn.record(seq, record(session="once"))
        conn.record(seq + 1, record(session="twice"))
        conn.wait(seq + 1)
    flush(sandbox)
    assert [r["session"] for r in mine(sandbox)[-2:]] == ["once", "twice"]


def test_a_missing_number_is_a_gap(sandbox):
    with Producer(path(sandbox)) as conn:
        seq = conn.acked
        conn.record(seq + 5, record())
        conn.wait(seq + 5)
    flush(sandbox)
    gap = [r for r in audit.records(log_dir(sandbox)) if r["kind"] == "audit.gap"][-1]
    assert (gap["seq_from"], gap["seq_to"], gap["lost"], gap["attest"]) == (seq + 1, seq + 4, 4, "self")


WRONG = [
    (b"", "not-json"),
    (b"{}", "not-json"),
    (b'{"kind":"mail.bind"}', "no-time"),
    (b'{"t":1}', "no-kind"),
    (b'{"kind":"mail.bind","t":1,"t":2}', "duplicate-name"),
    (b'{"kind":"mail.bind","t":1,"a":{}}', "not-flat"),
    (b'{"kind":"mail.bind","t":1,"a":null}', "not-flat"),
    (b'{"kind":"mail.bind","t":1,"a":"\xff"}', "bad-utf8"),
    (b'{"kind":"mail.bind","t":1,"a":"\xed\xa0\x80"}', "bad-utf8"),
    (b'{"kind":"mail.bind","t":1,"a":"\\ud800"}', "not-json"),
    (b'{"kind":"mail.bind","t":1,"a":"\\u0000"}', "not-json"),
    (b'{"kind":"mail.bind","t":1.5}', "bad-number"),
    (b'{"kind":"mail.bind","t":1,"a":01}', "bad-number"),
    (b'{"kind":"mail.bind","t":1,"ct":1}', "reserved-name"),
    (b'{"kind":"mail.bind","t":1,"receipt":1}', "reserved-name"),
    (b'{"kind":"mail.bind","t":1,"A":1}', "bad-name"),
    (b'{"kind":"mail.bind","t":1} ', "not-json"),
    (b'{"kind":"audit.prune","t":1}', "kind-not-allowed"),
    (b'{"kind":"auth.attempt","t":1}', "kind-not-allowed"),
    (b'{"kind":"mail.bind","t":1,"a":"' + b"x" * 16384 + b'"}', "too-large"),
    (b'{"kind":"mail.bind","t":1' + b"".join(b',"a%d":1' % n for n in range(63)) + b"}", "too-many-fields"),
]


@pytest.mark.parametrize("data,reason", WRONG, ids=["%d-%s" % (n, w[1]) for n, w in enumerate(WRONG)])
def test_a_wrong_record_is_refused_and_counted(sandbox, data, reason):
    with Producer(path(sandbox)) as conn:
        seq = conn.acked + 1
        conn.record(seq, data)
        conn.record(seq + 1, record())
        conn.wait(seq + 1)
    flush(sandbox)
    got = [r for r in audit.records(log_dir(sandbox)) if r["kind"] == "audit.reject"][-1]
    assert (got["seq_from"], got["reason"]) == (seq, reason)
    assert mine(sandbox)[-1]["seq"] == seq + 1


@pytest.mark.parametrize("hello,text", [
    ({"pid": 1}, "pid"),
    ({"start": 1}, "start"),
    ({"boot": "x" * 32}, "boot"),
    ({"service": "a b"}, "service"),
    ({"version_min": 2, "version_max": 2}, "version"),
    ({"protocol": "pix-identity"}, "protocol"),
])
def test_who_lies_in_the_hello_is_refused(sandbox, hello, text):
    with pytest.raises(Closed) as exc:
        Producer(path(sandbox), **hello)
    assert text in exc.value.text


def as_nobody(func):
    """Runs func in a child under another uid; returns what it returned."""
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgid(65534)
            os.setuid(65534)
            os.write(w, repr(func()).encode())
        finally:
            os._exit(0)
    os.close(w)
    with os.fdopen(r) as f:
        text = f.read()
    os.waitpid(pid, 0)
    return eval(text)  # our own repr


def test_without_root_records_are_marked_and_limited(sandbox):
    def child():
        try:
            with Producer(path(sandbox)) as conn:
                conn.record(1, record(session="unattested"))
                conn.wait(1)
                attest = conn.answer["attest"], "nonce" in conn.answer
        except Closed as exc:
            return exc.text
        try:
            Producer(path(sandbox), service="auth")
        except Closed as exc:
            return attest, exc.text
        return None

    attest, text = as_nobody(child)
    assert attest == ("none", False)
    assert "root" in text
    flush(sandbox)
    got = [r for r in audit.records(log_dir(sandbox)) if r.get("session") == "unattested"]
    assert [(r["attest"], r["uid"]) for r in got] == [("none", 65534)]


def test_the_nonce_is_needed_and_binds_the_service(sandbox):
    def child():
        # the handshake as root, then as somebody else
        with Producer(path(sandbox)) as conn:
            nonce = conn.answer["nonce"]
        os.setgid(65534)
        os.setuid(65534)
        with Producer(path(sandbox), nonce=nonce) as conn:
            out = [conn.answer["attest"]]
        for wrong in ({"nonce": "0" * 64}, {"nonce": nonce, "service": "auth"}):
            try:
                Producer(path(sandbox), **wrong)
                out.append("accepted")
            except Closed as exc:
                out.append(exc.text)
        return out

    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(w, repr(child()).encode())
        finally:
            os._exit(0)
    os.close(w)
    with os.fdopen(r) as f:
        out = eval(f.read())  # our own repr
    os.waitpid(pid, 0)
    assert out == ["nonce", "nonce is wrong", "nonce is wrong"]


def test_kill_loses_nothing(sandbox):
    sandbox.allow(r"pix-audit: Fatal: master: .*killed with signal 9")
    with Producer(path(sandbox)) as conn:
        base = conn.acked
    sent = base
    for _ in range(4):
        with Producer(path(sandbox), timeout=30) as conn:
            assert base <= conn.acked <= sent
            for seq in range(conn.acked + 1, sent + 1):
                conn.record(seq, record(session="k%d" % seq))
            for _ in range(150):
                sent += 1
                conn.record(sent, record(session="k%d" % sent))
            conn.step()
            os.kill(collector_pid(sandbox), signal.SIGKILL)
            time.sleep(0.2)
    with Producer(path(sandbox), timeout=30) as conn:
        for seq in range(conn.acked + 1, sent + 1):
            conn.record(seq, record(session="k%d" % seq))
        conn.wait(sent)
    flush(sandbox)
    got = [r["seq"] for r in mine(sandbox) if r["seq"] > base]
    assert got == list(range(base + 1, sent + 1))
    assert audit.root_of(audit.leaves(log_dir(sandbox))) == audit.checkpoint(log_dir(sandbox))[2]


def test_a_reload_hands_the_log_over(sandbox):
    old = collector_pid(sandbox)
    with Producer(path(sandbox)) as conn:
        seq = conn.acked + 1
        sandbox.reload()
        conn.record(seq, record(session="reload"))
        try:
            conn.wait(seq)
        except (Closed, OSError):
            pass
    eventually(lambda: collector_pid(sandbox) not in (None, old), 30)
    with Producer(path(sandbox), timeout=30) as conn:
        if conn.acked < seq:
            conn.record(seq, record(session="reload"))
            conn.wait(seq)
    flush(sandbox)
    assert [r.get("session") for r in mine(sandbox)][-1] == "reload"


def test_garbage_frames_end_only_their_connection(sandbox):
    with Producer(path(sandbox)) as good:
        for data in (b"\xff\xff\xff\xff\x00", b"\0\0\0\0r", b"\0\0\0\x02Hxx", b"GET / HTTP/1.1\r\n\r\n",
                     b"\0\0\0\x02Q{}" * 3):
            conn = Producer(path(sandbox), say_hello=False)
            conn.sock.sendall(data)
            with pytest.raises((Closed, OSError)):
                while True:
                    conn.step()
            conn.close()
        seq = good.acked + 1
        good.record(seq, record())
        good.wait(seq)
