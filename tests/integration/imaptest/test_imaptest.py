"""Dovecot's own imaptest against the suite: its scripted tests, and its stress mode.

imaptest is in no Debian package, so this runs where IMAPTEST names its binary and IMAPTEST_TESTS the folder of its
scripts (default: `tests` beside the binary). What plain Dovecot fails too is not ours.
"""
import glob
import os
import re
import subprocess

import pytest

BINARY = os.environ.get("IMAPTEST", "")
SCRIPTS = os.environ.get("IMAPTEST_TESTS", os.path.join(os.path.dirname(BINARY), "tests"))

pytestmark = pytest.mark.skipif(not BINARY, reason="IMAPTEST names no imaptest binary: the suite was not held against imaptest")


@pytest.fixture(scope="module")
def mbox(top, tmp_path_factory):
    """The project's own messages as an mbox."""
    path = tmp_path_factory.mktemp("imaptest") / "mbox"
    with open(path, "wb") as out:
        for name in sorted(glob.glob(os.path.join(top, "tests", "mail", "*.eml"))):
            with open(name, "rb") as mail:
                text = re.sub(rb"(?m)^From ", b">From ", mail.read()).replace(b"\n", b"\r\n")
            out.write(b"From sender@example.com Mon Sep  1 10:00:00 2025\r\n" + text + b"\r\n")
    return path


def imaptest(box, mbox, *words, timeout=400):
    done = subprocess.run([BINARY, "host=127.0.0.1", "port=%d" % box.port("IMAP"), "pass=pass", "mbox=%s" % mbox, *words],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=timeout)
    return done


def scripted(box, mbox):
    """(names of failed groups and commands, the output)"""
    out = imaptest(box, mbox, "user=ituser", "test=" + SCRIPTS).stdout
    groups = re.search(r"(\d+) test groups: (\d+) failed", out)
    assert groups and int(groups.group(1)) > 60, out[-3000:]
    return {line.strip() for line in out.splitlines() if line.startswith("*** Test ")}, int(groups.group(2)), out


@pytest.mark.parametrize("format", ["sdbox", "maildir", "mdbox"])
def test_nothing_fails_that_plain_dovecot_does_not(new_sandbox, mbox, format):
    plain, plain_groups, _ = scripted(new_sandbox(plain=True, format=format), mbox)
    suite, suite_groups, out = scripted(new_sandbox(format=format), mbox)
    assert suite <= plain and suite_groups <= plain_groups, out[-6000:]


@pytest.mark.soak
def test_stress(new_sandbox, mbox):
    """Random commands of many clients for a minute: no protocol error, no lost mail (imaptest tracks state)."""
    box = new_sandbox()
    done = imaptest(box, mbox, "user=stress%d", "users=1-5", "clients=10", "secs=60", "seed=4711")
    assert "Error:" not in done.stdout and done.returncode == 0, done.stdout[-4000:]
