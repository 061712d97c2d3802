"""pix-archive itself: what happens when it is away, killed or full, who may do what, holds, restore, disposal."""
import hashlib
import os
import poplib
import re
import signal
import sqlite3
import time

import pytest

from pixtest import HOST, SandboxError, eventually

SANDBOX = dict(without=["audit"], sets={"pix_archive_timeout": "5s"})

POLICY = """version 1
label keep-1y { period 1y; then dispose }
label keep-2y { period 2y; then review }
rule keep-1y { user dave "kill*" "full*" }
rule keep-2y { folder Reviewed }
"""


@pytest.fixture(autouse=True)
def policy(sandbox):
    path = sandbox.path("conf", "retention.policy")
    with open(path, "w") as out:
        out.write(POLICY)


def message(n, size=200):
    return ("Subject: mail %s\r\nMessage-ID: <%s@example.org>\r\n\r\n" % (n, n) + "0123456789abcdef\r\n" * (size // 18)).encode()


def put(imap, messages, folder="INBOX", date=None, flags=None):
    for text in messages:
        assert imap.append(folder, flags, date, text)[0] == "OK"


def digests(texts):
    return {hashlib.sha256(text).hexdigest() for text in texts}


def archived(box, user, *args):
    return box.doveadm_json("pix", "archive", "list", "-u", user, *args)


def mark_all(imap, folder="INBOX"):
    assert imap.select(folder)[0] == "OK"
    assert imap.store("1:*", "+FLAGS", "\\Deleted")[0] == "OK"


def stop(box):
    pids = box.pids("pix-archive")
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    return pids


def test_stopped_service_keeps_mail(sandbox):
    """A deletion that the archive can't take fails, and the mail stays; deliveries go on."""
    sandbox.allow("mail was not deleted")
    imap = sandbox.imap("dave")
    put(imap, [message("stop1")])
    mark_all(imap)
    pids = stop(sandbox)
    try:
        typ, data = imap.expunge()
        assert typ == "NO" and b"UNAVAILABLE" in data[0], data
        assert imap.noop()[0] == "OK"
        sandbox.deliver(message("while-away"), "dave")
        pop = sandbox.pop3("dave")
        pop.dele(1)
        with pytest.raises(poplib.error_proto):
            pop.quit()
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    assert imap.select("INBOX")[1] == [b"2"]
    mark_all(imap)
    assert imap.expunge()[0] == "OK"
    assert imap.select("INBOX")[1] == [b"0"]
    assert digests([message("stop1")]) <= {row["sha256"] for row in archived(sandbox, "dave")}


def test_broken_policy_deletes_nothing(sandbox):
    sandbox.allow("mail was not deleted")
    with open(sandbox.path("conf", "retention.policy"), "w") as out:
        out.write("version 1\nlabel x { periode 1y }\n")
    imap = sandbox.imap("alice")
    put(imap, [message("broken")])
    mark_all(imap)
    mark = sandbox.mark()
    typ, data = imap.expunge()
    assert typ == "NO", data
    eventually(lambda: "line 2, column 11" in sandbox.log_since(mark))
    assert imap.select("INBOX")[1] == [b"1"]
    with pytest.raises(SandboxError) as failed:
        sandbox.doveadm("pix", "retention", "check")
    assert "line 2, column 11" in failed.value.output


def test_restore_keeps_everything(sandbox):
    imap = sandbox.imap("kill-restore")
    imap.create("Work/2026")
    texts = [message("r%d" % n, 3000) for n in range(5)]
    put(imap, texts, "Work/2026", '"03-Feb-2026 04:05:06 +0100"', "(\\Seen \\Flagged $Work)")
    imap.select("Work/2026")
    imap.close()
    assert imap.delete("Work/2026")[0] == "OK"
    done = sandbox.doveadm_json("pix", "archive", "restore", "-u", "kill-restore")[0]
    assert done == {"restored": "5", "there": "0", "failed": "0"}
    again = sandbox.doveadm_json("pix", "archive", "restore", "-u", "kill-restore")[0]
    assert again == {"restored": "0", "there": "5", "failed": "0"}
    assert imap.select("Work/2026")[1] == [b"5"]
    got = set()
    for number in range(1, 6):
        _, data = imap.fetch(str(number), "(FLAGS INTERNALDATE BODY.PEEK[])")
        head = data[0][0]
        assert b"03-Feb-2026 03:05:06 +0000" in head or b"03-Feb-2026 04:05:06 +0100" in head, head
        for flag in (b"\\Seen", b"\\Flagged", b"$Work"):
            assert flag in head + data[1]
        assert b"\\Deleted" not in head + data[1]
        got.add(hashlib.sha256(data[0][1]).hexdigest())
    assert got == digests(texts)


def test_restore_of_another_owner_is_refused(sandbox):
    item = archived(sandbox, "kill-restore")[0]["item"]
    done = sandbox.doveadm_json("pix", "archive", "restore", "-u", "bob", "--item", str(item))[0]
    assert done["restored"] == "0"


def test_mail_uid_can_change_nothing(sandbox):
    """Neither by the files nor by the socket, with our plugins or without."""
    where = "/var/lib/dovecot-pix/archive"
    for argv in (["ls", where], ["cat", where + "/ledger.sqlite"], ["sh", "-c", "echo x > %s/ledger.sqlite" % where],
                 ["rm", "-rf", where], ["doveadm", "-o", "mail_plugins=", "expunge", "-u", "dave", "all"],
                 ["doveadm", "pix", "archive", "list"]):
        sandbox.exec(*argv, user="vmail", check=False)
    ask = r"""
import json, socket, struct
def frame(kind, obj):
    data = json.dumps(obj).encode()
    return struct.pack(">I", len(data)) + kind + data
def read(s):
    head = s.recv(5, socket.MSG_WAITALL)
    return json.loads(s.recv(struct.unpack(">I", head[:4])[0], socket.MSG_WAITALL))
for cmd in ("list", "read", "hold-add", "hold-release", "disposition-run", "disposition-approve", "event-set", "verify", "status"):
    s = socket.socket(socket.AF_UNIX)
    s.connect("/run/dovecot/pix-archive")
    s.sendall(frame(b"H", {"protocol": "pix-archive", "version_min": 1, "version_max": 1, "role": "admin"}))
    assert read(s)["role"] == "mail"
    s.sendall(frame(b"Q", {"id": 1, "cmd": cmd, "item": 1, "actor": "me", "apply": True}))
    print(cmd, read(s).get("error"))
s = socket.socket(socket.AF_UNIX)
try:
    s.connect("/run/dovecot/pix-archive-admin")
    print("admin open")
except PermissionError:
    print("admin closed")
"""
    out = sandbox.exec("python3", "-c", ask, user="vmail").stdout.splitlines()
    assert out[-1] == "admin closed"
    assert all(line.endswith(" denied") for line in out[:-1]), out
    assert sandbox.doveadm("pix", "archive", "verify").returncode == 0
    assert archived(sandbox, "dave")


def test_hostile_frames(sandbox):
    """Rubbish on the mail socket ends that connection and nothing else."""
    code = r"""
import os, random, socket, struct, sys
rnd = random.Random(int(sys.argv[1]))
hello = b'{"protocol":"pix-archive","version_min":1,"version_max":1}'
for n in range(60):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(3)
    s.connect("/run/dovecot/pix-archive")
    data = struct.pack(">I", len(hello)) + b"H" + hello
    for _ in range(rnd.randrange(6)):
        kind = rnd.choice([b"m", b"D", b"Q", b"Z", b"H"])
        body = rnd.choice([b"", b"{}", b"[]", b"\xff" * 20, b'{"id":1,"cmd":"commit","count":%d}' % rnd.randrange(-2, 999999),
                           b'{"id":1,"cmd":"owner","owner":"a\\u0000b"}', b'{"id":1,"cmd":"labels","owner":"x","guids":[1,null,"a"]}',
                           b'{"owner":"../../x","mailbox":"../../y","mailbox_guid":"","guid":"g","keywords":"","label":"","reason":"",'
                           b'"size":0,"uid":1,"flags":255,"received":0,"saved":0,"until":0,"sha256":"' + b"a" * 64 + b'"}',
                           os.urandom(rnd.randrange(200))])
        size = rnd.choice([len(body)] * 5 + [0xffffffff, 1 << 25])
        data += struct.pack(">I", size) + kind + body
    try:
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
        while s.recv(4096):
            pass
    except OSError:
        pass
    s.close()
"""
    before = sandbox.pids("pix-archive")
    sandbox.exec("python3", "-c", code, "20261121", user="vmail")
    assert sandbox.pids("pix-archive") == before
    assert sandbox.doveadm("pix", "archive", "verify").returncode == 0


def test_odd_folder_and_owner(sandbox):
    """Names that no path may hold."""
    user = "kill.x-_@ex-ample." + "long" * 30
    imap = sandbox.imap(user)
    for folder in ("a&AOk-", "x" * 180, "~tilde", "..dots"):
        if imap.create('"%s"' % folder)[0] != "OK":
            continue
        put(imap, [message("odd-" + folder)], '"%s"' % folder)
        mark_all(imap, '"%s"' % folder)
        assert imap.expunge()[0] == "OK", folder
    assert len(archived(sandbox, user)) >= 2
    assert sandbox.doveadm("pix", "archive", "verify", "-u", user).returncode == 0


def test_hold_reaches_open_sessions(sandbox):
    imap = sandbox.imap("carol")
    put(imap, [message("before-hold"), message("under-hold"), message("after-hold")])
    imap.select("INBOX")
    imap.store("1", "+FLAGS", "\\Deleted")
    assert imap.expunge()[0] == "OK"
    assert not archived(sandbox, "carol")
    sandbox.doveadm("pix", "hold", "add", "--custodian", "car*", "--matter", "case 1", "H1")
    imap.store("1", "+FLAGS", "\\Deleted")
    assert imap.expunge()[0] == "OK"
    rows = archived(sandbox, "carol")
    assert {row["sha256"] for row in rows} == digests([message("under-hold")])
    assert rows[0]["held"] == "yes"
    with pytest.raises(SandboxError):
        sandbox.doveadm("expunge", "-u", "carol", "mailbox", "INBOX", "all")
    # what was held is destroyed by nobody
    run = sandbox.doveadm_json("pix", "archive", "run", "--apply")[0]
    assert run["done"] == "0" and run["held"] == "1"
    assert sandbox.doveadm_json("pix", "hold", "release", "H1")[0]["state"] == "releasing"
    with pytest.raises(SandboxError):
        sandbox.doveadm("pix", "hold", "approve", "H1")  # the same person
    imap.store("1", "+FLAGS", "\\Deleted")
    assert imap.expunge()[0] == "OK"
    assert len(archived(sandbox, "carol")) == 2


def test_disposal_is_recorded(sandbox):
    """Ended mail goes by a run, content and all; the record stays and the ledger is whole."""
    imap = sandbox.imap("dave")
    old = message("ended")
    put(imap, [old], "INBOX", '"01-Jan-2020 00:00:00 +0000"')
    # not retained any more: it just goes
    mark_all(imap)
    assert imap.expunge()[0] == "OK"
    assert digests([old]).isdisjoint(row["sha256"] for row in archived(sandbox, "dave"))
    # archived while it was retained, ended since then
    imap.create("Reviewed")
    imap = sandbox.imap("kill-ended")
    texts = [message("e%d" % n) for n in range(3)]
    with open(sandbox.path("conf", "retention.policy"), "w") as out:
        out.write(POLICY.replace("period 1y", "period 7y"))
    time.sleep(1.1)
    put(imap, texts, "INBOX", '"01-Jan-2020 00:00:00 +0000"')
    mark_all(imap)
    assert imap.expunge()[0] == "OK"
    assert len(archived(sandbox, "kill-ended")) == 3
    assert sandbox.doveadm_json("pix", "archive", "run", "--apply", "-u", "kill-ended")[0]["done"] == "0"
    # a shorter period does not shorten what was promised
    with open(sandbox.path("conf", "retention.policy"), "w") as out:
        out.write(POLICY)
    time.sleep(1.1)
    assert sandbox.doveadm_json("pix", "archive", "run", "--apply", "-u", "kill-ended")[0]["done"] == "0"


def test_tampering_shows(new_sandbox):
    box = new_sandbox(**SANDBOX)
    imap = box.imap("dave")
    put(imap, [message("t%d" % n, 5000) for n in range(3)])
    mark_all(imap)
    imap.expunge()
    imap.logout()
    assert box.doveadm("pix", "archive", "verify").returncode == 0
    ledger = box.path("state", "archive", "ledger.sqlite")

    def change(*sql):
        db = sqlite3.connect(ledger, timeout=10)
        for line in sql:
            db.execute(line)
        db.commit()
        db.close()
        return box.doveadm("pix", "archive", "verify", check=False).returncode

    assert change("UPDATE item SET until=1 WHERE id=1") == 65
    assert change("UPDATE item SET until=(SELECT until FROM item WHERE id=2) WHERE id=1") == 0
    body = sqlite3.connect(ledger).execute("SELECT body FROM log WHERE seq=2").fetchone()[0]
    assert change("UPDATE log SET body=replace(CAST(body AS TEXT),'keep-1y','keep-0y') WHERE seq=2") == 65
    db = sqlite3.connect(ledger)
    db.execute("UPDATE log SET body=? WHERE seq=2", (body,))
    db.commit()
    db.close()
    assert change("SELECT 1") == 0
    # the content: one byte in the store
    storage = box.path("state", "archive", "mail")
    files = [os.path.join(root, name) for root, _, names in os.walk(storage) for name in names if re.match(r"m\.\d+$", name)]
    with open(files[0], "r+b") as out:
        out.seek(os.path.getsize(files[0]) // 2)
        byte = out.read(1)
        out.seek(-1, os.SEEK_CUR)
        out.write(bytes([byte[0] ^ 1]))
    box.allow("(Corrupted|corrupted|zstd|read\\(|cache|Rebuil|rebuil|mdbox|m\\.)")
    assert box.doveadm("pix", "archive", "verify", check=False).returncode == 65


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_kill_9(sandbox, seed):
    """pix-archive is killed at random points while mail is deleted: nothing is lost, nothing is there twice."""
    import random
    rnd = random.Random(seed)
    user = "kill%d" % seed
    texts = [message("k%d-%d" % (seed, n), rnd.randrange(200, 40000)) for n in range(40)]
    sandbox.allow("mail was not deleted|killed with signal 9|Can't archive")
    imap = sandbox.imap(user)
    put(imap, texts)
    for _ in range(25):
        imap.select("INBOX")
        typ, data = imap.uid("SEARCH", "ALL")
        uids = data[0].split()
        if not uids:
            break
        some = rnd.sample(uids, min(len(uids), rnd.randrange(1, 8)))
        imap.uid("STORE", b",".join(some).decode(), "+FLAGS", "\\Deleted")
        tag = imap._new_tag()
        imap.send(tag + b" EXPUNGE\r\n")
        time.sleep(rnd.random() * 0.02)
        sandbox.kill("pix-archive", signal.SIGKILL)
        while not imap.readline().startswith(tag):
            pass
        eventually(lambda: sandbox.doveadm("pix", "archive", "list", "-u", user, check=False).returncode == 0, timeout=15)
    left = set()
    imap.select("INBOX")
    for uid in imap.uid("SEARCH", "ALL")[1][0].split():
        left.add(hashlib.sha256(imap.uid("FETCH", uid, "(BODY.PEEK[])")[1][0][1]).hexdigest())
    rows = archived(sandbox, user)
    kept = [row["sha256"] for row in rows]
    assert len(kept) == len(set(kept)), "archived twice"
    assert left | set(kept) == digests(texts)
    assert sandbox.doveadm("pix", "archive", "verify", "-u", user).returncode == 0


RETAIN = """require ["vnd.pix.sort"];
if header :is "subject" "contract" { retain "keep-2y"; }
"""
RETAIN_CONF = """sieve_script archive-test {
  type = before
  path = {files}/retain.sieve
}
""" if HOST == "2.4" else """plugin {
  sieve_before2 = {files}/retain.sieve
}
"""


def test_sieve_label(new_sandbox):
    """A label that Sieve put on a mail keeps it, wherever the user moves it."""
    box = new_sandbox(files={"retain.sieve": RETAIN}, conf=RETAIN_CONF, without=["audit"])
    with open(box.path("conf", "retention.policy"), "w") as out:
        out.write(POLICY)
    box.deliver(b"Subject: contract\r\nMessage-ID: <c1@example.org>\r\n\r\nc\r\n", "alice")
    box.deliver(b"Subject: chat\r\nMessage-ID: <c2@example.org>\r\n\r\nc\r\n", "alice")
    explained = box.doveadm_json("pix", "retention", "explain", "-u", "alice", "INBOX", "1")[0]
    assert explained["retained"] == "yes" and explained["label"] == "keep-2y", explained
    imap = box.imap("alice")
    imap.create("Weak")
    imap.select("INBOX")
    assert imap.uid("MOVE", "1:2", "Weak")[0] == "OK"
    mark_all(imap, "Weak")
    assert imap.expunge()[0] == "OK"
    rows = archived(box, "alice")
    assert [row["label"] for row in rows] == ["keep-2y"]


def test_journal(new_sandbox):
    """A copy is safe before Sieve sees the mail; when that fails the MTA is told to try again."""
    box = new_sandbox(without=["audit"], sets={"pix_archive_timeout": "3s"})
    box.allow("pix_journal: The mail was not delivered")
    with open(box.path("conf", "retention.policy"), "w") as out:
        out.write("version 1\nlabel keep-3y { period 3y }\njournal keep-3y { user bob }\n")
    script = box.path("mail", "bob", ".dovecot.sieve")
    os.makedirs(os.path.dirname(script), exist_ok=True)
    with open(script, "w") as out:
        out.write("discard;\n")
    box.exec("chown", "-R", "vmail:vmail", os.path.dirname(script))
    text = message("journal1")
    box.deliver(text, "bob")
    box.deliver(message("no-journal"), "alice")
    rows = archived(box, "bob")
    assert len(rows) == 1 and rows[0]["label"] == "keep-3y" and rows[0]["reason"] == "journal"
    assert not archived(box, "alice")
    pids = stop(box)
    try:
        with pytest.raises(SandboxError) as refused:
            box.deliver(message("journal2"), "bob")
        assert "(451," in str(refused.value), refused.value
        box.deliver(message("no-journal-2"), "alice")
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    box.deliver(message("journal2"), "bob")
    assert len(archived(box, "bob")) == 2
    box.doveadm("pix", "archive", "restore", "-u", "bob")
    imap = box.imap("bob")
    assert imap.select("Journal")[1] == [b"2"]
    assert text in imap.fetch("1", "(BODY.PEEK[])")[1][0][1]


def test_run_by_age(sandbox):
    """archive run moves what reached the age of archive-after, and nothing else; a dry run moves nothing."""
    with open(sandbox.path("conf", "retention.policy"), "w") as out:
        out.write("version 1\nlabel old { period 30y; archive-after 1y }\nrule old { folder Old }\n")
    imap = sandbox.imap("aged")
    imap.create("Old")
    old, new = message("aged"), message("young")
    put(imap, [old], "Old", '"01-Jan-2020 00:00:00 +0000"')
    put(imap, [new], "Old")
    put(imap, [message("elsewhere")], "INBOX", '"01-Jan-2020 00:00:00 +0000"')
    run = sandbox.doveadm_json("pix", "archive", "run", "-u", "aged")[0]
    assert (run["aged"], run["moved"]) == ("1", "0"), run
    assert not archived(sandbox, "aged")
    run = sandbox.doveadm_json("pix", "archive", "run", "-u", "aged", "--apply")[0]
    assert (run["aged"], run["moved"]) == ("1", "1"), run
    assert {row["sha256"] for row in archived(sandbox, "aged")} == digests([old])
    assert imap.select("Old")[1] == [b"1"] and imap.select("INBOX")[1] == [b"1"]
    run = sandbox.doveadm_json("pix", "archive", "run", "-u", "aged", "--apply")[0]
    assert (run["aged"], run["moved"]) == ("0", "0"), run
