"""Deliveries through LMTP: which authentication results count, and what survives a user's own script."""
import pytest

from pixtest import Imap, Lmtp, eventually

ORG = 'require ["vnd.pix.sort", "variables"];\n'
RETAIN = {
    "retain.sieve": ORG + 'if header :contains "subject" "contract" { retain "contracts-10y"; tag ["$Org1", "$Org2"]; }\n',
    "after.sieve": 'require ["fileinto", "mailbox"];\nif header :contains "subject" "to-after" { fileinto :create "After"; }\n',
}
CONF = {
    "2.3": "plugin {\n  sieve_before2 = {files}/retain.sieve\n  sieve_after = {files}/after.sieve\n}\n",
    "2.4": "sieve_script own {\n  type = before\n  path = {files}/retain.sieve\n}\n"
           "sieve_script late {\n  type = after\n  path = {files}/after.sieve\n}\n",
}


@pytest.fixture(scope="module")
def box(new_sandbox, host):
    box = new_sandbox(conf=CONF[host], files=RETAIN)
    for name in RETAIN:
        box.exec("sievec", "%s/%s" % (box.files, name))
    return box


def message(*headers, subject="hello", body="text"):
    return "\r\n".join([*headers, "From: a@example.com", "To: alice@example.org", "Message-ID: <%d@x>" % next(COUNT),
                        "Subject: " + subject, "", body, ""])


def counter():
    number = 0
    while True:
        number += 1
        yield number


COUNT = counter()


