"""State that was written under Dovecot 2.3 opens under 2.4: credentials, log, archive and mail of one server.

The run on 2.3 leaves the state of a server behind in build/upgrade; the run on 2.4 starts a server on it.
"""
import json
import os
import shutil
import time

import pytest

from pixtest import HOST, Sandbox
from pixtest.mfa import Person, try_imap
from pixtest.otp import totp
from pixtest.sandbox import TOP

LEFT = os.path.join(TOP, "build", "upgrade")
SUBJECT = "kept across the upgrade"
MESSAGE = ("From: a@example.com\r\nTo: dave@example.org\r\nMessage-ID: <upgrade@example.com>\r\n"
           "Subject: %s\r\n\r\nA body.\r\n" % SUBJECT)


def audited(box):
    return [row for row in box.doveadm_json("pix", "audit", "search", "--message", "<upgrade@example.com>")]


def own(source, target):
    """Copy a tree with its owners and modes."""
    shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
    for folder, _, names in os.walk(source):
        for path in [folder] + [os.path.join(folder, name) for name in names]:
            to = os.path.join(target, os.path.relpath(path, source))
            stat = os.lstat(path)
            os.lchown(to, stat.st_uid, stat.st_gid)


@pytest.mark.skipif(HOST != "2.3", reason="leaves what the run on 2.4 opens")
def test_leave():
    shutil.rmtree(LEFT, ignore_errors=True)
    with Sandbox() as box:
        alice = Person(box, "alice").enroll()
        phone = box.doveadm_json("pix", "app-password", "add", "-u", "alice", "--label", "phone")[0]["password"]
        box.secret(phone, phone.replace("-", ""))
        box.deliver(MESSAGE, to="dave")
        with box.imap("dave") as imap:
            imap.select("INBOX")
            imap.store("1", "+FLAGS", "\\Deleted \\Flagged")
            imap.expunge()
        assert [row["guid"] for row in box.doveadm_json("pix", "archive", "list", "-u", "dave")]
        deadline = time.time() + 20
        while not audited(box) and time.time() < deadline:
            time.sleep(0.2)
        assert audited(box)
        box.down()
        for part in ("state", "mail"):
            own(box.path(part), os.path.join(LEFT, part))
        with open(os.path.join(LEFT, "secrets.json"), "w") as out:
            json.dump({"secret": alice.secret, "step": alice.step, "phone": phone}, out)


@pytest.mark.skipif(HOST != "2.4", reason="opens what the run on 2.3 left")
def test_open():
    if not os.path.exists(os.path.join(LEFT, "secrets.json")):
        if os.environ.get("CI") == "true":
            pytest.fail("there is no state of 2.3: run tools/test for 2.3 first")
        pytest.skip("there is no state of 2.3: run tools/test for 2.3 first")
    with open(os.path.join(LEFT, "secrets.json")) as file:
        left = json.load(file)
    box = Sandbox()
    box.down()
    box.secret(left["secret"], left["phone"], left["phone"].replace("-", ""))
    for part in ("state", "mail"):
        shutil.rmtree(box.path(part))
        own(os.path.join(LEFT, part), box.path(part))
    with box.up():
        # the enrolment, and what was used under it
        assert not try_imap(box, "alice", "pass")[0]
        assert not try_imap(box, "alice", "pass" + totp(left["secret"], left["step"] * 30))[0]
        alice = Person(box, "alice", left["secret"])
        alice.step = left["step"]
        assert try_imap(box, "alice", "pass" + alice.code())[0]
        assert try_imap(box, "alice", left["phone"])[0]
        # the log goes on where it ended
        assert audited(box)
        box.doveadm("pix", "audit", "verify")
        # the archive gives back what it took
        box.doveadm("pix", "archive", "verify")
        box.doveadm("pix", "archive", "restore", "-u", "dave")
        with box.imap("dave") as imap:
            imap.select("INBOX")
            assert imap.search(None, "FLAGGED", "SUBJECT", '"%s"' % SUBJECT)[1] != [b""]
