"""Nothing is lost and nothing doubled when the collector is killed, stopped or missing; clients don't notice."""
import os
import signal
import time

import pytest

from pixtest import eventually
from pixtest.trail import Trail

SANDBOX = dict(without=["auth-mfa", "auth-oauth2", "session", "identity", "archive", "sort"])
MESSAGE = b"Message-ID: <%s@example.org>\r\nSubject: x\r\n\r\nbody\r\n"


@pytest.fixture
def trail(sandbox):
    # a collector that is killed again and again, or can't start, says so
    sandbox.allow(r"service\(pix-audit\)|pix-audit: ")
    return Trail(sandbox)


def opened(sandbox, user):
    """A session with one message, to be read in pieces."""
    imap = sandbox.imap(user)
    imap.append("INBOX", None, None, MESSAGE % user.encode())
    imap.select("INBOX")
    return imap


def read(imap, numbers):
    """One record each, told apart by its section."""
    for n in numbers:
        assert imap.fetch("1", "(BODY.PEEK[]<%d.1>)" % n)[0] == "OK"


def was_read(trail, user):
    return [int(r["section"][7:].split(".")[0]) for r in trail.of("imap", kind="mail.bind", owner=user) if "<" in r["section"]]


def test_kill_9_of_the_collector_loses_nothing(sandbox, trail):
    imap = opened(sandbox, "alice")
    total = 600
    for n in range(total):
        read(imap, [n])
        if n % 100 == 50:
            # it may still be on its way back from the last one
            eventually(lambda: sandbox.kill("pix-audit", signal.SIGKILL), what="no pix-audit to kill")
    imap.logout()
    trail.wait("imap", kind="session.end", owner="alice")
    assert was_read(trail, "alice") == list(range(total))


def test_a_stopped_collector_stops_nobody(sandbox, trail):
    imap = opened(sandbox, "stopped")
    pids = sandbox.pids("pix-audit")
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        slowest = 0
        for n in range(40):
            begin = time.monotonic()
            if n % 10 == 0:
                other = sandbox.imap("other%d" % n)
                other.logout()
            read(imap, [n])
            sandbox.deliver(MESSAGE % b"s2", to="stopped")
            slowest = max(slowest, time.monotonic() - begin)
            time.sleep(0.1)
        # an idle moment longer than the time after which records go to the spool
        time.sleep(1)
        read(imap, range(40, 60))
        begin = time.monotonic()
        imap.logout()
        assert time.monotonic() - begin < 1 and slowest < 1, slowest
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    trail.wait("imap", kind="session.end", owner="stopped")
    assert was_read(trail, "stopped") == list(range(60))
    for n in range(0, 40, 10):
        trail.wait("imap", kind="session.end", owner="other%d" % n)
    receipts = trail.wait("lmtp", count=40, kind="delivery.receipt", owner="stopped")
    assert [r["uids"] for r in receipts] == [str(n) for n in range(2, 42)]


def test_a_collector_that_cannot_start_is_waited_for(sandbox, trail):
    key = sandbox.path("state", "keys", "audit.key")
    os.rename(key, key + ".away")
    sandbox.kill("pix-audit", signal.SIGKILL)
    try:
        imap = opened(sandbox, "bob")
        read(imap, range(50))
        time.sleep(1.5)
        read(imap, range(50, 80))
        short = opened(sandbox, "short")
        read(short, range(5))
        begin = time.monotonic()
        short.logout()
        assert time.monotonic() - begin < 1
        sandbox.deliver(MESSAGE % b"d", to="away")
    finally:
        os.rename(key + ".away", key)
    # the host starts a service that died at once only after a while
    eventually(lambda: _answers(trail), timeout=70)
    read(imap, range(80, 100))
    imap.logout()
    trail.wait("imap", kind="session.end", owner="bob")
    assert was_read(trail, "bob") == list(range(100))
    trail.wait("lmtp", kind="delivery.receipt", owner="away")
    # this process is gone: what it could not hand over comes from its spool file
    trail.wait("imap", kind="session.end", owner="short")
    assert was_read(trail, "short") == list(range(5))


def _answers(trail):
    try:
        trail.records()
        return True
    except OSError:
        return False


def test_kill_9_of_a_mail_process_loses_at_most_an_interval(sandbox, trail):
    imap = opened(sandbox, "victim")
    read(imap, range(50))
    time.sleep(0.1)
    assert sandbox.kill("imap", signal.SIGKILL)
    eventually(lambda: was_read(trail, "victim") == list(range(50)))
    sandbox.allow(r"killed with signal 9")