def folders(box, user):
    """{folder: [(flags, subject)]} of all folders that hold mail."""
    found = {}
    imap = Imap(box)
    imap.login(user, "pass")
    for line in imap.list()[1]:
        name = line.decode().rsplit(" ", 1)[1].strip('"')
        typ, count = imap.select('"%s"' % name, readonly=True)
        if typ != "OK" or count == [b"0"]:
            continue
        typ, data = imap.fetch("1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        if data and data[0]:
            found[name] = [(item[0].decode(), item[1].decode().split(":", 1)[1].strip())
                           for item in data if isinstance(item, tuple)]
    imap.logout()
    return found


def deliver(box, user, *mails, ok=True):
    lmtp = Lmtp(box)
    for mail in mails:
        refused = lmtp.deliver(mail, user)
        assert bool(refused) != ok, refused
    lmtp.quit()
    return folders(box, user)


AR = "Authentication-Results: "
FAIL = AR + "mx.example.org; dmarc=fail (p=reject dis=none) header.from=example.com"
PASS = AR + "mx.example.org; dmarc=pass (p=reject dis=none) header.from=example.com"
RECEIVED = "Received: from evil.example by elsewhere.example; Sat, 21 Nov 2026 10:00:00 +0000"

CASES = [
    ("pass", [PASS], "INBOX", False),
    ("fail", [FAIL], "Quarantine", True),
    ("fail-no-policy", [AR + "mx.example.org; dmarc=fail header.from=example.com"], "Quarantine", True),
    ("fail-quarantine", [AR + "mx.example.org;\r\n\tdmarc=fail reason=\"No valid SPF\" header.from=x.example (policy=quarantine)"], "Quarantine", True),
    ("fail-watched", [AR + "mx.example.org; dmarc=fail (p=none dis=none) header.from=example.com"], "INBOX", True),
    ("none", [AR + "mx.example.org; dmarc=none header.from=example.com"], "INBOX", False),
    ("nothing", [], "INBOX", False),
    ("case", [AR + "MX.Example.ORG; DMARC=Fail"], "Quarantine", True),
    ("other-id", [AR + "mx.evil.example; dmarc=fail"], "INBOX", False),
    ("other-id-passes", [AR + "mx.evil.example; dmarc=pass", FAIL], "Quarantine", True),
    ("forged-below", [FAIL, RECEIVED, PASS], "Quarantine", True),
    ("forged-below-alone", [RECEIVED, FAIL], "INBOX", False),
    ("topmost", [FAIL, PASS], "Quarantine", True),
    ("malformed", [AR + "mx.example.org; dmarc=fail (never closed"], "INBOX", False),
    ("comment", [AR + "mx.example.org; spf=pass (x; dmarc=pass) smtp.mailfrom=\"a; dmarc=pass\"@b; dmarc=fail"], "Quarantine", True),
]


@pytest.mark.parametrize("name,headers,folder,tagged", CASES, ids=[case[0] for case in CASES])
def test_dmarc(box, name, headers, folder, tagged):
    user = "dmarc-" + name
    found = deliver(box, user, message(*headers))
    assert list(found) == [folder]
    assert len(found[folder]) == 1
    assert ("$PixDmarcFail" in found[folder][0][0]) == tagged


def put_script(box, user, text):
    """The user's own script, over ManageSieve's own way in: doveadm."""
    box.doveadm("sieve", "put", "-u", user, "-a", "own", input=text)


RETAINED = "$PixRetain-contracts-10y"


@pytest.mark.parametrize("name,script,expected", [
    ("keep", "keep;", {"INBOX": []}),
    ("fileinto", 'require ["fileinto","mailbox"]; fileinto :create "Mine";', {"Mine": []}),
    ("two-copies", 'require ["fileinto","mailbox","copy"]; fileinto :create :copy "Mine";', {"INBOX": [], "Mine": []}),
    ("flags", 'require ["fileinto","mailbox","imap4flags"]; setflag "\\\\Flagged"; fileinto :create "Mine";',
     {"Mine": ["\\Flagged"]}),
    ("discard", "discard;", {"Trash": ["\\Seen"]}),
    ("reject", 'require "reject"; reject "no";', {"Trash": ["\\Seen"]}),
    ("redirect", 'redirect "elsewhere@example.net";', {"Trash": ["\\Seen"]}),
    ("runtime-error", 'require ["fileinto","variables"]; set "x" "bad"; fileinto "a/${x}/../b${x}";', None),
    ("vacation", 'require "vacation"; vacation "away"; keep;', {"INBOX": []}),
])
def test_retain_survives(box, name, script, expected):
    user = "retain-" + name
    put_script(box, user, script)
    found = deliver(box, user, message(subject="a contract"))
    if expected is not None:
        assert sorted(found) == sorted(expected)
    assert found
    for folder, mails in found.items():
        flags = mails[0][0]
        assert RETAINED in flags and "$Org1" in flags and "$Org2" in flags, (folder, flags)
        for flag in (expected or {}).get(folder, []):
            assert flag in flags
    eventually(lambda: "Retention label set: label=contracts-10y" in box.log() and user in box.log())
    # without a label a discarded mail is gone, as always, and nothing is marked
    if name == "discard":
        assert deliver(box, user, message(subject="gone")) == found


def test_label_ends_with_the_delivery(box):
    lmtp = Lmtp(box)
    lmtp.deliver(message(subject="a contract"), ["two-1", "two-2"])
    lmtp.deliver(message(subject="plain"), ["two-1", "two-2"])
    lmtp.quit()
    for user in ("two-1", "two-2"):
        flags = {subject: flags for flags, subject in folders(box, user)["INBOX"]}
        assert RETAINED in flags["a contract"]
        assert RETAINED not in flags["plain"]


def test_retain_is_the_organisations(box):
    done = box.doveadm("sieve", "put", "-u", "carol", "-a", "own", input='require "vnd.pix.sort"; retain "mine";',
                       check=False)
    assert done.returncode != 0
    assert "organisation" in done.stdout + done.stderr
    # the tests are for everyone
    put_script(box, "carol", 'require ["vnd.pix.sort","fileinto","mailbox"];\n'
               'if authresults "dmarc" "pass" { fileinto :create "Proven"; }')
    assert list(deliver(box, "carol", message(PASS))) == ["Proven"]


def test_order(box):
    """Organisation, then the user, then what comes after; a quarantined mail never reaches the user's script."""
    put_script(box, "order", 'require ["fileinto","mailbox"];\n'
               'if header :contains "subject" "mine" { fileinto :create "Mine"; stop; }')
    found = deliver(box, "order", message(FAIL, subject="mine and to-after"), message(subject="mine and to-after"),
                    message(subject="to-after"), message(subject="hello"))
    assert {name: [subject for _, subject in mails] for name, mails in found.items()} == {
        "Quarantine": ["mine and to-after"], "Mine": ["mine and to-after"], "After": ["to-after"], "INBOX": ["hello"]}


def test_broken_user_script(box):
    """It doesn't stop the organisation's, nor the delivery."""
    put_script(box, "broken", "keep;")
    path = box.doveadm("user", "-f", "home", "broken").stdout.strip()
    box.exec("sh", "-c", "echo 'nonsense {' > %s/sieve/own.sieve; rm -f %s/sieve/*.svbin %s/.dovecot.svbin"
             % (path, path, path), user="vmail")
    found = deliver(box, "broken", message(subject="a contract"))
    assert list(found) == ["INBOX"]
    assert RETAINED in found["INBOX"][0][0]
