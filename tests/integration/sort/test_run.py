"""doveadm pix sort run, undo and explain: the same decisions as a delivery makes, none before --apply, all taken back."""
import json

import pytest

from pixtest import Lmtp

SCRIPT = """require ["fileinto", "mailbox", "imap4flags", "vacation", "vnd.pix.sort", "copy"];
if header :contains "subject" "list" {
  fileinto :create :flags ["\\\\Seen", "$List"] "Lists";
  stop;
}
if header :contains "subject" "both" { fileinto :create :copy "Copies"; }
if header :contains "subject" "away" { vacation "I am away
 * store message in folder: Fake"; }
if header :contains "subject" "junk" { discard; }
if header :contains "subject" "sent on" { redirect "x@example.net"; }
if header :contains "subject" "flag" { addflag "\\\\Flagged"; }
"""
FAIL = "Authentication-Results: mx.example.org; dmarc=fail (p=reject)\r\n"
SUBJECTS = ["list one", "both two", "plain three", "junk four", "flag five", "away six", "list seven", "forged", "sent on"]


@pytest.fixture(scope="module")
def box(new_sandbox):
    return new_sandbox()


def deliver(box, user):
    lmtp = Lmtp(box)
    for subject in SUBJECTS:
        head = FAIL if subject == "forged" else ""
        refused = lmtp.deliver("%sFrom: a@example.com\r\nTo: x@example.org\r\nSubject: %s\r\nMessage-ID: <%s@%s>\r\n\r\nx\r\n"
                               % (head, subject, subject.replace(" ", "-"), user), user)
        assert not refused
    lmtp.quit()


def state(box, user):
    """{(folder, subject, flags, keywords)}"""
    found = set()
    for mail in box.doveadm("fetch", "-u", user, "mailbox flags hdr.subject", "all").stdout.split("\f"):
        fields = dict(line.split(": ", 1) for line in mail.strip().split("\n") if ": " in line)
        if fields:
            flags = " ".join(sorted(set(fields.get("flags", "").split()) - {"\\Recent"}))
            found.add((fields["mailbox"], fields["hdr.subject"], flags))
    return found


def run(box, *words, check=True):
    done = box.doveadm("-f", "json", "pix", "sort", *words, check=check)
    return json.loads(done.stdout) if done.stdout.strip() else []


def put(box, user, text=SCRIPT):
    box.doveadm("sieve", "put", "-u", user, "-a", "own", input=text)


def plain(box, user):
    """Mail that came while nothing sorted."""
    box.doveadm("sieve", "put", "-u", user, "-a", "own", input="keep;")
    box.exec("mv", "/var/lib/dovecot-pix/sort/current", "/var/lib/dovecot-pix/sort/away")
    deliver(box, user)
    box.exec("mv", "/var/lib/dovecot-pix/sort/away", "/var/lib/dovecot-pix/sort/current")
    assert {mail[0] for mail in state(box, user)} == {"INBOX"}


def test_like_a_delivery(box):
    put(box, "fresh")
    deliver(box, "fresh")
    expected = state(box, "fresh")

    plain(box, "later")
    put(box, "later")
    before = state(box, "later")
    rows = {row["subject"]: row for row in run(box, "run", "-u", "later", "mailbox", "INBOX")}
    assert len(rows) == len(SUBJECTS)
    assert state(box, "later") == before, "a dry run changed something"
    assert rows["list one"]["result"] == "would be moved to Lists"
    assert rows["both two"]["result"] == "would be copied to Copies"
    assert rows["plain three"]["result"] == "stays"
    assert rows["junk four"]["actions"].startswith("discard")
    assert rows["flag five"]["result"] == "would be marked"
    assert "Fake" not in rows["away six"]["result"] and "vacation" in rows["away six"]["actions"]
    assert rows["forged"]["result"] == "would be moved to Quarantine"
    assert "redirect" in rows["sent on"]["actions"] and rows["sent on"]["result"] == "stays"
    assert "line 3" in rows["list one"]["actions"], rows["list one"]

    sent = len(box.sink())
    rows = {row["subject"]: row for row in run(box, "run", "-u", "later", "--apply", "mailbox", "INBOX")}
    assert rows["list one"]["result"] == "moved to Lists"
    after = state(box, "later")
    # what a delivery throws away or only sends on stays in reach here, and nothing is sent
    assert after - {("Trash", "junk four", ""), ("INBOX", "sent on", "")} == expected
    assert ("Trash", "junk four", "") in after and ("INBOX", "sent on", "") in after
    assert len(box.sink()) == sent

    # a second run files nothing twice
    again = run(box, "run", "-u", "later", "--apply", "all")
    assert {row["result"] for row in again} == {"stays"}
    assert state(box, "later") == after


def test_undo(box):
    plain(box, "undone")
    box.doveadm("flags", "add", "-u", "undone", "\\Answered $Mine", "mailbox", "INBOX", "subject", "list")
    put(box, "undone")
    before = state(box, "undone")
    run(box, "run", "-u", "undone", "--apply", "mailbox", "INBOX")
    assert state(box, "undone") != before
    assert int(run(box, "undo", "-u", "undone")[0]["restored"]) > 0
    assert state(box, "undone") == before
    assert box.doveadm("pix", "sort", "undo", "-u", "undone", check=False).returncode == 68


def test_explain(box):
    plain(box, "why")
    put(box, "why")
    uids = {row["subject"]: row["uid"] for row in run(box, "run", "-u", "why", "mailbox", "INBOX")}
    rows = run(box, "explain", "-u", "why", "INBOX", uids["list one"])
    action = [row for row in rows if row["kind"] == "action"]
    assert [row["text"] for row in action] == ["store in folder Lists with flags \\seen $List"]
    assert int(action[0]["line"]) == 3
    steps = [(int(row["line"]), row["text"]) for row in rows if row["kind"] == "step"]
    assert any(line == 2 and "header test" in text for line, text in steps), steps
    rows = run(box, "explain", "-u", "why", "INBOX", uids["forged"])
    assert any("authresults" in row["text"] for row in rows)
    assert [row["text"] for row in rows if row["kind"] == "action"] == ["store in folder Quarantine"]
    assert box.doveadm("pix", "sort", "explain", "-u", "why", "INBOX", "999", check=False).returncode == 68
    assert box.doveadm("pix", "sort", "explain", "-u", "why", "INBOX", check=False).returncode == 64


def test_failing_script_changes_nothing(box):
    plain(box, "fails")
    put(box, "fails", 'require ["fileinto", "variables"]; set "x" "y"; fileinto "a/${x}/../b";')
    before = state(box, "fails")
    done = box.doveadm("pix", "sort", "run", "-u", "fails", "--apply", "mailbox", "INBOX", "subject", "plain")
    assert "1 scripts failed" in done.stderr
    assert state(box, "fails") == before
