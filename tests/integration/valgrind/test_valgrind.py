"""The processes that run our code, under valgrind: no error has code of the suite on its stack."""
import imaplib

import pytest

from pixtest import LogGuard, Sandbox, eventually
from pixtest.guard import of_ours

SERVICES = ["auth", "imap", "lmtp", "pop3"]


@pytest.fixture(scope="module")
def watched(new_sandbox):
    args = []
    for service in SERVICES:
        args += ["--valgrind", service]
    return new_sandbox(args=args)


def test_reading_and_changing_mail(watched):
    watched.deliver("From: a@example.com\r\nSubject: one\r\n\r\nbody\r\n", ["alice", "dave"])
    for user in ("alice", "dave"):
        imap = watched.imap(user)
        imap.select()
        imap.append("INBOX", None, None, b"Subject: appended\r\n\r\nx\r\n")
        imap.fetch("1:*", "(FLAGS ENVELOPE BODY.PEEK[])")
        imap.create("Folder")
        imap.copy("1", "Folder")
        imap.store("1", "+FLAGS", "\\Deleted")
        imap.expunge()
        imap.delete("Folder")
        imap.logout()
        pop3 = watched.pop3(user)
        pop3.retr(1)
        pop3.dele(1)
        pop3.quit()


def test_refusals(watched):
    assert not watched.imap().login_ok("alice", "wrong")
    assert not watched.imap().login_ok("alice", "pass123456")
    with pytest.raises(imaplib.IMAP4.error):
        watched.imap().authenticate("PLAIN", lambda _: b"\0\0")
    watched.reload()
    eventually(lambda: watched.imap().login_ok("bob", "pass"))


def test_valgrind_really_watched(watched):
    """The programs in question ran under it."""
    watched.imap("carol").logout()
    watched.down()
    names = {name.split(".")[1] for name, _ in watched.guard.logs() if name.startswith("valgrind.")}
    assert names >= set(SERVICES)


def test_an_error_of_ours_would_be_found():
    ours = ("==7== Invalid read of size 1\n==7==    at 0x1: strlen (vg.c:1)\n"
            "==7==    by 0x2: pix_mfa_verify (authdb-pix-mfa.c:9)\n==7== \n")
    assert list(of_ours("valgrind.auth.7", ours))
    assert not list(of_ours("valgrind.auth.7", ours.replace("pix", "host")))


def test_the_guard_finds_panics_and_secrets(new_sandbox):
    with Sandbox(plain=True) as box:
        box.secret("correct horse battery")
        with open(box.env["PIX_LOG"], "a") as log:
            log.write("imap: Panic: it broke\nauth: Debug: Y29ycmVjdCBob3JzZSBiYXR0ZXJ5\nauth: x correct horse battery\n")
        found = list(LogGuard.findings(box.guard))
        assert len(found) == 3 and not any("horse" in line for line in found)
        box.guard.checked = True
