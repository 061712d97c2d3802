"""App passwords, recovery codes and access passes."""
import pytest

from pixtest.mfa import PROTOCOLS, Person, try_imap, try_pop3
from pixtest import eventually

SANDBOX = dict(without=["audit", "archive", "sort", "auth-oauth2"])


def add(sandbox, user, *words):
    row = sandbox.doveadm_json("pix", "app-password", "add", "-u", user, "--label", "phone", *words)[0]
    sandbox.secret(row["password"], row["password"].replace("-", ""))
    return row


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_app_password(sandbox, person, protocol):
    row = add(sandbox, person.name)
    for typed in (row["password"], row["password"].upper(), row["password"].replace("-", ""), row["password"].replace("-", " ")):
        assert PROTOCOLS[protocol](sandbox, person.name, typed)[0]
    assert not PROTOCOLS[protocol](sandbox, "bob", row["password"])[0]
    assert not PROTOCOLS[protocol](sandbox, person.name, row["password"][:-1] + ("0" if row["password"][-1] != "0" else "1"))[0]


def test_service_and_network(sandbox, person):
    imap = add(sandbox, person.name, "--service", "imap")
    away = add(sandbox, person.name, "--network", "192.0.2.0/24")
    here = add(sandbox, person.name, "--network", "10.0.0.0/8", "--network", "127.0.0.1")
    assert try_imap(sandbox, person.name, imap["password"])[0]
    assert not try_pop3(sandbox, person.name, imap["password"])[0]
    assert not try_imap(sandbox, person.name, away["password"])[0]
    assert try_imap(sandbox, person.name, here["password"])[0]


def test_revoke_ends_its_sessions(sandbox, person):
    one, two = add(sandbox, person.name), add(sandbox, person.name)
    first, second = (sandbox.imap(person.name, row["password"]) for row in (one, two))
    first.select("INBOX")
    second.select("INBOX")
    sandbox.doveadm("pix", "app-password", "revoke", "-u", person.name, "--credential", one["credential"])

    def dead():
        try:
            return first.noop()[0] != "OK"
        except first.abort:
            return True
    eventually(dead, timeout=3)
    assert second.noop()[0] == "OK"
    assert not try_imap(sandbox, person.name, one["password"])[0]
    assert try_imap(sandbox, person.name, two["password"])[0]
    assert sandbox.doveadm("pix", "app-password", "revoke", "-u", person.name, "--credential", one["credential"],
                           check=False).returncode == 68


def test_expiry_limit_and_list(sandbox, person):
    row = add(sandbox, person.name, "--expires", "1h", "--service", "imap")
    assert try_imap(sandbox, person.name, row["password"])[0]
    listed = eventually(lambda: [r for r in sandbox.doveadm_json("pix", "app-password", "list", "-u", person.name)
                                 if r["last used"]])[0]
    assert listed["credential"] == row["credential"] and listed["last ip"] == "127.0.0.1" and listed["services"] == "imap"
    assert sandbox.doveadm("pix", "app-password", "add", "-u", person.name, check=False).returncode == 64


def test_app_password_without_account(sandbox):
    """An app password opens nothing that the operator's passdbs don't know."""
    row = add(sandbox, "Nobody")
    assert not try_imap(sandbox, "Nobody-else", row["password"])[0]


def test_recovery_codes(sandbox, person):
    codes = [row["code"] for row in sandbox.doveadm_json("pix", "recovery-code", "renew", "-u", person.name)]
    sandbox.secret(*codes)
    assert len(set(codes)) == 10
    assert try_imap(sandbox, person.name, "pass" + codes[0])[0]
    assert not try_imap(sandbox, person.name, "pass" + codes[0])[0]
    assert try_imap(sandbox, person.name, "pass" + codes[1].upper())[0]
    assert sandbox.doveadm_json("pix", "recovery-code", "list", "-u", person.name)[0]["left"] == "8"
    sandbox.secret(*[row["code"] for row in sandbox.doveadm_json("pix", "recovery-code", "renew", "-u", person.name)])
    assert not try_imap(sandbox, person.name, "pass" + codes[2])[0]


def test_account_lock(sandbox, person):
    """Nothing lets a locked user in, and what is open ends."""
    row = add(sandbox, person.name)
    client = sandbox.imap(person.name, row["password"])
    client.select("INBOX")
    plain = sandbox.imap("locked-%s" % person.name, "pass")
    plain.select("INBOX")
    sandbox.doveadm("pix", "account", "lock", "-u", person.name, "--reason", "left the company")
    sandbox.doveadm("pix", "account", "lock", "-u", "locked-%s" % person.name)

    def dead(connection):
        try:
            return connection.noop()[0] != "OK"
        except connection.abort:
            return True
    eventually(lambda: dead(client), timeout=3)
    eventually(lambda: dead(plain), timeout=3)
    assert not try_imap(sandbox, person.name, row["password"])[0]
    assert not try_imap(sandbox, person.name, "pass" + person.code())[0]
    assert not try_imap(sandbox, "locked-%s" % person.name, "pass")[0]
    assert {"locked"} == {r["account"] for r in sandbox.doveadm_json("pix", "mfa", "status") if person.name in r["user"]}
    sandbox.doveadm("pix", "account", "unlock", "-u", person.name)
    assert try_imap(sandbox, person.name, row["password"])[0]
    assert sandbox.doveadm("pix", "account", "unlock", "-u", person.name, check=False).returncode == 68


def test_access_pass(sandbox, person):
    row = sandbox.doveadm_json("pix", "access-pass", "add", "-u", person.name, "--uses", "2", "--lifetime", "1h")[0]
    sandbox.secret(row["code"])
    assert not try_imap(sandbox, person.name, "wrong" + row["code"])[0]
    assert try_imap(sandbox, person.name, "pass" + row["code"])[0]
    assert try_imap(sandbox, person.name, "pass" + row["code"])[0]
    assert not try_imap(sandbox, person.name, "pass" + row["code"])[0]
    again = sandbox.doveadm_json("pix", "access-pass", "add", "-u", person.name)[0]
    sandbox.secret(again["code"])
    sandbox.doveadm("pix", "access-pass", "revoke", "-u", person.name)
    assert not try_imap(sandbox, person.name, "pass" + again["code"])[0]
    listed = sandbox.doveadm_json("pix", "access-pass", "list", "-u", person.name)
    assert {r["state"] for r in listed} == {"ended"} and listed[0]["created by"]
