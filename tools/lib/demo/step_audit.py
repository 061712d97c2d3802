"""Who did what is on record, and the record can be verified."""
import glob
import json
import os

from pixtest import eventually

PART = "audit"


def rows(box, *words):
    return box.doveadm_json("pix", "audit", "search", *words)


def show(story, found, limit=12):
    for row in found[:limit]:
        factors = " ".join(word for word in row["details"].split() if word.startswith("factor"))
        where = " ".join(part for part in (row["mailbox"], row["uids"] and "uid " + row["uids"], factors) if part)
        story.saw("%s  %-16s %-8s %-10s %-8s %s" % (row["time"][11:19], row["kind"], row["owner"], row["service"], row["outcome"] or "",
                                                  " ".join(part for part in (row["reason"], where) if part)))
    if len(found) > limit:
        story.saw("… and %d more" % (len(found) - limit))


def run(story, box):
    story.step("The audit log answers questions, and is verified")
    story.does("doveadm pix audit search -u dave")
    found = eventually(lambda: rows(box, "-u", "dave"), what="records of dave")
    show(story, found)
    kinds = {row["kind"] for row in found}
    story.expect({"delivery.receipt", "session.start", "mail.expunge"} <= kinds, "records are missing: there are " + ", ".join(sorted(kinds)))
    story.does("doveadm pix audit search -u alice")
    found = rows(box, "-u", "alice")
    if found:
        show(story, [row for row in found if row["kind"].startswith("auth")])
    story.does("doveadm pix audit verify")
    done = box.doveadm("-f", "json", "pix", "audit", "verify")
    row = json.loads(done.stdout)[0]
    story.saw("%s: %s records, root hash %s" % (row["result"], row["records"], row["root"]))
    story.expect(row["result"] == "ok", "the log does not verify")

    story.does("IMAP: bob flags mail, until the log has more than one full tile of 256 records")
    imap = box.imap("bob")
    imap.select()
    for number in range(130):
        imap.store("1", "%sFLAGS.SILENT" % "+-"[number % 2], "\\Flagged")
        imap.store("2", "%sFLAGS.SILENT" % "+-"[number % 2], "\\Flagged")
    imap.logout()
    tile = eventually(lambda: full_tile(box), what="a full tile of the log")
    story.does("somebody with root changes one byte of an old record, then doveadm pix audit verify")
    offset, byte = change(tile)
    done = box.doveadm("-f", "json", "pix", "audit", "verify", check=False)
    story.saw("exit code %d" % done.returncode)
    for line in done.stderr.strip().split("\n"):
        if not line.startswith("Warning"):
            story.saw(line)
    story.expect(done.returncode != 0, "a changed record was not found")
    change(tile, offset, byte)
    story.expect(box.doveadm("pix", "audit", "verify", check=False).returncode == 0, "the log does not verify any more")
    story.say("The byte was put back.")


def full_tile(box):
    """The first tile of entries, once it is complete and never written again."""
    found = sorted(glob.glob(box.env["PIX_AUDIT_DIR"] + "/**/tile/entries/000.zst", recursive=True))
    return found[0] if found and os.path.isfile(found[0]) else None


def change(path, offset=None, byte=None):
    """Write one byte; without one, flip a bit in the middle. Returns where, and what was there."""
    with open(path, "r+b") as tile:
        if offset is None:
            offset = os.path.getsize(path) // 2
        tile.seek(offset)
        old = tile.read(1)[0]
        tile.seek(offset)
        tile.write(bytes([old ^ 1 if byte is None else byte]))
    return offset, old
