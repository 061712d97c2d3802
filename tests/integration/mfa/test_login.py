"""A code behind the password: over three protocols, and with the operator's passdbs in passwd-file and SQL."""
import os
import re
import signal
import sqlite3
import threading
import time

import pytest

from pixtest.mfa import PROTOCOLS, Person, try_imap
from pixtest import HOST, Sandbox, eventually

SANDBOX = dict(without=["audit", "archive", "sort", "auth-oauth2"])


def sql_sandbox(new_sandbox, tmp_path_factory):
    path = str(tmp_path_factory.mktemp("sql") / "users.db")
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE users (name TEXT PRIMARY KEY, password TEXT, real TEXT)")
        db.executemany("INSERT INTO users VALUES (?, '{PLAIN}pass', ?)",
                       [(name, name) for name in ("alice", "bob", "carol")] + [("alias", "alice")])
    with open(path, "rb") as data:
        image = data.read()
    if HOST == "2.4":
        conf = """
sql_driver = sqlite
sqlite_path = {files}/users.db
sqlite_readonly = yes
passdb sql {
  query = SELECT real AS user, password FROM users WHERE name = '%{user}'
}
"""
        files = {"users.db": image}
    else:
        conf = "passdb {\n  driver = sql\n  args = {files}/sql.conf\n}\n"
        files = {"users.db": image, "sql.conf": ""}
    box = dict(args=["--no-passdb"], conf=conf, files=files, **SANDBOX)
    sandbox = Sandbox(up=False, **box)
    if HOST == "2.3":
        sandbox.write("sql.conf", "driver = sqlite\nconnect = %s/users.db\n"
                      "password_query = SELECT real AS user, password FROM users WHERE name = '%%u'\n" % sandbox.files)
    os.chmod(sandbox.files, 0o755)
    return sandbox.up()


@pytest.fixture(scope="module")
def sql(tmp_path_factory):
    box = sql_sandbox(None, tmp_path_factory)
    yield box
    box.close()


def clean(text):
    """Without the time that the server adds."""
    return re.sub(r"\[[^]]*:\d\d\]", "", text)


def test_pending_does_not_bind(sandbox):
    """Until the first code was accepted the password alone is enough; the first code may come by a login."""
    carol = Person(sandbox, "carol").enroll(confirm=False)
    assert try_imap(sandbox, "carol", "pass")[0]
    assert not try_imap(sandbox, "carol", "pass000000")[0]
    assert not try_imap(sandbox, "carol", "nope" + carol.code())[0]
    assert try_imap(sandbox, "carol", "pass")[0]
    assert try_imap(sandbox, "carol", "pass" + carol.code())[0]
    assert not try_imap(sandbox, "carol", "pass")[0]
    sandbox.doveadm("pix", "totp", "reset", "-u", "carol")
    assert try_imap(sandbox, "carol", "pass")[0]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_code_once(sandbox, person, protocol):
    attempt = PROTOCOLS[protocol]
    assert not attempt(sandbox, person.name, "pass")[0]
    code = person.code()
    assert not attempt(sandbox, person.name, "nope" + code)[0]
    assert attempt(sandbox, person.name, "pass" + code)[0]
    assert not attempt(sandbox, person.name, "pass" + code)[0]
    assert not attempt(sandbox, person.name, "pass")[0]
    assert attempt(sandbox, "bob", "pass")[0]


def test_same_words(sandbox, person):
    """Wrong user, wrong password, no code, wrong code, used code: the client can't tell them apart."""
    code = person.code()
    assert try_imap(sandbox, person.name, "pass" + code)[0]
    said = {try_imap(sandbox, *words)[1] for words in [
        (person.name, "wrong"), (person.name, "pass"), (person.name, "pass000000"), (person.name, "pass" + code),
        (person.name, "wrong" + code), ("alice", "wrong"), ("alice", "wrong123456")]}
    assert len(said) == 1


def test_sql_behind(sql):
    alice = Person(sql, "alice").enroll()
    assert not try_imap(sql, "alice", "pass")[0]
    code = alice.code()
    assert try_imap(sql, "alice", "pass" + code)[0]
    assert not try_imap(sql, "alice", "pass" + code)[0]
    assert try_imap(sql, "bob", "pass")[0]


def test_sql_alias(sql):
    """A name that the passdb behind maps to an enrolled user opens nothing."""
    if not any(row["user"] == "alice" for row in sql.doveadm_json("pix", "mfa", "status")):
        Person(sql, "alice").enroll()
    mark = sql.mark()
    assert not try_imap(sql, "alias", "pass")[0]
    assert "reason=missing" in sql.log_since(mark)


def test_parallel_use_of_one_code(sandbox, person):
    """100 logins with one code over 8 connections, with a reload in the middle: exactly one is accepted."""
    code = person.code()
    accepted, lock, todo = [], threading.Lock(), list(range(100))

    def work():
        while True:
            with lock:
                if not todo:
                    return
                todo.pop()
            try:
                if try_imap(sandbox, person.name, "pass" + code)[0]:
                    with lock:
                        accepted.append(1)
            except OSError:
                # the reload closed a login process
                pass

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    sandbox.reload()
    for thread in threads:
        thread.join()
    assert len(accepted) == 1


