"""An app password is its owner's alone: it is no password of a master user."""
from pixtest import HOST
from pixtest.mfa import try_imap

# ours is the first of the masters too, as the check of the chains wants
MASTER = {"2.4": "passdb pix_mfa_master {\n  driver = pix_mfa\n  master = yes\n}\n"
                 "passdb master {\n  driver = passwd-file\n  master = yes\n  passwd_file_path = {files}/masters\n}\n",
          "2.3": "passdb {\n  driver = pix_mfa\n  master = yes\n}\n"
                 "passdb {\n  driver = passwd-file\n  master = yes\n  args = {files}/masters\n}\n"}[HOST]
SANDBOX = dict(without=["audit", "archive", "sort", "auth-oauth2", "session"],
               conf=MASTER + "auth_master_user_separator = *\n",
               files={"masters": "admin:{PLAIN}admin-pass\n"})


def test_app_password_is_none_of_the_master(sandbox):
    row = sandbox.doveadm_json("pix", "app-password", "add", "-u", "bob", "--label", "phone")[0]
    sandbox.secret(row["password"], row["password"].replace("-", ""))
    assert try_imap(sandbox, "bob", row["password"])[0]
    assert try_imap(sandbox, "bob*admin", "admin-pass")[0]
    assert not try_imap(sandbox, "bob*admin", row["password"])[0]
    assert not try_imap(sandbox, "alice*admin", row["password"])[0]
