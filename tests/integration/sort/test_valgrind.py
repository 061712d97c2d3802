"""The delivery process under valgrind, through every path of the part (the guard reads what valgrind found)."""
from pixtest import Lmtp

AR = "Authentication-Results: "
SANDBOX = dict(args=["--valgrind", "lmtp"], sets={"pix_sort_own_domains": "example.org", "pix_sort_arc_sealers": "lists.example",
                                                  "pix_sort_retain_personal": "yes"})
SCRIPT = """require ["vnd.pix.sort", "fileinto", "mailbox", "relational", "comparator-i;ascii-numeric", "variables", "copy"];
set "label" "Not A Valid Label!";
if header :contains "subject" "keep" { retain "${label}"; retain "keep-1y"; tag ["$A", "$B"]; discard; }
elsif authresults :count "ge" :comparator "i;ascii-numeric" ["spf", "dkim"] "2" { fileinto :create :copy "Two"; }
elsif authresults :property "header.d" :result ["pass", "neutral"] :aligned :matches "dkim" "*" { fileinto :create "Aligned"; }
elsif authresults :arc "dmarc" "pass" { fileinto :create "Arc"; }
elsif mailsign ["reply-to", "display-name", "look-alike"] { fileinto :create "Signs"; }
"""
MAILS = [
    "Subject: keep\r\n",
    AR + "mx.example.org; spf=pass smtp.mailfrom=a@b; dkim=fail header.d=x.example\r\n",
    AR + "mx.example.org; dkim=pass header.d=mail.example.com\r\n",
    AR + "mx.example.org; arc=pass; dmarc=fail\r\nARC-Seal: i=1; d=lists.example; cv=none\r\n"
    "ARC-Authentication-Results: i=1; lists.example; dmarc=pass\r\n",
    AR + "mx.example.org; dmarc=fail (" + "(" * 100 + "\r\n",
    AR + "\"mx.example.org\" 1; spf=" + "a" * 5000 + " x.y=\"\\\r\n",
    "Reply-To: <<>>, x@y.example, \"\r\nFrom: =?utf-8?q?a@b.example?= <c@exarnple.org>\r\n",
    "X-Virus: y\r\n", "X-Spam: yes\r\n", "List-Id: x\r\n",
]


def test_under_valgrind(sandbox):
    sandbox.doveadm("sieve", "put", "-u", "alice", "-a", "own", input=SCRIPT)
    lmtp = Lmtp(sandbox, timeout=120)
    for head in MAILS:
        refused = lmtp.deliver(head + ("" if "From:" in head else "From: a@example.com\r\n") + "\r\nx\r\n", ["alice", "bob"])
        assert not refused
    lmtp.quit()
    sandbox.down()
    names = [name for name, _ in sandbox.guard.logs()]
    assert any(name.startswith("valgrind.lmtp.") for name in names)
