"""doveadm pix quarantine list and release, and the canary."""
import json

import pytest

from pixtest import Lmtp

FAIL = "Authentication-Results: mx.example.org; dmarc=fail (p=reject dis=none) header.from=bank.example\r\n"
OTHER = "Authentication-Results: mx.other.example; dmarc=fail\r\n"


@pytest.fixture(scope="module")
def box(new_sandbox):
    return new_sandbox()


def deliver(box, user, subject, headers=FAIL):
    Lmtp(box).deliver(headers + "From: The Bank <service@bank.example>\r\nSubject: %s\r\n"
                      "Message-ID: <%s@x>\r\n\r\ntext\r\n" % (subject, subject.replace(" ", "-")), user)


def rows(box, *words, check=True):
    done = box.doveadm("-f", "json", "pix", *words, check=check)
    return json.loads(done.stdout) if done.stdout.strip() else []


def test_list_and_release(box):
    for subject in ("one", "two", "three"):
        deliver(box, "erin", subject)
    found = rows(box, "quarantine", "list", "-u", "erin")
    assert [row["subject"] for row in found] == ["one", "two", "three"]
    assert all("service@bank.example" in row["from"] for row in found)
    assert found[0]["reason"] == "dmarc=fail policy=reject from=bank.example $PixDmarcFail"
    done = rows(box, "quarantine", "release", "-u", "erin", found[0]["uid"], found[2]["uid"])
    assert [row["subject"] for row in done] == ["one", "three"]
    assert [row["subject"] for row in rows(box, "quarantine", "list", "-u", "erin")] == ["two"]
    text = box.doveadm("fetch", "-u", "erin", "flags hdr.subject", "mailbox", "INBOX").stdout
    assert "one" in text and "three" in text and text.count("$PixReleased") == 2


def test_release_says_what_is_wrong(box):
    deliver(box, "frank", "kept")
    for words, code in ((["999"], 68), (["x"], 64), (["0"], 64), ([], 64)):
        done = box.doveadm("pix", "quarantine", "release", "-u", "frank", *words, check=False)
        assert done.returncode == code, (words, done.returncode, done.stderr)
    # a folder that isn't there: the mail stays where it is
    assert box.doveadm("pix", "quarantine", "release", "-u", "frank", "-m", "Nowhere", "1", check=False).returncode != 0
    assert [row["subject"] for row in rows(box, "quarantine", "list", "-u", "frank")] == ["kept"]


def test_empty(box):
    assert rows(box, "quarantine", "list", "-u", "nobody-wrote") == []


def test_canary(box):
    deliver(box, "canary", "a", "Authentication-Results: mx.example.org; dmarc=pass\r\n" + OTHER)
    deliver(box, "canary", "b", OTHER)
    found = {(row["authserv-id"], row["verdict"]): int(row["fields"]) for row in rows(box, "sort", "canary", "-u", "canary")}
    assert found == {("mx.example.org", "trusted"): 1, ("mx.other.example", "its authserv-id is not one of ours"): 2}
    deliver(box, "blind", "a", OTHER)
    done = box.doveadm("pix", "sort", "canary", "-u", "blind", check=False)
    assert done.returncode == 65
    assert "pix_sort_authserv_id" in done.stderr
