"""doveadm pix audit: search, show, tail."""
import json
import os
import re
import subprocess
import time

import pytest

from pixtest import audit
from pixtest.audit import Producer, record

SANDBOX = dict(without=["mfa", "oauth2", "session", "identity", "archive", "sort"])
# a query for an owner is a record of that owner, too
MAIL = ["--kind", "mail.*"]
NOW = int(time.time() * 1e6)


@pytest.fixture(scope="module")
def filled(sandbox):
    with Producer(os.path.join(sandbox.env["PIX_DIR"], "run", "pix-audit")) as conn:
        seq = 0
        for n in range(300):
            seq += 1
            conn.record(seq, record(owner="user%d" % (n % 3), session="ses%d" % (n % 10), mailbox="Folder %d" % (n % 2),
                                    t=NOW - (300 - n) * 1000000, ip="192.0.2.%d" % (n % 5)))
        for fields in (dict(owner="user0", actor="user1", role="delegate"),
                       dict(owner='quo"te\\ü\n', outcome="denied", reason="acl"),
                       dict(kind="mail.move", owner="user2", mailbox="A", to_mailbox="Folder 1", msgid="<m1@example.org>"),
                       dict(kind="delivery.receipt", owner="user2", sender="a@example.org", recipient="b@example.org",
                            guid="0123456789abcdef0123456789abcdef", sha256="0" * 64)):
            seq += 1
            conn.record(seq, record(**fields))
        conn.send("f")
        conn.wait(seq)
    return sandbox


def search(box, *words):
    return box.doveadm_json("pix", "audit", "search", *words)


def total(box, *words):
    return int(search(box, "--count", *words)[0]["total"])


