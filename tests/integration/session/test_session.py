"""The session plugin: what auth's fields make of a session, the registry, and how sessions end."""
import contextlib
import imaplib
import os
import poplib
import signal
import smtplib
import socket
import time

import pytest

from pixtest import HOST, eventually
from pixtest.sessions import ask, bye, passdbs, rows

# auth's part is played by static passdbs: <kind>-<anything> logs in with the fields of its kind.
FIELDS = {
    "code": {"pix_factor": "totp", "pix_credential": "totp-1"},
    "app": {"pix_factor": "app-password", "pix_credential": "ap-1"},
    "known": {"pix_factor": "none", "pix_user": "%{user}" if HOST == "2.4" else "%u"},
    "other": {"pix_factor": "none", "pix_user": "somebody-else"},
    "bad": {"pix_factor": "TOTP"},
    "badtime": {"pix_factor": "token", "pix_expires": "tomorrow"},
    "old": {"pix_factor": "token", "pix_expires": "1000000000"},
    "bare": {},
}


SANDBOX = dict(args=["--no-passdb"], conf=passdbs(FIELDS), without=["audit", "archive", "sort", "mfa", "auth-mfa", "auth-oauth2"])


def idle(imap):
    imap.send(imap._new_tag() + b" IDLE\r\n")
    assert imap.readline().startswith(b"+")


def test_a_factor_lets_in_and_is_listed(sandbox):
    imap = sandbox.imap("code-a")
    assert imap.select()[0] == "OK"
    row = eventually(lambda: rows(sandbox, "-u", "code-a"))[0]
    assert (row["service"], row["factor"], row["credential"], row["ip"]) == ("imap", "totp", "totp-1", "127.0.0.1")
    assert row["tls"] == "no" and abs(int(row["start"]) - time.time()) < 30
    assert int(row["pid"]) in sandbox.pids()
    tls = sandbox.imaps("app-a")
    assert eventually(lambda: rows(sandbox, "-u", "app-a"))[0]["tls"] == "yes"
    imap.logout()
    tls.logout()
    eventually(lambda: not rows(sandbox, "-u", "code-a") and not rows(sandbox, "-u", "app-a"))


def test_all_protocols_register(sandbox):
    imap, pop3, smtp = sandbox.imap("code-all"), sandbox.pop3("code-all"), sandbox.smtp("code-all")
    sieve = socket.create_connection(("127.0.0.1", sandbox.port("SIEVE")))
    sieve.sendall(b'AUTHENTICATE "PLAIN" "AGNvZGUtYWxsAHBhc3M="\r\n')
    eventually(lambda: {row["service"] for row in rows(sandbox, "-u", "code-all")} == {"imap", "pop3", "submission", "sieve"})
    sandbox.doveadm("pix", "session", "end", "-u", "code-all")
    assert "BYE" in bye(imap)
    with pytest.raises(poplib.error_proto):
        pop3.noop()
    assert b"421" in smtp.file.readline()
    sieve.settimeout(5)
    said = b""
    while chunk := sieve.recv(4096):
        said += chunk
    assert b"BYE" in said.splitlines()[-1]
    eventually(lambda: not rows(sandbox, "-u", "code-all"))


@pytest.mark.parametrize("user", ["bare-a", "other-a", "known-a"])
def test_a_user_who_is_not_enrolled_needs_no_factor(sandbox, user):
    imap = sandbox.imap(user)
    assert imap.select()[0] == "OK"
    imap.logout()


@pytest.mark.parametrize("user, why", [("bad-a", "pix_factor has no valid value"), ("badtime-a", "pix_expires is not a time")])
def test_fields_that_cannot_be_right_refuse(sandbox, user, why):
    sandbox.allow("pix_session: ")
    mark = sandbox.mark()
    for client in (lambda: sandbox.imap(user).select(), lambda: sandbox.pop3(user).stat(), lambda: sandbox.smtp(user).docmd("MAIL FROM:<a@example.org>")):
        with contextlib.suppress(imaplib.IMAP4.error, poplib.error_proto, smtplib.SMTPException, EOFError, OSError):
            answer = client()
            assert isinstance(answer, tuple) and answer[0] == 421
    eventually(lambda: sandbox.log_since(mark).count(why) >= 3)


