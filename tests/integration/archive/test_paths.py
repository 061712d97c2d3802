"""Every path by which mail leaves a mailbox, on every format, with the guard and without it.

A path gets a mail that is retained and tries to make it vanish. With the guard it must still be in a
mailbox of its owner or in the archive, byte by byte; without the guard the same path must lose it, or the
case proves nothing.
"""
import glob
import hashlib
import os
import shutil
import time
import uuid

import pytest

from pixtest import HOST, SandboxError, eventually

POLICY = """version 1
label keep-1y { period 1y }
label keep-10y { period 10y }
rule keep-1y { user dave }
rule keep-10y { folder Invoices "Invoices/*" }
"""
# Folders that are emptied at the end of each session, and a namespace for virtual folders.
CONF_23 = """
namespace inbox {
  mailbox Emptied {
    autoexpunge = 1s
  }
}
namespace virtual {
  prefix = virtual/
  separator = /
  location = virtual:~/virtual
}
protocol imap {
  mail_plugins = $mail_plugins virtual
}
protocol pop3 {
  mail_plugins = $mail_plugins virtual
}
protocol doveadm {
  mail_plugins = $mail_plugins virtual
}
"""
CONF_24 = """
namespace inbox {
  mailbox Emptied {
    autoexpunge = 1s
  }
}
namespace virtual {
  prefix = virtual/
  separator = /
  mail_driver = virtual
  mail_path = ~/virtual
}
mail_plugins {
  virtual = yes
}
"""
CONF = CONF_24 if HOST == "2.4" else CONF_23


class Case:
    """One mail on its way out."""

    def __init__(self, box, user, folder="INBOX"):
        self.box = box
        self.user = user
        self.folder = folder
        self.token = uuid.uuid4().hex
        self.message = ("From: a@example.org\r\nTo: %s@example.org\r\nSubject: %s\r\nMessage-ID: <%s@example.org>\r\n"
                        "\r\nA line.\r\n" % (user, self.token, self.token)).encode()
        self.sha256 = hashlib.sha256(self.message).hexdigest()
        self.imap = box.imap(user)
        for name in {folder, "Trash", "Emptied"} - {"INBOX"}:
            self.imap.create(name)
        typ, data = self.imap.append(folder, None, None, self.message)
        assert typ == "OK", data

    def select(self, folder=None):
        typ, data = self.imap.select(folder or self.folder)
        assert typ == "OK", data

    def find(self):
        """UIDs of the mail in the selected folder."""
        return self.imap.uid("SEARCH", "HEADER", "Message-ID", "<%s@example.org>" % self.token)[1][0].split()

    def mark(self, folder=None):
        self.select(folder)
        for uid in self.find():
            self.imap.uid("STORE", uid, "+FLAGS", "\\Deleted")

    def logout(self):
        self.imap.logout()

    def in_mailbox(self):
        out = self.box.doveadm("-f", "tab", "fetch", "-u", self.user, "mailbox", "mailbox", "*",
                               "header", "message-id", "<%s@example.org>" % self.token, check=False).stdout
        return len(out.strip().splitlines()) > 1

    def in_archive(self):
        if "archive" not in self.box.parts:
            return False
        rows = self.box.doveadm_json("pix", "archive", "list", "-u", self.user)
        return any(row["sha256"] == self.sha256 for row in rows)

    def exists(self):
        return self.in_mailbox() or self.in_archive()


def expunge(case):
    case.mark()
    assert case.imap.expunge()[0] == "OK"
    assert not case.find()


def uid_expunge(case):
    case.mark()
    uid = case.find()[0].decode()
    assert case.imap.uid("EXPUNGE", uid)[0] == "OK"
    assert not case.find()


def close(case):
    case.mark()
    assert case.imap.close()[0] == "OK"
    case.select()
    assert not case.find()


def move_out(case):
    case.select()
    assert case.imap.uid("MOVE", case.find()[0], "Trash")[0] == "OK"
    case.mark("Trash")
    assert case.imap.expunge()[0] == "OK"


def copy_and_delete(case):
    case.select()
    case.imap.uid("COPY", case.find()[0], "Trash")
    case.mark()
    case.imap.expunge()
    case.mark("Trash")
    case.imap.expunge()


