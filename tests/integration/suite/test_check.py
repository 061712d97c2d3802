"""doveadm pix check: broken configurations, each with the finding at its file and line, and nothing else found."""
import json
import os
import subprocess

import pytest

from pixtest import HOST, TOP

SANDBOX = dict(files={"README": "configurations to check"}, without=["audit", "archive", "sort", "auth-oauth2"])

NEW = HOST == "2.4"
HEAD = "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n" if NEW else ""
MAIN = HEAD + """protocols = imap pop3 lmtp submission sieve
ssl = no
%s
!include conf.d/*.conf
!include_try local.conf
""" % ("mail_driver = sdbox\nmail_path = ~/mail" if NEW else "mail_location = sdbox:~/mail")
AUTH = """passdb pix_mfa {
}
passdb static {
  static_password = x
}
userdb static {
  fields {
    uid = vmail
    gid = vmail
    home = /tmp/%{user}
  }
}
""" if NEW else """passdb {
  driver = pix_mfa
}
passdb {
  driver = static
  args = password=x
}
userdb {
  driver = static
  args = uid=vmail gid=vmail home=/tmp/%u
}
"""


def drop_in(name):
    return subprocess.run([os.path.join(TOP, "tools/lib/uncomment"), os.path.join(TOP, "conf.d", HOST, name)],
                          stdout=subprocess.PIPE, text=True, check=True).stdout


def base():
    return {
        "dovecot.conf": MAIN,
        "conf.d/10-pix-identity.conf": drop_in("10-pix-identity.conf"),
        "conf.d/20-auth.conf": AUTH,
        "conf.d/30-pix-session.conf": drop_in("30-pix-session.conf"),
    }


IDENTITY, AUTHCONF, SESSION, MAINCONF = ("conf.d/10-pix-identity.conf", "conf.d/20-auth.conf", "conf.d/30-pix-session.conf", "dovecot.conf")
NO_PLUGINS = "protocol imap {\n  mail_plugins = imap_quota\n}\n"


def passdb(driver, more="", name=None):
    if NEW:
        return "passdb %s {\n  driver = %s\n%s}\n" % (name or driver.replace("-", "_"), driver, more)
    return "passdb {\n  driver = %s\n%s}\n" % (driver, more)


def plugins(*names):
    if NEW:
        return "mail_plugins {\n%s}\n" % "".join("  %s = yes\n" % name for name in names)
    return "mail_plugins = $mail_plugins %s\n" % " ".join(names)


