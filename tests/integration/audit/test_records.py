"""Scripted sessions over each protocol leave exactly the expected records."""
import base64
import contextlib
import hashlib
import imaplib
import re
import smtplib
import socket

import pytest

from pixtest import eventually
from pixtest.trail import Trail, brief

SANDBOX = dict(without=["auth-mfa", "auth-oauth2", "session", "identity", "archive", "sort"])

MESSAGE = (b"From: a@example.org\r\nTo: alice\r\nMessage-ID: <%s@example.org>\r\nSubject: unspeakable\r\n"
           b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nwords of the body\r\n--b\r\n"
           b"Content-Type: application/octet-stream\r\n\r\nattachment\r\n--b--\r\n")


@pytest.fixture
def trail(sandbox):
    return Trail(sandbox)


def digest(message):
    return {"size": len(message), "sha256": hashlib.sha256(message).hexdigest()}


def append(imap, name, flags=None, mailbox="INBOX"):
    message = MESSAGE % name
    assert imap.append(mailbox, flags, None, message)[0] == "OK"
    return message


def ok(answer):
    assert answer[0] == "OK", answer
    return answer[1]


def imap_records(trail, user):
    """What a session that was closed left, between its start and its end."""
    trail.wait("imap", kind="session.end", owner=user)
    found = trail.of("imap", owner=user)
    assert found[0]["kind"] == "session.start" and found[-1]["kind"] == "session.end"
    assert len({r["session"] for r in found}) == 1
    assert all(r["attest"] in ("root", "nonce") for r in found)
    assert len({r["ip"] for r in found}) == 1
    assert [r["seq"] for r in found] == list(range(found[0]["seq"], found[0]["seq"] + len(found)))
    return [brief(r) for r in found[1:-1]]


def test_reads_are_told_apart(sandbox, trail):
    imap = sandbox.imap("reader")
    first, second = append(imap, b"one", r"(\Flagged)"), append(imap, b"two", r"(\Seen \Answered)")
    imap.select("INBOX")
    # neither: headers, structure, flags, sizes
    for items in ("(FLAGS UID ENVELOPE BODYSTRUCTURE RFC822.SIZE INTERNALDATE)", "(BODY.PEEK[HEADER])",
                  "(BODY.PEEK[HEADER.FIELDS (Subject From)])", "(BODY.PEEK[2.MIME])"):
        ok(imap.fetch("1:*", items))
    ok(imap.search(None, "BODY", "words"))
    # the same folder again is no second sync
    ok(imap.select("INBOX"))
    ok(imap.fetch("1:2", "(BODY.PEEK[])"))
    ok(imap.uid("FETCH", "2", "(BODY.PEEK[2]<0.4>)"))
    ok(imap.fetch("1", "(BODY.PEEK[HEADER] BODY.PEEK[1])"))
    ok(imap.fetch("1", "(RFC822)"))
    ok(imap.fetch("2", "(BINARY.PEEK[1])"))
    ok(imap.fetch("1:2", "(PREVIEW)"))
    imap.logout()

    def bind(uids, count, section, msgid=None):
        return "mail.bind", dict({"owner": "reader", "mailbox": "INBOX", "uids": uids, "count": count, "section": section},
                                 **({"msgid": msgid} if msgid else {}))

    assert imap_records(trail, "reader") == [
        ("folder.create", {"owner": "reader", "mailbox": "INBOX"}),
        ("mail.append", dict(owner="reader", mailbox="INBOX", uids="1", msgid="<one@example.org>", flags_set=r"\Flagged",
                             **digest(first))),
        ("mail.append", dict(owner="reader", mailbox="INBOX", uids="2", msgid="<two@example.org>",
                             flags_set=r"\Answered \Seen", **digest(second))),
        ("mail.sync", {"owner": "reader", "mailbox": "INBOX", "count": 2}),
        bind("1:2", 2, "BODY[]"),
        bind("2", 1, "BODY[2]<0.4>", "<two@example.org>"),
        bind("1", 1, "BODY[1]", "<one@example.org>"),
        bind("1", 1, "RFC822", "<one@example.org>"),
        ("mail.flags", {"owner": "reader", "mailbox": "INBOX", "uids": "1", "count": 1, "flags_add": r"\Seen"}),
        bind("2", 1, "BINARY[1]", "<two@example.org>"),
        bind("1:2", 2, "PREVIEW"),
    ]


