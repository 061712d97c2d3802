"""Every forged token is refused with its own verdict, by auth and by `token explain`."""
import concurrent.futures
import hashlib

import pytest

import attacks
from pixtest import Sandbox, clients, eventually

SANDBOX = dict(
    without=["audit", "archive", "sort"],
    sets={"pix_oauth2_issuer": "", "pix_oauth2_issuers_file": "{files}/issuers.conf"},
    files=attacks.FILES)
TABLE = attacks.table()


@pytest.fixture(scope="module")
def sandbox():
    # the issuers file names files whose folder is known only now
    box = Sandbox(up=False, **SANDBOX)
    box.write("issuers.conf", attacks.FILES["issuers.conf"].replace("{files}", box.files))
    box.up()
    yield box
    box.close()


def test_the_table_is_long_enough():
    assert sum(verdict != "ok" for _, verdict in TABLE.values()) >= 60


@pytest.fixture(scope="module")
def results(sandbox):
    """{name: (logged in, lines of the log about this token)}, tried side by side."""
    def attempt(name):
        token = TABLE[name][0]
        imap = clients.Imap(sandbox)
        ok = imap.sasl("OAUTHBEARER", clients.bearer("OAUTHBEARER", "alice@example.org", token))[0] == "OK"
        imap.shutdown()
        return ok

    for token, _ in TABLE.values():
        sandbox.secret(token)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        done = dict(zip(TABLE, pool.map(attempt, TABLE)))
    eventually(lambda: sandbox.log().count("verdict=") >= list(done.values()).count(False))
    log = sandbox.log().splitlines()
    mark = {name: "token=" + hashlib.sha256(TABLE[name][0].encode()).hexdigest()[:32] for name in TABLE}
    return {name: (done[name], [line for line in log if mark[name] in line]) for name in TABLE}


@pytest.mark.parametrize("name", TABLE)
def test_verdict(results, name):
    verdict = TABLE[name][1]
    ok, said = results[name]
    assert ok == (verdict == "ok"), said
    if not ok:
        assert len(said) == 1 and "verdict=%s " % verdict in said[0], said
        assert "alice@example.org" in said[0].split("pix-oauth2:")[0]


def test_no_token_forges_a_line(sandbox, results):
    assert not [line for line in sandbox.log().splitlines() if line.startswith("Error: forged")]


@pytest.mark.parametrize("name", list(TABLE)[::9])
def test_explain_agrees(sandbox, name):
    token, verdict = TABLE[name]
    if verdict == "user-mismatch" or "/" in name:
        pytest.skip("needs the host's own user names")
    done = sandbox.doveadm("-f", "tab", "pix", "token", "explain", input=token, check=False)
    assert (done.returncode == 0) == (verdict == "ok"), done.stderr
    last = done.stdout.strip().splitlines()[-1].split("\t")
    assert last[0] == "token" and last[1].startswith(verdict)
    assert token not in done.stdout + done.stderr


def test_issuer_list(sandbox):
    rows = sandbox.doveadm_json("pix", "issuer", "list")
    kids = {row["kid"] for row in rows}
    assert kids == {"rsa", "ec", "ed", "k256", "rs384", "second"}
    assert all(row["status"] == "ok" for row in rows)