@pytest.mark.parametrize("words,count", [
    (MAIL + ["-u", "user0"], 101), (MAIL + ["-u", "user1"], 100), (MAIL + ["-u", "nobody"], 0),
    (["--actor", "user1"], 1), (["--kind", "mail.bind"], 302), (["--kind", "mail.*"], 303), (["--kind", "mail.mov"], 0),
    (["--kind", "delivery.receipt"], 1), (["--ip", "192.0.2.1"], 60), (["--session", "ses7"], 30),
    (["-u", "user0", "--session", "ses7"], 10), (["--mailbox", "Folder 1"], 151), (["--message", "<m1@example.org>"], 1),
    (["--message", "0123456789abcdef0123456789abcdef"], 1), (["--message", "0" * 64], 1),
    (["--address", "b@example.org"], 1), (["--outcome", "denied"], 1), (MAIL + ["-u", 'quo"te\\ü\n'], 1),
    (["--kind", "mail.bind", "--since", str(NOW // 1000000 - 100), "--until", str(NOW // 1000000 - 50)], 50),
])
def test_filters(filled, words, count):
    assert total(filled, *words) == count
    rows = search(filled, "--limit", "1000", *words)
    assert len(rows) == count


def test_paging_gives_each_row_once(filled):
    words = MAIL + ["-u", "user1", "--limit", "30"]
    pages = [search(filled, *words, "--offset", str(offset)) for offset in (0, 30, 60, 90, 120)]
    assert [len(page) for page in pages] == [30, 30, 30, 10, 0]
    index = [int(row["index"]) for page in pages for row in page]
    assert index == sorted(set(index)) and len(index) == 100
    newest = search(filled, *MAIL, "-u", "user1", "--limit", "5", "--reverse")
    assert [int(row["index"]) for row in newest] == index[:-6:-1]


def test_show_replays_a_session(filled):
    rows = filled.doveadm_json("pix", "audit", "show", "ses3")
    assert len(rows) == 30 and all(row["session"] == "ses3" for row in rows)
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)
    done = filled.doveadm("pix", "audit", "show", "no-such", check=False)
    assert done.returncode == 68


def test_tail(filled):
    rows = filled.doveadm_json("pix", "audit", "tail", "-n", "5")
    assert len(rows) == 5


def test_each_query_is_a_record(filled):
    before = total(filled, "--kind", "audit.query")
    search(filled, "-u", "user0", "--ip", "192.0.2.9")
    rows = search(filled, "--kind", "audit.query", "--reverse", "--limit", "1000")
    assert len(rows) >= before + 2
    mine = [row for row in rows if row["owner"] == "user0" and "ip=192.0.2.9" in row["details"]]
    assert len(mine) == 1 and mine[0]["role"] == "admin" and re.fullmatch(r"uid:\d+", mine[0]["actor"])


@pytest.mark.parametrize("words", [["--since", "yesterday-ish"], ["--limit", "-1"], ["--limit", "1001"], ["--ip", ""]])
def test_wrong_words_are_usage_errors(filled, words):
    assert filled.doveadm("pix", "audit", "search", *words, check=False).returncode == 64


def test_the_index_is_made_again(filled):
    before = total(filled, *MAIL, "-u", "user1")
    folder = os.path.join(filled.env["PIX_AUDIT_DIR"], "index")
    filled.down()
    for name in os.listdir(folder):
        os.unlink(os.path.join(folder, name))
    filled.up()
    assert total(filled, *MAIL, "-u", "user1") == before


def test_receipts_go_on_after_a_restart(filled):
    with Producer(os.path.join(filled.env["PIX_DIR"], "run", "pix-audit")) as conn:
        seq = conn.acked + 1
        conn.record(seq, record("delivery.receipt", owner="user2"))
        conn.wait(seq)
    rows = search(filled, "--kind", "delivery.receipt")
    assert ["receipt=%d" % n in row["details"] for n, row in enumerate(rows, 1)] == [True] * 2


def test_a_receipt_proves_itself(filled, tmp_path):
    rows = filled.doveadm_json("pix", "receipt", "show", "1")
    assert len(rows) == 1 and rows[0]["kind"] == "delivery.receipt"
    proof = filled.doveadm("pix", "receipt", "export", "1").stdout
    assert proof.startswith("c2sp.org/tlog-proof@v1\nextra ")
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    tool = os.path.join(top, "build", filled.host, "dest", "usr", "bin", "pix-audit-verify")
    key = os.path.join(filled.env["PIX_AUDIT_DIR"], "log", "audit.pub")

    def check(text):
        (tmp_path / "receipt").write_text(text)
        return subprocess.run([tool, "--key", key, "--receipt", tmp_path / "receipt"], stdout=subprocess.PIPE, text=True)

    done = check(proof)
    assert done.returncode == 0 and done.stdout.endswith("OK\n") and '"recipient":"b@example.org"' in done.stdout
    lines = proof.split("\n")
    for n, line in enumerate(lines):
        if not line:
            continue
        # another character somewhere in each line
        at = len(line) // 2
        lines[n] = line[:at] + ("A" if line[at] != "A" else "B") + line[at + 1:]
        assert check("\n".join(lines)).returncode == 1, n
        lines[n] = line
    assert filled.doveadm("pix", "receipt", "export", "99", check=False).returncode == 68
    assert filled.doveadm("pix", "receipt", "show", "x", check=False).returncode == 64


def test_reports(filled):
    rows = filled.doveadm_json("pix", "audit", "report", "access", "-u", "user0")
    assert [row["actor"] for row in rows if row["kind"] != "audit.query"] == ["user1"]
    rows = filled.doveadm_json("pix", "audit", "report", "exposure", "--session", "ses7")
    assert len(rows) == 30
    assert filled.doveadm("pix", "audit", "report", "access", check=False).returncode == 64
    assert filled.doveadm("pix", "audit", "report", "nonsense", check=False).returncode == 64


def test_export_goes_on_at_its_cursor(filled, tmp_path):
    cursor = filled.path("cursor")
    words = ["pix", "audit", "export", "--cursor", cursor]
    lines = [json.loads(line) for line in filled.doveadm(*words).stdout.splitlines()]
    assert [line["event"]["sequence"] for line in lines] == list(range(len(lines))) and len(lines) > 300
    one = next(line for line in lines if line["dovecot_pix"].get("role") == "delegate")
    assert one["user"] == {"name": "user1", "target": {"name": "user0"}} and one["event"]["category"] == ["email"]
    assert one["related"]["user"] == ["user1", "user0"] and one["@timestamp"].endswith("Z")
    denied = next(line for line in lines if line["dovecot_pix"].get("outcome") == "denied")
    assert denied["event"]["outcome"] == "failure" and denied["event"]["reason"] == "acl"
    mail = next(line for line in lines if line["event"]["action"] == "delivery.receipt")
    assert mail["email"]["to"] == {"address": ["b@example.org"]}
    # what the export itself did is all that is new
    again = [json.loads(line) for line in filled.doveadm(*words, "--as", "record").stdout.splitlines()]
    assert [line["kind"] for line in again] == ["audit.export"] and "seq" in again[0]
    assert filled.doveadm("pix", "audit", "export", "--as", "xml", check=False).returncode == 64
