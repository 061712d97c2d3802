"""Rows that were changed, deleted, copied or rolled back behind pix-identity's back; a store that is down."""
import os
import shutil
import signal
import sqlite3

import pytest

from pixtest.mfa import Person, try_imap
from pixtest import eventually

SANDBOX = dict(without=["audit", "archive", "sort", "auth-oauth2"])


def database(sandbox):
    return sqlite3.connect(sandbox.path("state", "identity", "identity.sqlite"), isolation_level=None)


def restart_identity(sandbox):
    """A new process, which knows only what is on disk."""
    sandbox.allow("killed with signal 9")
    sandbox.allow("Connection to .* lost")
    sandbox.kill("pix-identity", signal.SIGKILL)
    eventually(lambda: sandbox.doveadm("pix", "status", check=False).returncode in (0, 1, 75) and sandbox.pids("pix-identity"))


@pytest.mark.parametrize("attack", [
    "UPDATE pix_row SET data = replace(data, 'active', 'ended') WHERE owner = :owner AND kind = 'totp'",
    "UPDATE pix_row SET owner = 'nobody' WHERE owner = :owner AND kind = 'totp'",
    "UPDATE pix_row SET kind = 'other' WHERE owner = :owner AND kind = 'totp'",
    "UPDATE pix_row SET version = version + 1 WHERE owner = :owner AND kind = 'totp'",
    "UPDATE pix_row SET kid = '00000000' WHERE owner = :owner AND kind = 'totp'",
    "DELETE FROM pix_row WHERE owner = :owner",
])
@pytest.mark.parametrize("restart", [False, True])
def test_tampering_opens_nothing(sandbox, person, attack, restart):
    sandbox.allow("is refused: |are missing")
    assert try_imap(sandbox, person.name, "pass" + person.code())[0]
    with database(sandbox) as db:
        assert db.execute(attack, {"owner": person.name}).rowcount == 1
    if restart:
        restart_identity(sandbox)
    assert not try_imap(sandbox, person.name, "pass")[0]
    assert not try_imap(sandbox, person.name, "pass" + person.code())[0]
    assert not try_imap(sandbox, person.name, "pass")[0]
    eventually(lambda: "tampering" in sandbox.doveadm("pix", "status", check=False).stdout)


def test_rolled_back_code(sandbox, person):
    """The row as it was before the code was used, with its right MAC, doesn't make the code fresh."""
    sandbox.allow("rolled back")
    with database(sandbox) as db:
        db.row_factory = sqlite3.Row
        old = dict(db.execute("SELECT * FROM pix_row WHERE owner = ?", (person.name,)).fetchone())
    code = person.code()
    assert try_imap(sandbox, person.name, "pass" + code)[0]
    with database(sandbox) as db:
        db.execute("UPDATE pix_row SET version = :version, kid = :kid, mac = :mac, data = :data WHERE kind = :kind AND id = :id", old)
    restart_identity(sandbox)
    assert not try_imap(sandbox, person.name, "pass" + code)[0]
    assert not try_imap(sandbox, person.name, "pass")[0]


def test_revoked_is_not_revived(sandbox, person):
    """A database restored from before the revocation revives no app password."""
    sandbox.allow("rolled back|are missing|refused")
    row = sandbox.doveadm_json("pix", "app-password", "add", "-u", person.name, "--label", "x")[0]
    sandbox.secret(row["password"])
    with database(sandbox) as db:
        db.row_factory = sqlite3.Row
        old = dict(db.execute("SELECT * FROM pix_row WHERE id = ?", (row["credential"],)).fetchone())
    sandbox.doveadm("pix", "app-password", "revoke", "-u", person.name, "--all")
    with database(sandbox) as db:
        db.execute("UPDATE pix_row SET lookup = :lookup, version = :version, mac = :mac, data = :data WHERE id = :id", old)
    assert not try_imap(sandbox, person.name, row["password"])[0]


def test_secrets_are_sealed(sandbox, person):
    """Neither the database nor its log holds a secret."""
    import base64
    raw = base64.b32decode(person.secret)
    for name in os.listdir(sandbox.path("state", "identity")):
        with open(sandbox.path("state", "identity", name), "rb") as data:
            text = data.read()
        assert raw not in text and person.secret.encode() not in text


def test_database_is_gone(new_sandbox):
    """A removed database: one clear error, the enrolled stay out, the others get in, and it heals."""
    box = new_sandbox(**SANDBOX)
    box.allow("Store: ")
    alice = Person(box, "alice").enroll()
    folder = box.path("state", "identity")
    os.rename(folder + "/identity.sqlite", folder + "/away")
    assert not try_imap(box, "alice", "pass" + alice.code())[0]
    assert not try_imap(box, "alice", "pass")[0]
    assert try_imap(box, "bob", "pass")[0]
    status = box.doveadm("pix", "status", check=False)
    assert status.returncode == 75 and "removed" in status.stdout
    refused = box.doveadm("pix", "totp", "enroll", "-u", "carol", check=False)
    assert refused.returncode == 75 and "removed" in refused.stderr
    assert box.log().count("Store: ") == 1
    os.rename(folder + "/away", folder + "/identity.sqlite")
    eventually(lambda: try_imap(box, "alice", "pass" + alice.code())[0])


def test_read_only_and_locked(new_sandbox):
    box = new_sandbox(**SANDBOX)
    box.allow("Store: ")
    alice = Person(box, "alice").enroll()
    with database(box) as db:
        db.execute("BEGIN EXCLUSIVE")
        assert not try_imap(box, "alice", "pass" + alice.code())[0]
        assert try_imap(box, "bob", "pass")[0]
        db.execute("ROLLBACK")
    eventually(lambda: try_imap(box, "alice", "pass" + alice.code())[0])
    assert "locked" in box.log() and "end the program that holds the database" in box.log()


@pytest.mark.parametrize("what, said", [
    ("chmod", "chmod 0600"), ("short", "bytes instead of 32"), ("missing", "doveadm pix key create identity"),
])
def test_key_file(new_sandbox, what, said):
    """A key that can't be used: one message with the remedy, and nobody who isn't enrolled is kept out."""
    box = new_sandbox(**SANDBOX)
    box.allow("pix-identity|pix_mfa|pix_session|key")
    Person(box, "alice").enroll()
    key = box.path("state", "keys", "identity.key")
    shutil.copy(key, key + ".away")
    {"chmod": lambda: os.chmod(key, 0o644), "short": lambda: os.truncate(key, 16), "missing": lambda: os.unlink(key)}[what]()
    mark = box.mark()
    box.kill("pix-identity", signal.SIGTERM)
    eventually(lambda: said in box.log_since(mark))
    assert try_imap(box, "bob", "pass")[0]
    assert not try_imap(box, "alice", "pass")[0]