# (name, edits, what must be found: (code, file, text of the line)). An edit is (file, old, new); old None appends.
CASES = [
    ("misspelt name", [(IDENTITY, "pix_identity_issuer =", "pix_identity_isuer =")],
     [("setting-unknown", IDENTITY, "pix_identity_isuer")]),
    ("misspelt name in plugin" if not NEW else "misspelt name of session", [(SESSION, "pix_session_timeout =", "pix_session_timout =")],
     [("setting-unknown", SESSION, "pix_session_timout")]),
    ("a name of ours that never was", [(MAINCONF, None, "pix_frobnicate = yes\n")], [("setting-unknown", MAINCONF, "pix_frobnicate")]),
    ("wrong choice", [(IDENTITY, "pix_identity_store = sqlite", "pix_identity_store = oracle")],
     [("setting-value", IDENTITY, "pix_identity_store = oracle")]),
    ("wrong time", [(SESSION, "pix_session_timeout = 3s", "pix_session_timeout = soon")],
     [("setting-value", SESSION, "pix_session_timeout = soon")]),
    ("time without a unit", [(SESSION, "pix_session_expiry_grace = 0s", "pix_session_expiry_grace = 30")],
     [("setting-value", SESSION, "pix_session_expiry_grace = 30")]),
    ("wrong number", [(IDENTITY, "pix_identity_totp_digits = 6", "pix_identity_totp_digits = six")],
     [("setting-value", IDENTITY, "pix_identity_totp_digits = six")]),
    ("wrong choice for a mail process", [(SESSION, "pix_session_master_users = check", "pix_session_master_users = perhaps")],
     [("setting-value", SESSION, "perhaps")]),
    ("two faults at once", [(SESSION, "pix_session_timeout = 3s", "pix_session_timeout = soon"),
                            (IDENTITY, "pix_identity_store = sqlite", "pix_identity_store = oracle")],
     [("setting-value", SESSION, "soon"), ("setting-value", IDENTITY, "oracle")]),
    ("set twice", [(MAINCONF, None, "pix_identity_issuer = Other\n")],
     [("setting-twice", IDENTITY, "pix_identity_issuer = Mail")]),
    ("another passdb first", [(AUTHCONF, "passdb", passdb("passwd-file", "  args = /x\n" if not NEW else "  passwd_file_path = /x\n") + "passdb")],
     [("passdb-order", AUTHCONF, "passdb")] * 4),
    ("another passdb first in one protocol", [(AUTHCONF, None, "protocol pop3 {\n" + passdb("static", "  args = password=y\n" if not NEW else "  static_password = y\n", "other") + "}\n")],
     [("passdb-order", AUTHCONF, "passdb")]),
    ("ours only in one protocol", [(AUTHCONF, passdb("pix_mfa") if not NEW else "passdb pix_mfa {\n}\n", ""),
                                   (AUTHCONF, None, "protocol imap {\n" + passdb("pix_mfa") + "}\n")],
     [("passdb-missing", None, "")] * 3),
    ("ours twice", [(AUTHCONF, None, "protocol imap {\n" + passdb("pix_mfa", name="again") + "}\n")],
     [("passdb-twice", AUTHCONF, "passdb")]),
    ("ours alone", [(AUTHCONF, AUTH[AUTH.index("passdb", 5):AUTH.index("userdb")], "")], [("passdb-alone", None, "")] * 4),
    ("ours in a worker", [(AUTHCONF, "passdb pix_mfa {\n" if NEW else "  driver = pix_mfa\n",
                           "passdb pix_mfa {\n  use_worker = yes\n" if NEW else "  driver = pix_mfa\n  args = blocking=yes\n")],
     [("passdb-setting", AUTHCONF, "use_worker" if NEW else "args = blocking")]),
    ("ours for some users", [(AUTHCONF, "passdb pix_mfa {\n" if NEW else "  driver = pix_mfa\n",
                              ("passdb pix_mfa {\n" if NEW else "  driver = pix_mfa\n") + "  username_filter = !bob\n")],
     [("passdb-setting", AUTHCONF, "username_filter")]),
    ("ours for some mechanisms", [(AUTHCONF, "passdb pix_mfa {\n" if NEW else "  driver = pix_mfa\n",
                                   "passdb pix_mfa {\n  mechanisms_filter = plain\n" if NEW else "  driver = pix_mfa\n  mechanisms = plain\n")],
     [("passdb-setting", AUTHCONF, "mechanisms")]),
    ("ours after another's success", [(AUTHCONF, "passdb pix_mfa {\n" if NEW else "  driver = pix_mfa\n",
                                       ("passdb pix_mfa {\n" if NEW else "  driver = pix_mfa\n") + "  skip = authenticated\n")],
     [("passdb-setting", AUTHCONF, "skip")]),
    ("a passdb that makes others accept all", [(AUTHCONF, "  static_password = x\n" if NEW else "  args = password=x\n",
                                                ("  static_password = x\n" if NEW else "  args = password=x\n") + "  result_success = continue-ok\n")],
     [("passdb-continue", AUTHCONF, "result_success")]),
    ("master users without a factor", [(AUTHCONF, None, passdb("passwd-file", "  master = yes\n" + ("  args = /x\n" if not NEW else "  passwd_file_path = /x\n"), "masters"))],
     [("passdb-master", AUTHCONF, "passdb")]),
    ("a mechanism without passwords", [(MAINCONF, None, "auth_mechanisms = plain gssapi\n")], [("mechanism", MAINCONF, "gssapi")]),
    ("a protocol with plugins of its own", [(MAINCONF, "!include conf.d/*", NO_PLUGINS + "!include conf.d/*")],
     [("plugin-inactive", MAINCONF, "mail_plugins = imap_quota")]),
    ("plugins overwritten behind us", [("conf.d/40-late.conf", None, "mail_plugins = quota\n")],
     [("plugin-inactive", "conf.d/40-late.conf", "mail_plugins = quota")] * 4),
    ("no second line", [(SESSION, plugins("pix_session") if NEW else "mail_plugins = $mail_plugins pix_session\n", "")],
     [("plugin-inactive", None, "")]),
    ("a plugin that is not installed", [(MAINCONF, None, "mail_plugin_dir = /nonexistent\n")], [("plugin-missing", SESSION, "pix_session")]),
    ("no service", [(IDENTITY, None, None)], [("service-missing", None, "")]),
    ("a service as root", [(IDENTITY, "  user = _pix-identity", "  user = root")], [("service-user", IDENTITY, "user = root")]),
    ("a service as auth", [(IDENTITY, "  user = _pix-identity", "  user = dovecot")], [("service-user", IDENTITY, "user = dovecot")]),
    ("a user that does not exist", [(IDENTITY, "  user = _pix-identity", "  user = _pix-nobody")], [("user-missing", IDENTITY, "_pix-nobody")]),
    ("many processes", [(IDENTITY, "process_limit = 1", "process_limit = 8")], [("service-limit", IDENTITY, "process_limit = 8")]),
    ("no program", [(IDENTITY, "executable = pix-identity", "executable = pix-identify")], [("service-program", IDENTITY, "pix-identify")]),
    ("an admin socket for all", [(IDENTITY, "unix_listener pix-identity-admin {\n    mode = 0600", "unix_listener pix-identity-admin {\n    mode = 0666")],
     [("socket-mode", IDENTITY, "mode = 0666")]),
    ("a socket that auth can not open", [(IDENTITY, "    user = dovecot\n", "")], [("socket-user", IDENTITY, "unix_listener pix-identity {")]),
    ("no socket for mail processes", [(IDENTITY, "  unix_listener pix-identity-session {\n    mode = 0666\n  }\n", "")],
     [("socket-missing", IDENTITY, "service pix-identity")]),
    ("mail processes that never are root", [(MAINCONF, None, "service imap {\n  user = vmail\n}\n")], [("session-user", MAINCONF, "user = vmail")]),
    ("no key", [(IDENTITY, "keys/identity.key", "keys/nothing.key")], [("key-missing", IDENTITY, "nothing.key")]),
    ("a key that others read", [(IDENTITY, "/etc/dovecot-pix/keys/identity.key", "{files}/open.key")], [("key-mode", IDENTITY, "open.key")]),
    ("a key of another user", [(IDENTITY, "/etc/dovecot-pix/keys/identity.key", "{files}/foreign.key")], [("key-owner", IDENTITY, "foreign.key")]),
    ("a short key", [(IDENTITY, "/etc/dovecot-pix/keys/identity.key", "{files}/short.key")], [("key-size", IDENTITY, "short.key")]),
    ("a folder that is missing", [(IDENTITY, "pix_identity_dir = /var/lib/dovecot-pix/identity\n", "pix_identity_dir = /var/lib/dovecot-pix/nothing\n")],
     [("dir-missing", IDENTITY, "nothing")]),
    ("a folder of another user", [(IDENTITY, "pix_identity_dir = /var/lib/dovecot-pix/identity\n", "pix_identity_dir = {files}/foreign\n")],
     [("dir-owner", IDENTITY, "foreign")]),
    ("a folder open to all", [(IDENTITY, "pix_identity_dir = /var/lib/dovecot-pix/identity\n", "pix_identity_dir = {files}/open\n")],
     [("dir-mode", IDENTITY, "open")]),
    ("a file for a folder", [(IDENTITY, "pix_identity_dir = /var/lib/dovecot-pix/identity\n", "pix_identity_dir = {files}/short.key\n")],
     [("dir-type", IDENTITY, "short.key")]),
    ("retention on mbox", [(MAINCONF, "mail_driver = sdbox" if NEW else "mail_location = sdbox:~/mail", "mail_driver = mbox" if NEW else "mail_location = mbox:~/mail"),
                           (MAINCONF, None, plugins("pix_archive"))],
     [("mbox", MAINCONF, "mbox")]),
    ("a section left open", [(AUTHCONF, None, "protocol imap {\n")], [("syntax", AUTHCONF, "protocol imap {")]),
    ("a brace too many", [("conf.d/25-x.conf", None, "}\n")], [("syntax", "conf.d/25-x.conf", "}")]),
    ("a line without sense", [("conf.d/25-x.conf", None, "please log in\n")], [("syntax", "conf.d/25-x.conf", "please")]),
    ("an include that is missing", [(MAINCONF, None, "!include gone.conf\n")], [("include", MAINCONF, "gone.conf")]),
    ("files that include each other", [("conf.d/25-x.conf", None, "!include 25-x.conf\n")], [("include", "conf.d/25-x.conf", "!include")]),
]
# What only the host itself can say, and what follows from the fault.
FOLLOWS = {
    "a service as root": {"dir-owner"},
    "a service as auth": {"dir-owner"},
    "retention on mbox": {"plugin-missing", "service-missing"},
    "a section left open": {"plugin-inactive"},
}