def delete_folder(case):
    assert case.imap.delete(case.folder)[0] == "OK"


def delete_parent(case):
    case.imap.create(case.folder + "/below")
    assert case.imap.delete(case.folder)[0] == "OK"
    # 2.3 and 2.4 keep the folder below


def rename_and_delete(case):
    other = "Other" + case.token
    assert case.imap.rename(case.folder, other)[0] == "OK"
    assert case.imap.delete(other)[0] == "OK"


def rename_and_expunge(case):
    other = "Other" + case.token
    assert case.imap.rename(case.folder, other)[0] == "OK"
    case.mark(other)
    assert case.imap.expunge()[0] == "OK"


def rename_parent_and_expunge(case):
    top, below = case.folder.rsplit("/", 1)
    other = "Other" + case.token
    assert case.imap.rename(top, other)[0] == "OK"
    case.mark(other + "/" + below)
    assert case.imap.expunge()[0] == "OK"


def emptied(case):
    """autoexpunge at the end of a session."""
    case.select()
    assert case.imap.uid("MOVE", case.find()[0], "Emptied")[0] == "OK"
    case.logout()
    time.sleep(2.1)
    case.box.imap(case.user).logout()
    eventually(lambda: not case.in_mailbox(), timeout=10)
    case.imap = case.box.imap(case.user)


def pop3_dele(case):
    case.logout()
    pop = case.box.pop3(case.user)
    for number in range(1, len(pop.list()[1]) + 1):
        if case.token.encode() in b"".join(pop.retr(number)[1]):
            pop.dele(number)
    assert pop.quit().startswith(b"+OK")
    assert not case.in_mailbox()
    case.imap = case.box.imap(case.user)


def virtual_expunge(case):
    home = os.path.join(case.box.path("mail"), case.user)
    folder = os.path.join(home, "virtual", "all")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "dovecot-virtual"), "w") as out:
        out.write("INBOX\n  all\n")
    case.box.exec("chown", "-R", "vmail:vmail", os.path.join(home, "virtual"))
    case.logout()
    case.imap = case.box.imap(case.user)
    case.mark("virtual/all")
    assert case.imap.expunge()[0] == "OK"


def replace(case):
    """REPLACE (RFC 8508) deletes what it replaces."""
    if HOST != "2.4":
        pytest.skip("2.3 has no REPLACE")
    case.select()
    new = b"Subject: other\r\n\r\nother\r\n"
    tag = case.imap._new_tag()
    case.imap.send(b"%s UID REPLACE %s %s {%d+}\r\n%s\r\n" % (tag, case.find()[0], case.folder.encode(), len(new), new))
    while True:
        line = case.imap.readline()
        assert line, "the connection ended"
        if line.startswith(tag):
            break
    assert b" OK " in line, line
    assert not case.find()


def lost_index(case):
    """dbox without its index shows no mail; DELETE then unlinks the files."""
    case.logout()
    for name in ("sdbox", "mdbox", "mail"):
        root = os.path.join(case.box.path("mail"), case.user, name)
        for path in glob.glob(root + "/**/" + case.folder + "/**/dovecot.index*", recursive=True):
            os.unlink(path)
        for path in glob.glob(root + "/dovecot.list.index*"):
            os.unlink(path)
    case.imap = case.box.imap(case.user)
    case.imap.delete(case.folder)
    # what mdbox keeps in its storage shows again after this
    case.box.doveadm("force-resync", "-u", case.user, "*", check=False)


def doveadm(*words):
    def path(case):
        case.logout()
        case.box.doveadm(*[word.format(user=case.user, folder=case.folder, token=case.token) for word in words], check=False)
        case.imap = case.box.imap(case.user)
    return path


def doveadm_rename_delete(case):
    case.logout()
    other = "Other" + case.token
    case.box.doveadm("mailbox", "rename", "-u", case.user, case.folder, other, check=False)
    for folder in (case.folder, other):
        case.box.doveadm("mailbox", "delete", "-u", case.user, folder, check=False)
    case.imap = case.box.imap(case.user)


def backup_from_empty(case):
    """A backup from an empty store makes the mailbox equal to it: empty."""
    case.logout()
    where = "/tmp/empty." + case.token
    case.box.exec("install", "-d", "-o", "vmail", where)
    case.box.doveadm("backup", "-R", "-u", case.user, "sdbox:" + where, check=False)
    case.imap = case.box.imap(case.user)