def test_changes(sandbox, trail):
    imap = sandbox.imap("changer")
    for n in (b"one", b"two", b"three"):
        append(imap, n)
    imap.select("INBOX")
    ok(imap.store("1:3", "+FLAGS", r"(\Answered $work)"))
    # nothing that changes nothing
    ok(imap.store("1:3", "+FLAGS", r"(\Answered)"))
    ok(imap.store("2", "FLAGS", r"(\Draft)"))
    ok(imap.store("1,3", "-FLAGS", r"($work)"))
    ok(imap.store("2", "FLAGS", "()"))
    ok(imap.create("Work"))
    ok(imap.subscribe("Work"))
    ok(imap.copy("1:2", "Work"))
    ok(imap._simple_command("UID", "MOVE", "3", "Work"))
    ok(imap.rename("Work", "Büro".encode("utf-7").replace(b"+", b"&").decode()))
    ok(imap.store("1", "+FLAGS", r"(\Deleted)"))
    ok(imap.expunge())
    ok(imap.delete("Büro".encode("utf-7").replace(b"+", b"&").decode()))
    ok(imap.unsubscribe("Work"))
    assert imap.copy("1", "NoSuchFolder")[0] == "NO"
    imap.logout()

    def flags(uids, count, **change):
        return "mail.flags", dict({"owner": "changer", "mailbox": "INBOX", "uids": uids, "count": count}, **change)

    found = imap_records(trail, "changer")
    assert found[4:] == [
        ("mail.sync", {"owner": "changer", "mailbox": "INBOX", "count": 3}),
        flags("1:3", 3, flags_add=r"\Answered $work"),
        flags("2", 1, flags_set=r"\Draft"),
        flags("1,3", 2, flags_remove="$work"),
        flags("2", 1, flags_set="()"),
        ("folder.create", {"owner": "changer", "mailbox": "Work"}),
        ("folder.subscribe", {"owner": "changer", "mailbox": "Work"}),
        ("mail.copy", {"owner": "changer", "mailbox": "INBOX", "uids": "1:2", "to_mailbox": "Work", "to_uids": "1:2", "count": 2}),
        ("mail.move", {"owner": "changer", "mailbox": "INBOX", "uids": "3", "to_mailbox": "Work", "to_uids": "3", "count": 1,
                       "msgid": "<three@example.org>"}),
        ("folder.rename", {"owner": "changer", "mailbox": "Work", "to_mailbox": "Büro"}),
        flags("1", 1, flags_add=r"\Deleted"),
        ("mail.expunge", {"owner": "changer", "mailbox": "INBOX", "uids": "1", "count": 1, "msgid": "<one@example.org>"}),
        ("mail.expunge", {"owner": "changer", "mailbox": "Büro", "uids": "1:3", "count": 3}),
        ("folder.delete", {"owner": "changer", "mailbox": "Büro"}),
        ("folder.unsubscribe", {"owner": "changer", "mailbox": "Work"}),
    ]
    moved = trail.of("imap", kind="mail.move")[-1]
    created = [r for r in trail.of("imap", owner="changer") if r["kind"] == "folder.rename"][0]
    assert re.fullmatch("[0-9a-f]{32}", moved["to_mailbox_guid"])
    assert created.get("mailbox_guid") in (None, moved["to_mailbox_guid"])