@pytest.fixture(scope="module")
def place(sandbox):
    files = sandbox.files
    for name, mode, owner, size in (("open.key", 0o644, 0, 32), ("foreign.key", 0o600, 47100, 32), ("short.key", 0o600, 0, 5)):
        path = sandbox.write(name, b"k" * size, mode)
        os.chown(path, owner, owner)
    for name, mode, owner in (("foreign", 0o700, 47100), ("open", 0o755, 47101)):
        os.makedirs(os.path.join(files, name), exist_ok=True)
        os.chmod(os.path.join(files, name), mode)
        os.chown(os.path.join(files, name), owner, owner)
    return sandbox


def check(box, name, edits=()):
    texts = base()
    for file, old, new in edits:
        if new is None:
            del texts[file]
        elif old is None:
            texts[file] = texts.get(file, "") + new
        else:
            assert old in texts[file], "the case is out of date: %r is not in %s" % (old, file)
            texts[file] = texts[file].replace(old, new.replace("{files}", box.files), 1)
    folder = "".join(c if c.isalnum() else "-" for c in name)
    for file, text in texts.items():
        box.write(os.path.join(folder, file), text)
    done = box.doveadm("-f", "json", "pix", "check", "-c", os.path.join(box.files, folder, MAINCONF), check=False)
    rows = json.loads(done.stdout)
    found = []
    for row in rows:
        line = ""
        if row["line"]:
            with open(row["file"]) as lines:
                line = lines.read().splitlines()[int(row["line"]) - 1]
        found.append(dict(row, at=line, file=os.path.relpath(row["file"], os.path.join(box.files, folder)) if row["file"] else None))
    return done.returncode, found