def test_a_session_ends_when_its_token_expires(new_sandbox):
    soon = int(time.time()) + 6
    fields = {"soon": {"pix_factor": "token", "pix_expires": str(soon), "pix_issuer": "https://issuer.example", "pix_token": "ab" * 16}}
    box = new_sandbox(**dict(SANDBOX, conf=passdbs(fields)))
    imap, idler, pop3, smtp = box.imap("soon-a"), box.imap("soon-b"), box.pop3("soon-c"), box.smtp("soon-d")
    imap.select()
    idler.select()
    idle(idler)
    assert time.time() < soon, "the machine is too slow for this test"
    said = bye(imap, 10)
    assert abs(time.time() - soon) < 1.5
    assert said.startswith("* BYE ") and "expired" in said
    assert "* BYE " in bye(idler)
    assert b"expired" in pop3.file.readline()
    assert b"421" in smtp.file.readline()
    # and does not begin after it
    with contextlib.suppress(imaplib.IMAP4.error, OSError):
        late = box.imap("soon-e")
        assert "BYE" in bye(late)


def test_grace_lets_a_session_go_on(new_sandbox):
    name = "pix_session_expiry_grace"
    grace = "%s = 30s\n" % name if HOST == "2.4" else "plugin {\n  %s = 30s\n}\n" % name
    fields = {"soon": {"pix_factor": "token", "pix_expires": str(int(time.time()) - 5)}}
    box = new_sandbox(**dict(SANDBOX, conf=passdbs(fields) + grace))
    imap = box.imap("soon-a")
    time.sleep(1.5)
    assert imap.noop()[0] == "OK"


def test_an_expired_token_never_begins_a_session(sandbox):
    with contextlib.suppress(imaplib.IMAP4.error, OSError):
        assert "BYE" in bye(sandbox.imap("old-a"))
    eventually(lambda: not rows(sandbox, "-u", "old-a"))


def test_end_by_credential_leaves_the_other_session(sandbox):
    mine, other = sandbox.imap("app-end"), sandbox.imap("code-end")
    idle(mine)
    eventually(lambda: rows(sandbox, "-u", "app-end") and rows(sandbox, "-u", "code-end"))
    begun = time.monotonic()
    ended = sandbox.doveadm_json("pix", "session", "end", "--credential", "ap-1", "-u", "app-end")
    assert ended == [{"ended": "1"}]
    assert "* BYE " in bye(mine)
    assert time.monotonic() - begun < 2
    assert other.noop()[0] == "OK"
    ended = sandbox.doveadm_json("pix", "session", "end", "--session", rows(sandbox, "-u", "code-end")[0]["session"])
    assert ended == [{"ended": "1"}] and "BYE" in bye(other)


def test_end_by_address(sandbox):
    near, far = sandbox.imap("code-near"), sandbox.imap(source="127.0.0.3")
    far.starttls(sandbox.ssl_context())
    far.login("code-far", "pass")
    eventually(lambda: len(rows(sandbox, "--ip", "127.0.0.0/8")) >= 2)
    assert [row["user"] for row in rows(sandbox, "--ip", "127.0.0.3")] == ["code-far"]
    sandbox.doveadm("pix", "session", "end", "--ip", "127.0.0.2/31")
    assert "BYE" in bye(far)
    assert near.noop()[0] == "OK"
    done = sandbox.doveadm("pix", "session", "end", "--ip", "nonsense", check=False)
    assert done.returncode == 64 and "neither an address nor a network" in done.stderr


def test_end_wants_to_know_whose(sandbox):
    done = sandbox.doveadm("pix", "session", "end", check=False)
    assert done.returncode == 64 and "whose" in done.stderr


def test_end_waits_for_the_end_of_an_answer(sandbox):
    """A BYE never lands inside a literal."""
    big = b"Subject: big\r\n\r\n" + b"x" * 70 + b"\r\n"
    big += (b"y" * 76 + b"\r\n") * 120000
    imap = sandbox.imap("code-big")
    imap.append("INBOX", None, None, big)
    imap.select()
    imap.send(b"F1 FETCH 1 BODY.PEEK[]\r\n")
    time.sleep(0.5)
    sandbox.doveadm("pix", "session", "end", "-u", "code-big")
    time.sleep(0.5)
    imap.sock.settimeout(10)
    data = b""
    with contextlib.suppress(OSError):
        while chunk := imap.file.read1(1 << 20):
            data += chunk
    size = int(data[data.index(b"{") + 1:data.index(b"}")])
    body = data[data.index(b"}\r\n") + 3:][:size]
    assert b"BYE" not in body and len(body) == size
    assert data.rstrip().splitlines()[-1].startswith(b"* BYE ")


