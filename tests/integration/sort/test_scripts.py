"""The shipped scripts: virus, spam, impersonation, lists; each action of their settings."""
import pytest

from pixtest import Lmtp

OWN = "Authentication-Results: mx.example.org; dkim=pass header.d=news.example\r\n"
UNSUBSCRIBE = "List-Unsubscribe: <https://news.example/u?x>, <mailto:u@news.example>\r\n"
POST = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"


@pytest.fixture(scope="module")
def box(new_sandbox):
    return new_sandbox(sets={"pix_sort_own_domains": "example.org"})


@pytest.fixture(scope="module")
def other(new_sandbox):
    """Everything the other way round."""
    return new_sandbox(sets={"pix_sort_virus_action": "tag", "pix_sort_spam_action": "file",
                             "pix_sort_impersonation_action": "none", "pix_sort_list_action": "none",
                             "pix_sort_dmarc_action": "none", "pix_sort_own_domains": "example.org"})


def deliver(box, user, headers):
    if "From:" not in headers:
        headers += "From: a@example.com\r\n"
    refused = Lmtp(box).deliver(headers + "Subject: x\r\nMessage-ID: <%s@x>\r\n\r\nx\r\n" % user, user)
    assert not refused
    mail = dict(line.split(": ", 1) for line in
                box.doveadm("fetch", "-u", user, "mailbox flags", "all").stdout.strip("\f\n").split("\n") if ": " in line)
    return mail["mailbox"], set(mail.get("flags", "").split()) - {"\\Recent", "$HasNoAttachment", "$HasAttachment"}


# name, headers, (folder, keywords) by default, (folder, keywords) the other way round
CASES = [
    ("plain", "", ("INBOX", []), ("INBOX", [])),
    ("dmarc", "Authentication-Results: mx.example.org; dmarc=fail\r\n", ("Quarantine", ["$PixDmarcFail"]), ("INBOX", [])),
    ("clamav", "X-Virus-Status: Infected (Eicar-Test-Signature)\r\n", ("Quarantine", ["$PixVirus"]), ("INBOX", ["$PixVirus"])),
    ("clean", "X-Virus-Status: Clean\r\nX-Virus-Scanned: clamav at mx\r\n", ("INBOX", []), ("INBOX", [])),
    ("rspamd-virus", "X-Virus: Eicar\r\n", ("Quarantine", ["$PixVirus"]), ("INBOX", ["$PixVirus"])),
    ("spam-flag", "X-Spam-Flag: YES\r\n", ("INBOX", ["$Junk"]), ("Junk", ["$Junk"])),
    ("rspamd-spam", "X-Spam: Yes\r\n", ("INBOX", ["$Junk"]), ("Junk", ["$Junk"])),
    ("spam-status", "X-Spam-Status: Yes, score=12.1 required=5.0\r\n", ("INBOX", ["$Junk"]), ("Junk", ["$Junk"])),
    ("ham", "X-Spam-Status: No, score=-1.0 required=5.0\r\nX-Spam-Flag: NO\r\n", ("INBOX", []), ("INBOX", [])),
    ("look-alike", "From: Boss <boss@exarnple.org>\r\n", ("INBOX", ["$PixLookalike"]), ("INBOX", [])),
    ("own", "From: Boss <boss@example.org>\r\n", ("INBOX", []), ("INBOX", [])),
    ("other-name", "From: \"boss@example.org\" <x@evil.example>\r\n", ("INBOX", ["$PixOtherName"]), ("INBOX", [])),
    ("other-name-encoded", "From: =?utf-8?b?Ym9zc0BleGFtcGxlLm9yZw==?= <x@evil.example>\r\n",
     ("INBOX", ["$PixOtherName"]), ("INBOX", [])),
    ("reply-to", "Reply-To: x@evil.example\r\n", ("INBOX", ["$PixReplyTo"]), ("INBOX", [])),
    ("reply-to-list", "Reply-To: list@lists.example\r\nList-Id: <l.lists.example>\r\n", ("INBOX", ["$PixList"]), ("INBOX", [])),
    ("newsletter", OWN + UNSUBSCRIBE + POST, ("INBOX", ["$PixUnsubscribe"]), ("INBOX", [])),
    ("newsletter-unsigned", UNSUBSCRIBE + POST, ("INBOX", []), ("INBOX", [])),
    ("newsletter-no-click", OWN + UNSUBSCRIBE, ("INBOX", []), ("INBOX", [])),
    ("broken-from", "From: <<<@\"\r\nReply-To: @@\r\n", ("INBOX", []), ("INBOX", [])),
    ("no-from", "From:\r\n", ("INBOX", []), ("INBOX", [])),
]


@pytest.mark.parametrize("name,headers,expected,_", CASES, ids=[case[0] for case in CASES])
def test_defaults(box, name, headers, expected, _):
    folder, flags = deliver(box, "s-" + name, headers)
    assert (folder, flags) == (expected[0], set(expected[1]))


@pytest.mark.parametrize("name,headers,_,expected", CASES, ids=[case[0] for case in CASES])
def test_the_other_way_round(other, name, headers, _, expected):
    folder, flags = deliver(other, "s-" + name, headers)
    assert (folder, flags) == (expected[0], set(expected[1]))