def test_a_good_configuration_has_no_finding(place):
    code, rows = check(place, "good")
    assert [row for row in rows if row["level"] != "info"] == []
    assert code == 0
    active = [row["text"] for row in rows if row["code"] == "active"]
    assert "protocol imap: pix_session" in active and len(active) == 7


@pytest.mark.parametrize("name, edits, wanted", CASES, ids=[case[0] for case in CASES])
def test_a_fault_is_found_where_it_stands(place, name, edits, wanted):
    code, rows = check(place, name, edits)
    bad = [row for row in rows if row["level"] != "info"]
    for what, file, text in wanted:
        match = [row for row in bad if row["code"] == what and row["file"] == file and text in row["at"]]
        assert match, "%s at %s is not among %r" % (what, file, bad)
        bad.remove(match[0])
    assert [row for row in bad if row["code"] not in FOLLOWS.get(name, set()) | {"host"}] == []
    levels = {row["level"] for row in rows}
    assert code == (78 if "error" in levels else 1)


def test_the_running_sandbox_itself_is_found_right(place):
    done = place.doveadm("-f", "json", "pix", "check", check=False)
    rows = json.loads(done.stdout)
    assert [row for row in rows if row["level"] == "error" and row["code"] not in ("passdb-order",)] == [], rows


def test_every_format_of_doveadm_shows_it(place):
    folder = os.path.join(place.files, "formats")
    place.write("formats/dovecot.conf", "pix_frobnicate = yes\n")
    for words in (["-f", "tab"], ["-f", "table"], ["-f", "flow"], []):
        done = place.doveadm(*words, "pix", "check", "-c", folder + "/dovecot.conf", check=False)
        assert "pix_frobnicate" in done.stdout and done.returncode == 78


def test_status_tells_health_by_its_exit_code(place):
    done = place.doveadm("pix", "status", check=False)
    assert "identity" in done.stdout and done.returncode in (0, 1)
    place.allow("pix-identity")
    place.kill("pix-identity", 19)
    try:
        done = place.doveadm("pix", "status", check=False, timeout=60)
        assert done.returncode == 75 and "fail" in done.stdout
    finally:
        place.kill("pix-identity", 18)


def test_a_configuration_that_doveadm_can_not_start_with(place):
    """dovecot-pix-check reads what doveadm itself would die of."""
    path = place.path("conf", "dovecot.conf")
    with open(path) as conf:
        good = conf.read()
    try:
        with open(path, "w") as conf:
            conf.write(good + "pix_frobnicate = yes\nprotocol imap {\n")
        assert place.doveadm("pix", "check", check=False).returncode != 0
        done = place.exec("dovecot-pix-check", "-f", "json", check=False)
        codes = {row["code"] for row in json.loads(done.stdout) if row["level"] == "error"}
        assert done.returncode == 78 and {"setting-unknown", "syntax"} <= codes
    finally:
        with open(path, "w") as conf:
            conf.write(good)
    done = place.exec("dovecot-pix-check", "--help", check=False)
    assert done.returncode == 64 and "FORMAT" in done.stderr
