"""Mail is sorted by what our own server found out; a forgery goes to quarantine; a retention label survives."""
from pixtest import Lmtp
from step_mail import read

PART = "sort"
CONTRACT = ("Authentication-Results: mx.example.org; dmarc=pass (p=reject) header.from=example.com\r\n"
            "From: Partner <partner@example.com>\r\nTo: alice@example.org\r\nSubject: The signed contract\r\n"
            "Message-ID: <contract@example.com>\r\n\r\nPlease find it in your archive.\r\n")
ORGANISATION = ('require ["vnd.pix.sort"];\n'
                'if header :contains "subject" "contract" {\n\tretain "contracts-10y";\n}\n')


def listing(box, user):
    text = box.doveadm("fetch", "-u", user, "mailbox flags hdr.subject", "all").stdout
    for mail in text.split("\f"):
        fields = dict(line.split(": ", 1) for line in mail.strip().split("\n") if ": " in line)
        if fields:
            yield fields["mailbox"], fields.get("hdr.subject", ""), fields.get("flags", "").replace("\\Recent", "").strip()


def run(story, box):
    story.step("A forgery goes to quarantine, and a label outlives the user's own script")
    story.admin(box, "pix", "sort", "install")
    story.does("LMTP: a forged mail with a forged “dmarc=pass” below our server's own “dmarc=fail”")
    Lmtp(box).deliver(read("08-forged"), "sorted")
    story.does("the user's own script says: discard everything about contracts; the organisation's: retain \"contracts-10y\"")
    path = "/etc/dovecot-pix/sieve/before/20-demo.sieve"
    box.exec("mkdir", "-p", "/etc/dovecot-pix/sieve/before")
    box.exec("tee", path, input=ORGANISATION)
    story.admin(box, "pix", "sort", "install")
    box.doveadm("sieve", "put", "-u", "sorted", "-a", "own", input='if header :contains "subject" "contract" { discard; }\n')
    Lmtp(box).deliver(CONTRACT, "sorted")
    found = sorted(listing(box, "sorted"))
    for folder, subject, flags in found:
        story.saw("%-12s %-40s %s" % (folder, subject, flags))
    box.exec("rm", path)
    box.doveadm("pix", "sort", "install")
    story.expect([mail[0] for mail in found] == ["Quarantine", "Trash"], "the mails are in other folders: %s" % found)
    story.expect("$PixDmarcFail" in found[0][2] and "$PixRetain-contracts-10y" in found[1][2], "the keywords are not there")
    story.say("The forged field counts for nothing, as it isn't the topmost of our own. The contract could not be thrown away.")