def test_replay_after_kill(sandbox, person):
    """What was used stays used, whoever is killed."""
    code = person.code()
    assert try_imap(sandbox, person.name, "pass" + code)[0]
    for name in ("dovecot/pix-identity", "dovecot/auth"):
        sandbox.allow(r"killed with signal 9")
        sandbox.allow(r"Connection to .*pix-identity lost|pix-identity.*connect\(")
        sandbox.allow(r"auth: Error|Auth server|auth_client|Disconnected from auth|connect\(.*auth")
        assert sandbox.kill(os.path.basename(name), signal.SIGKILL)
        eventually(lambda: try_imap(sandbox, "bob", "pass")[0])
        assert not try_imap(sandbox, person.name, "pass" + code)[0]
        assert not try_imap(sandbox, person.name, "pass")[0]
    eventually(lambda: try_imap(sandbox, person.name, "pass" + person.code())[0])


def test_stopped_service(sandbox, person):
    """While pix-identity doesn't answer, users who aren't enrolled log in at once; the others never."""
    sandbox.allow(r"pix-identity")
    assert sandbox.kill("pix-identity", signal.SIGSTOP)
    try:
        start = time.time()
        assert try_imap(sandbox, "bob", "pass")[0]
        assert time.time() - start < 1
        answers = [try_imap(sandbox, person.name, "pass" + person.code()), try_imap(sandbox, person.name, "wrong")]
        assert not answers[0][0] and not answers[1][0]
        # a right password looks like a wrong one
        assert clean(answers[0][1]) == clean(answers[1][1])
        # auth is started anew, and still knows who is not enrolled
        sandbox.reload()
        start = time.time()
        assert try_imap(sandbox, "bob", "pass")[0]
        assert time.time() - start < 3
        assert not try_imap(sandbox, person.name, "pass")[0]
    finally:
        sandbox.kill("pix-identity", signal.SIGCONT)
    eventually(lambda: try_imap(sandbox, person.name, "pass" + person.code())[0])


def test_cram_md5(new_sandbox):
    """A mechanism without a place for a code is refused for the enrolled, and works for the others."""
    mechanisms = "plain login cram-md5"
    box = new_sandbox(conf="auth_mechanisms = %s\n" % mechanisms, **SANDBOX)
    Person(box, "alice").enroll()

    def cram(user):
        client = box.imap()
        try:
            client.login_cram_md5(user, "pass")
            client.select("INBOX")
            return True
        except client.error:
            return False

    assert cram("bob")
    assert not cram("alice")


def test_digits_and_algorithm(sandbox):
    """8 digits, SHA-256, a period of a minute: liboath's own tool makes the code."""
    name = "dave"
    row = sandbox.doveadm_json("pix", "totp", "enroll", "-u", name, "--algorithm", "sha256", "--digits", "8", "--period", "60")[0]
    secret = row["uri"].split("secret=")[1].split("&")[0]
    sandbox.secret(secret)
    code = sandbox.exec("oathtool", "--totp=sha256", "--digits=8", "--time-step-size=60s", "--base32", secret).stdout.strip()
    assert len(code) == 8
    assert try_imap(sandbox, name, "pass" + code)[0]
    assert not try_imap(sandbox, name, "pass" + code)[0]
    assert not try_imap(sandbox, name, "pass")[0]
    sandbox.doveadm("pix", "totp", "reset", "-u", name)


def test_import(sandbox):
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    sandbox.secret(secret)
    sandbox.doveadm("pix", "totp", "import", "-u", "imported", input="jbsw y3dp ehpk 3pxp jbsw y3dp ehpk 3pxp\n")
    assert not try_imap(sandbox, "imported", "pass")[0]
    assert try_imap(sandbox, "imported", "pass" + Person(sandbox, "imported", secret).code())[0]


def test_guessing(new_sandbox):
    """After some distinct wrong codes behind the right password no code is accepted; a repeated one counts once."""
    box = new_sandbox(sets={"pix_identity_code_limit": "3", "pix_identity_code_interval": "1h"}, **SANDBOX)
    box.allow("too many wrong codes")
    alice = Person(box, "alice").enroll()
    for _ in range(5):
        assert not try_imap(box, "alice", "pass000000")[0]
    assert try_imap(box, "alice", "pass" + alice.code())[0]
    for guess in ("000001", "000002", "000003"):
        assert not try_imap(box, "alice", "pass" + guess)[0]
    mark = box.mark()
    assert not try_imap(box, "alice", "pass" + alice.code())[0]
    assert "reason=locked" in box.log_since(mark)
    # guesses without the password lock nobody out
    bob = Person(box, "bob").enroll()
    for number in range(10):
        assert not try_imap(box, "bob", "wrong%06d" % number)[0]
    assert try_imap(box, "bob", "pass" + bob.code())[0]


def test_drift(sandbox):
    """A phone whose clock is three minutes ahead is learned at the confirmation, and may be set right later."""
    dave = Person(sandbox, "drifting").enroll(confirm=False)
    now = int(time.time()) // 30
    sandbox.doveadm("pix", "totp", "confirm", "-u", "drifting", input=dave.code(now + 3) + "\n")
    assert try_imap(sandbox, "drifting", "pass" + dave.code(now + 4))[0]
    assert not try_imap(sandbox, "drifting", "pass" + dave.code(now))[0]
    assert not try_imap(sandbox, "drifting", "pass" + dave.code(now + 9))[0]


def test_qr(sandbox, tmp_path):
    """The picture holds what the command printed."""
    png = sandbox.path("log", "qr.png")
    row = sandbox.doveadm_json("pix", "totp", "enroll", "-u", "qr", "--png", png, "--svg", sandbox.path("log", "qr.svg"))[0]
    sandbox.secret(row["uri"].split("secret=")[1].split("&")[0])
    assert oct(os.stat(png).st_mode & 0o777) == "0o600"
    read = sandbox.exec("zbarimg", "--quiet", "--raw", png).stdout.strip()
    assert read == row["uri"]