# name: (path, user, folder)
OWN = "Own"
PATHS = {
    "expunge": (expunge, "dave", "INBOX"),
    "uid-expunge": (uid_expunge, "dave", "INBOX"),
    "close": (close, "dave", "INBOX"),
    "move-then-expunge": (move_out, "dave", "INBOX"),
    "copy-and-delete": (copy_and_delete, "dave", "INBOX"),
    "autoexpunge": (emptied, "dave", "INBOX"),
    "pop3-dele": (pop3_dele, "dave", "INBOX"),
    "virtual-expunge": (virtual_expunge, "dave", "INBOX"),
    "replace": (replace, "dave", "INBOX"),
    "delete-folder": (delete_folder, "dave", OWN),
    "delete-parent": (delete_parent, "dave", OWN),
    "rename-and-delete": (rename_and_delete, "dave", OWN),
    "lost-index": (lost_index, "dave", OWN),
    "doveadm-expunge": (doveadm("expunge", "-u", "{user}", "mailbox", "{folder}", "subject", "{token}"), "dave", "INBOX"),
    "doveadm-expunge-d": (doveadm("expunge", "-d", "-u", "{user}", "mailbox", "{folder}", "all"), "dave", OWN),
    "doveadm-mailbox-delete": (doveadm("mailbox", "delete", "-u", "{user}", "{folder}"), "dave", OWN),
    "doveadm-mailbox-delete-r": (doveadm("mailbox", "delete", "-r", "-u", "{user}", "{folder}"), "dave", OWN),
    "doveadm-rename-delete": (doveadm_rename_delete, "dave", OWN),
    "doveadm-backup": (backup_from_empty, "dave", OWN),
    # labels of a folder, for a user without any other
    "folder/expunge": (expunge, "alice", "Invoices"),
    "folder/close": (close, "alice", "Invoices"),
    "folder/move-to-weak": (move_out, "alice", "Invoices"),
    "folder/copy-and-delete": (copy_and_delete, "alice", "Invoices"),
    "folder/delete": (delete_folder, "alice", "Invoices/{0}"),
    "folder/rename-and-expunge": (rename_and_expunge, "alice", "Invoices/{0}"),
    "folder/rename-and-delete": (rename_and_delete, "alice", "Invoices/{0}"),
    "folder/rename-parent": (rename_parent_and_expunge, "bob", "Invoices/{0}"),
    "folder/autoexpunge": (emptied, "alice", "Invoices"),
    "folder/doveadm-move": (doveadm("move", "-u", "{user}", "Trash", "mailbox", "{folder}", "subject", "{token}"), "alice",
                            "Invoices"),
}
# These leave the mail where it is even without a guard: they can't be shown to lose it.
HARMLESS = {
    "folder/doveadm-move",
    # mdbox never forgets content whose index got lost
    "mdbox/lost-index",
    # dsync gives up at the INBOX of maildir
    "maildir/doveadm-backup",
}


@pytest.fixture(scope="module")
def boxes(new_sandbox):
    made = {}

    def get(fmt, guarded):
        if (fmt, guarded) not in made:
            made[fmt, guarded] = box = new_sandbox(format=fmt, conf=CONF, without=["audit"] if guarded else ["audit", "archive"])
            if guarded:
                with open(box.path("conf", "retention.policy"), "w") as out:
                    out.write(POLICY)
        return made[fmt, guarded]
    return get


@pytest.mark.parametrize("guarded", [True, False], ids=["guard", "bare"])
@pytest.mark.parametrize("name", sorted(PATHS))
@pytest.mark.parametrize("fmt", ["sdbox", "mdbox", "maildir"])
def test_path(boxes, fmt, name, guarded):
    path, user, folder = PATHS[name]
    box = boxes(fmt, guarded)
    token = uuid.uuid4().hex[:8]
    if folder == OWN:
        folder += token
    case = Case(box, user, folder.format(token))
    assert case.exists()
    path(case)
    exists = case.exists()
    case.logout()
    if guarded:
        assert exists, "retained mail is gone"
    elif not {name, fmt + "/" + name} & HARMLESS:
        assert not exists, "this path deletes nothing even without the guard"
