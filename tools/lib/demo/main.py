"""tools/demo: the main job of the suite, on real mail, in front of the reader."""
import imaplib
import importlib
import os
import poplib
import shutil
import smtplib
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path[:0] = [HERE, os.path.join(TOP, "tests", "integration")]

from pixtest import Sandbox, SandboxError  # noqa: E402
from story import Failed, Story  # noqa: E402

# In the order of the story. Each module has PART (the part that it shows, or None), may have sandbox(), which
# returns words for Sandbox(), and has run(story, box).
STEPS = ["mail", "mfa", "oauth2", "sort", "archive", "audit"]


def wanted():
    """Steps that are there, and what they want of the sandbox."""
    for name in STEPS:
        if os.path.exists(os.path.join(HERE, "step_%s.py" % name)):
            yield importlib.import_module("step_" + name)


def words(steps):
    """The steps' wishes merged: files, settings and configuration text."""
    merged = {"sets": {}, "conf": "", "files": {}}
    for step in steps:
        wish = step.sandbox() if hasattr(step, "sandbox") else {}
        merged["sets"].update(wish.get("sets", {}))
        merged["files"].update(wish.get("files", {}))
        merged["conf"] += wish.get("conf", "")
    return merged


def farewell(box):
    print("\nIt keeps running. Point a mail client at it:\n"
          "   IMAP  localhost:%d (STARTTLS) or %d (TLS)     POP3 localhost:%d     submission localhost:%d (STARTTLS)\n"
          "   user bob, carol or any other name, password: pass\n"
          "   the CA that signed its certificate: %s\n"
          "   its log: %s\n"
          "   doveadm:  tools/sandbox doveadm %s …\n"
          "   stop it:  tools/sandbox down %s"
          % (box.port("IMAP"), box.port("IMAPS"), box.port("POP3"), box.port("SUBMISSION"), box.env["PIX_CA_FILE"],
             box.env["PIX_LOG"], box.kept, box.kept))


def main(directory, *flags):
    story = Story("--no-pause" not in flags and sys.stdin.isatty())
    steps = list(wanted())
    story.step("A private Dovecot starts")
    box = Sandbox(directory=directory, up=False, **words(steps))
    kept = fine = False
    try:
        box.up()
        story.does("tools/sandbox up " + box.kept)
        story.saw("IMAP on port %d, POP3 on %d, submission on %d, LMTP on %d, all on loopback"
                  % (box.port("IMAP"), box.port("POP3"), box.port("SUBMISSION"), box.port("LMTP")))
        story.saw("active parts: " + (", ".join(box.parts) or "none"))
        for step in steps:
            if step.PART is None or step.PART in box.parts:
                step.run(story, box)
            else:
                story.step("Left out: part %s is not in this build" % step.PART)
        box.guard.check()
        story.step("Done")
        story.say("Every step went as it should, and no log holds a password, code, token or secret.")
        fine, kept = True, "--keep" in flags
        return 0
    except (Failed, SandboxError, AssertionError, OSError, imaplib.IMAP4.error, poplib.error_proto,
            smtplib.SMTPException) as exc:
        print("\nThe demo stopped: %s\nThe log is %s" % (exc, box.path("log", "dovecot.log")), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print()
        return 130
    finally:
        if kept:
            farewell(box)
        else:
            box.down()
            if fine:
                shutil.rmtree(directory, ignore_errors=True)


sys.exit(main(*sys.argv[1:]))