def test_pop3(sandbox, trail):
    sandbox.deliver((MESSAGE % b"p1").decode(), to="popper")
    sandbox.deliver((MESSAGE % b"p2").decode(), to="popper")
    pop = sandbox.pop3("popper")
    pop.list()
    pop.uidl()
    pop.retr(2)
    pop.top(1, 1)
    pop.dele(1)
    pop.quit()
    trail.wait("pop3", kind="session.end", owner="popper")
    found = [brief(r) for r in trail.of("pop3", owner="popper")]
    assert [kind for kind, _ in found] == ["session.start", "mail.sync", "mail.bind", "mail.bind", "mail.flags", "mail.expunge",
                                           "session.end"] or \
        [kind for kind, _ in found] == ["session.start", "mail.sync", "mail.bind", "mail.bind", "mail.expunge", "session.end"]
    assert found[2][1] == {"owner": "popper", "mailbox": "INBOX", "uids": "2", "count": 1, "section": "RETR",
                           "msgid": "<p2@example.org>"}
    assert found[3][1]["section"] == "TOP" and found[3][1]["uids"] == "1"
    assert dict(found)["mail.expunge"]["uids"] == "1"


def test_delivery_has_a_receipt(sandbox, trail):
    sandbox.deliver((MESSAGE % b"r1").decode(), to=["rita@example.org", "rob"], sender="who@example.com")
    sandbox.deliver("Subject: no id\n\nbare lines\n", to="rita@example.org", sender="")
    found = trail.wait("lmtp", count=3, kind="delivery.receipt")
    assert [(r["owner"], r["recipient"], r.get("sender", ""), r["mailbox"], r["uids"], r.get("msgid")) for r in found] == [
        ("rita@example.org", "rita@example.org", "who@example.com", "INBOX", "1", "<r1@example.org>"),
        ("rob", "rob", "who@example.com", "INBOX", "1", "<r1@example.org>"),
        ("rita@example.org", "rita@example.org", "", "INBOX", "2", None),
    ]
    numbers = [r["receipt"] for r in found]
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    imap = sandbox.imap("rita@example.org")
    ok(imap.select("INBOX", readonly=True))
    for receipt in (found[0], found[2]):
        body = ok(imap.uid("FETCH", receipt["uids"], "(BODY.PEEK[])"))[0][1]
        assert digest(body) == {"size": receipt["size"], "sha256": receipt["sha256"]}
    imap.logout()


def test_logins_and_connections(sandbox, trail):
    sandbox.secret("not-the-password")
    imap = sandbox.imaps("lena")
    imap.logout()
    imap = sandbox.imap()
    with pytest.raises(imaplib.IMAP4.error):
        imap.login("alice", "not-the-password")
    imap.logout()
    imap = sandbox.imaps()
    imap.logout()
    with socket.create_connection(("127.0.0.1", sandbox.port("IMAPS"))) as raw:
        raw.sendall(b"this is no TLS\r\n\r\n")
        with contextlib.suppress(OSError):
            raw.recv(100)
    with socket.create_connection(("127.0.0.1", sandbox.port("POP3"))) as raw:
        raw.recv(100)
    smtp = sandbox.smtp("lena")
    smtp.quit()
    trail.wait("imap-login", count=3, kind="connection.end")
    trail.wait("pop3-login", kind="connection.end")
    trail.wait("auth", kind="auth.attempt", owner="lena", proto="submission")
    # the last login of the test before may still have been on its way
    attempts = [r for r in trail.of("auth", kind="auth.attempt") if r["owner"] in ("lena", "alice")]
    assert [(r["owner"], r["proto"], r["mech"], r.get("outcome"), r.get("reason"), r["factor1"]) for r in attempts] == [
        ("lena", "imap", "PLAIN", None, None, "password"),
        ("alice", "imap", "PLAIN", "fail", "wrong-password", "password"),
        ("lena", "submission", "PLAIN", None, None, "password"),
    ]
    assert attempts[0]["tls"].startswith("TLSv1.") and "AES" in attempts[0]["tls_cipher"] + attempts[2]["tls_cipher"]
    assert "tls" not in attempts[1]
    ends = {r["reason"] + ("+tls" if "tls" in r else ""): r for r in trail.of("imap-login", "pop3-login", kind="connection.end")}
    assert set(ends) == {"auth-failed", "no-auth+tls", "tls-handshake", "no-auth"}
    assert ends["auth-failed"]["user_given"] == "alice" and ends["auth-failed"]["attempts"] == 1
    assert ends["auth-failed"]["session"] == attempts[1]["session"]
    assert ends["no-auth"]["proto"] == "pop3" and ends["no-auth"]["outcome"] == "aborted"
    # the session is the one that auth let in
    assert trail.wait("imap", kind="session.start", owner="lena")[0]["session"] == attempts[0]["session"]


