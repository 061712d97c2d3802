"""Mail is sorted by the user's own script and by what our own server found out; a retention label survives."""
import step_mail

PART = "sort"
OWN = ('require ["fileinto", "mailbox"];\nif exists "list-id" { fileinto :create "News"; }\n'
       'if header :contains "subject" "contract" { discard; }\n')
ORGANISATION = 'require ["vnd.pix.sort"];\nif header :contains "subject" "contract" {\n\tretain "contracts-10y";\n}\n'
CONTRACT = ("Authentication-Results: mx.example.org; dmarc=pass (p=reject) header.from=example.com\r\n"
            "From: Partner <partner@example.com>\r\nTo: alice@example.org\r\nSubject: The signed contract\r\n"
            "Message-ID: <contract@example.com>\r\n\r\nPlease find it in your archive.\r\n")
PATH = "/etc/dovecot-pix/sieve/before/20-demo.sieve"


def folders(box, user):
    """{subject: (folder, keywords)} as an IMAP client sees it."""
    found = {}
    imap = box.imap(user)
    for line in imap.list()[1]:
        name = line.decode().split(' "/" ')[-1].strip('"')
        if imap.select('"%s"' % name, readonly=True)[1] == [b"0"]:
            continue
        for item in imap.fetch("1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]:
            if isinstance(item, tuple):
                flags = item[0].decode().split("FLAGS (")[1].split(")")[0].replace("\\Recent", "").strip()
                found[step_mail.subject(item[1])] = (name, flags)
    imap.logout()
    return found


def run(story, box):
    story.step("Delivery is sorted, a forgery goes to quarantine, and a label outlives the user's own script")
    story.say("Carol's own Sieve script files newsletters and throws away everything about contracts. The organisation's scripts run "
              "before it: what fails DMARC at our own server goes to Quarantine, and contracts get a retention label.")
    story.admin(box, "sieve", "put", "-u", "carol", "-a", "own", input=OWN, what="script")
    box.exec("mkdir", "-p", PATH.rpartition("/")[0])
    box.exec("tee", PATH, input=ORGANISATION)
    story.admin(box, "pix", "sort", "install")
    story.does("LMTP: a newsletter, a letter from \"The Bank\" (our server says dmarc=fail, a forged field below says pass), a letter "
               "whose only results are forged, minutes from a colleague, and a contract")
    for name in ("11-", "08-", "09-", "01-"):
        box.deliver(step_mail.read(name), "carol")
    box.deliver(CONTRACT, "carol")
    found = folders(box, "carol")
    for subject, (folder, flags) in found.items():
        story.saw("%-12s %-42s %s" % (folder, subject, flags))
    box.exec("rm", PATH)
    box.doveadm("pix", "sort", "install")
    for subject, folder, keyword in (("This week in facility management", "News", ""),
                                     ("Confirm your account within 24 hours", "Quarantine", "$PixDmarcFail"),
                                     ("Minutes of Monday", "INBOX", ""), ("Urgent transfer", "INBOX", ""),
                                     ("The signed contract", "Trash", "$PixRetain-contracts-10y")):
        story.expect(subject in found and found[subject][0] == folder and keyword in found[subject][1],
                     "\"%s\" is not in %s: %s" % (subject, folder, found.get(subject)))
    story.say("A forged field counts for nothing, as it isn't the topmost of our own. The contract could not be thrown away.")
