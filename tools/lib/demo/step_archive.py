"""Deleted mail under retention goes to the archive, and comes back."""
import hashlib

import step_mail

PART = "archive"


def bodies(box, user):
    """{subject: message} of INBOX, as an IMAP client reads it."""
    imap = box.imap(user)
    imap.select(readonly=True)
    found = {}
    for number in imap.search(None, "ALL")[1][0].split():
        raw = imap.fetch(number, "(BODY.PEEK[])")[1][0][1]
        found[step_mail.subject(raw)] = raw
    imap.logout()
    return found


def rows(box, *words):
    return box.doveadm_json("pix", "archive", *words)


def run(story, box):
    story.step("A deletion of retained mail is diverted to the archive, and restored")
    story.say("Everything of dave is kept for a year (label keep-1y). His client deletes as always: it sees a normal EXPUNGE, and the "
              "mail is in the archive, under a user id of its own, before it leaves his mailbox.")
    for name in ("03-", "07-", "10-"):
        box.deliver(step_mail.read(name), "dave")
    before = bodies(box, "dave")
    story.does("IMAP: dave marks his %d messages \\Deleted, EXPUNGE" % len(before))
    imap = box.imap("dave")
    imap.select()
    imap.store("1:*", "+FLAGS.SILENT", "\\Deleted")
    typ, gone = imap.expunge()
    story.saw("S: %s EXPUNGE of %s" % (typ, b", ".join(gone).decode()))
    story.expect(typ == "OK" and len(gone) == len(before), "the client's EXPUNGE was not as always")
    imap.logout()
    story.expect(not bodies(box, "dave"), "the mailbox is not empty")

    story.does("doveadm pix archive list -u dave")
    kept = rows(box, "list", "-u", "dave")
    for row in kept:
        story.saw("item %s  %s  until %s  %6s bytes  sha256 %s…" % (row["item"], row["label"], row["until"][:10], row["size"],
                                                                 row["sha256"][:16]))
    story.expect({row["sha256"] for row in kept} == {hashlib.sha256(raw).hexdigest() for raw in before.values()},
                 "the archive does not hold exactly what was deleted")
    story.does("as the mail's own user: change something in the archive")
    path = box.path("state", "archive")
    done = box.exec("sh", "-c", "ls %s; rm -rf %s/*" % (path, path), user="vmail", check=False)
    story.saw((done.stdout + done.stderr).strip().replace(path, "…/archive"))
    story.expect("denied" in done.stderr and len(rows(box, "list", "-u", "dave")) == len(kept), "the mail's user got into the archive")
    story.admin(box, "pix", "archive", "verify")
    story.admin(box, "pix", "archive", "restore", "-u", "dave")
    story.does("IMAP: dave looks again")
    after = bodies(box, "dave")
    for subject in after:
        story.saw("INBOX  " + subject)
    story.expect(after == before, "what came back differs from what was deleted")
    story.say("Byte by byte what it was.")