def test_doveadm_is_an_administrator(sandbox, trail):
    sandbox.deliver((MESSAGE % b"d1").decode(), to="dora")
    sandbox.doveadm("fetch", "-u", "dora", "text", "all")
    sandbox.doveadm("fetch", "-u", "dora", "flags", "all")
    sandbox.doveadm("flags", "add", "-u", "dora", r"\Flagged", "all")
    sandbox.doveadm("mailbox", "create", "-u", "dora", "Made")
    trail.wait("doveadm", kind="folder.create", owner="dora", mailbox="Made")
    found = trail.of("doveadm", owner="dora")
    assert all(r["actor"].startswith("uid:") and r["role"] == "admin" for r in found)
    assert [(r["kind"], r.get("command"), r.get("uids")) for r in found] == [
        ("admin.command", "fetch", None), ("mail.export", None, "1"),
        ("admin.command", "fetch", None),
        ("admin.command", "flags add", None), ("mail.flags", None, "1"),
        ("admin.command", "mailbox create", None), ("folder.create", None, None),
    ]


def sieve_session(sandbox, user, *commands):
    with socket.create_connection(("127.0.0.1", sandbox.port("SIEVE"))) as sock:
        wire = sock.makefile("rwb")
        initial = base64.b64encode(b"\0%s\0pass" % user.encode())
        for command in (None, b'AUTHENTICATE "PLAIN" "' + initial + b'"', *commands, b"LOGOUT"):
            if command is not None:
                wire.write(command + b"\r\n")
                wire.flush()
            while True:
                line = wire.readline()
                if line[:2] == b"OK":
                    break
                assert line and line[:2] != b"NO", (command, line)


def test_sieve_scripts(sandbox, trail):
    sieve_session(sandbox, "sally", b'PUTSCRIPT "one" {5+}\r\nkeep;', b'SETACTIVE "one"', b'RENAMESCRIPT "one" "two"', b'SETACTIVE ""',
                  b'DELETESCRIPT "two"')
    trail.wait("managesieve", kind="session.end", owner="sally")
    assert [(r["kind"], r.get("script")) for r in trail.of("managesieve", owner="sally")
            if not r["kind"].startswith("folder.")] == [
        ("session.start", None), ("sieve.put", "one"), ("sieve.activate", "one"), ("sieve.rename", "two"), ("sieve.activate", None),
        ("sieve.delete", "two"), ("session.end", None)]


def test_submission(sandbox, trail):
    smtp = sandbox.smtp("sue")
    smtp.sendmail("sue@example.org", ["x@example.com", "y@example.com"], MESSAGE % b"sub")
    smtp.quit()
    trail.wait("submission", kind="session.end", owner="sue")
    found = trail.of("submission", owner="sue")
    assert [(r["kind"], r.get("sender"), r.get("count")) for r in found] == [
        ("session.start", None, None), ("submission.accept", "sue@example.org", 2), ("session.end", None, None)]
    assert len({r["session"] for r in found}) == 1


def test_no_word_of_a_message_is_recorded(sandbox, trail):
    imap = sandbox.imap("quiet")
    append(imap, b"q")
    imap.select("INBOX")
    imap.fetch("1", "(BODY[])")
    imap.search(None, "TEXT", "unspeakable")
    imap.logout()
    sandbox.deliver((MESSAGE % b"q2").decode(), to="quiet")
    with contextlib.suppress(smtplib.SMTPException):
        smtp = sandbox.smtp("quiet")
        smtp.sendmail("quiet@example.org", ["x@example.com"], MESSAGE % b"q3")
        smtp.quit()
    trail.wait("imap", kind="session.end", owner="quiet")
    eventually(lambda: trail.of("lmtp", owner="quiet"))
    text = repr(trail._all())
    assert "unspeakable" not in text and "words of the body" not in text and "attachment" not in text