def test_killed_mail_processes_leave_the_list(sandbox):
    imap = sandbox.imap("code-kill")
    pid = int(eventually(lambda: rows(sandbox, "-u", "code-kill"))[0]["pid"])
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not rows(sandbox, "-u", "code-kill"))
    imap.shutdown()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_sessions_come_back_after_a_restart_of_the_service(sandbox, how):
    sandbox.allow("pix-identity: Connection to .* lost|connect\\(.*pix-identity-session|killed with signal 9")
    imap = sandbox.imap("code-back")
    eventually(lambda: rows(sandbox, "-u", "code-back"))
    sandbox.kill("pix-identity", how)
    eventually(lambda: sandbox.doveadm("pix", "session", "list", "-u", "code-back", check=False).returncode == 0
               and rows(sandbox, "-u", "code-back"), timeout=15)
    sandbox.doveadm("pix", "session", "end", "-u", "code-back")
    assert "BYE" in bye(imap)


def test_sessions_are_found_and_ended_after_a_reload(sandbox):
    imap = sandbox.imap("code-reload")
    eventually(lambda: rows(sandbox, "-u", "code-reload"))
    sandbox.reload()
    eventually(lambda: sandbox.doveadm("pix", "session", "list", "-u", "code-reload", check=False).returncode == 0
               and rows(sandbox, "-u", "code-reload"), timeout=15)
    sandbox.doveadm("pix", "session", "end", "-u", "code-reload")
    assert "BYE" in bye(imap)


def test_the_service_down_refuses_only_who_is_unknown(new_sandbox):
    box = new_sandbox(**SANDBOX)
    box.allow("pix-identity|pix_session: ")
    assert box.imap("bare-a").select()[0] == "OK"
    assert box.kill("pix-identity", signal.SIGSTOP) == 1
    try:
        for user in ("code-a", "known-a"):
            begun = time.monotonic()
            assert box.imap(user).select()[0] == "OK"
            assert time.monotonic() - begun < 2
        for user in ("bare-a", "other-a"):
            with pytest.raises((imaplib.IMAP4.error, OSError)):
                box.imap(user).select()
        assert "did not say within" in box.log()
    finally:
        box.kill("pix-identity", signal.SIGCONT)
    assert eventually(lambda: box.imap("bare-a").select()[0] == "OK")


def test_a_mail_process_can_not_ask_for_others(sandbox):
    sandbox.allow("Refused command")
    imap = sandbox.imap("code-other")
    eventually(lambda: rows(sandbox, "-u", "code-other"))
    for cmd in ("session-list", "session-end", "status", "session-register"):
        kind, answer = ask(sandbox, "pix-identity-session", cmd, user="code-other")
        assert kind == "E" and "began as root" in answer["text"]
        # root, as a mail process is when it begins: it may register, and no more
        kind, answer = ask(sandbox, "pix-identity-session", cmd, who="root", user="code-other", session="x", service="imap")
        assert kind == "A" and answer.get("error") == (None if cmd == "session-register" else "denied"), answer
    for name in ("pix-identity-admin", "pix-identity"):
        assert "Permission denied" in ask(sandbox, name, "session-end", user="code-other")
    assert imap.noop()[0] == "OK"


def test_a_ticket_is_for_its_process_alone(sandbox):
    """A process that never was root gets in with no ticket: none, a wrong one, one of another process."""
    for ticket in (None, "0" * 64, "x", "f" * 64):
        kind, answer = ask(sandbox, "pix-identity-session", "session-register", ticket=ticket, user="a", session="x", service="imap")
        assert kind == "E", ticket


def test_mail_processes_that_never_are_root(new_sandbox):
    """Their user is named in the configuration, and they come back after a restart of the service."""
    conf = SANDBOX["conf"] + "service imap {\n  user = vmail\n}\n"
    box = new_sandbox(**dict(SANDBOX, conf=conf, sets={"pix_identity_session_users": "vmail"}))
    box.allow("pix-identity|setgid|Permission denied")
    imap = box.imap("bare-a")
    assert imap.select()[0] == "OK"
    eventually(lambda: rows(box, "-u", "bare-a"))
    box.kill("pix-identity")
    eventually(lambda: box.doveadm("pix", "session", "list", check=False).returncode == 0 and rows(box, "-u", "bare-a"), timeout=15)
