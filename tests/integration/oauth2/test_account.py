"""A token is its own factor; what the account may do stays with auth-mfa and the passdbs."""
import pytest

import issuer
from pixtest import HOST, Sandbox
from pixtest.mfa import Person
from test_login import KEYS, attempt, token

# who is denied must be asked about before the passdb that says yes
DENY = {"2.4": "passdb denied {\n  driver = passwd-file\n  deny = yes\n  passwd_file_path = {files}/denied\n}\n"
               "passdb all {\n  driver = static\n  static_password = pass\n}\n",
        "2.3": "passdb {\n  driver = passwd-file\n  deny = yes\n  args = {files}/denied\n}\n"
               "passdb {\n  driver = static\n  args = password=pass\n}\n"}[HOST]


@pytest.fixture(scope="module", params=["optional", "required"])
def box(request):
    with Sandbox(without=["audit", "archive", "sort"], conf=DENY, args=["--no-passdb"],
                 sets={"pix_oauth2_issuer": issuer.NAME, "pix_oauth2_keys": "{files}/keys.json",
                       "pix_oauth2_user": "{email}", "pix_oauth2_passdb_check": request.param},
                 files={"keys.json": issuer.jwks(*KEYS.values()), "denied": "dave:\n"}) as sandbox:
        yield sandbox


@pytest.mark.parametrize("mech", ["OAUTHBEARER", "XOAUTH2"])
def test_account(box, mech):
    assert attempt(box, "imap", mech, "bob", token(box, "bob"))[0]
    # denied by a passdb of the operator
    assert not attempt(box, "imap", mech, "dave", token(box, "dave"))[0]


def test_enrolled_and_locked(box):
    Person(box, "carol").enroll()
    assert attempt(box, "imap", "OAUTHBEARER", "carol", token(box, "carol"))[0]
    box.doveadm("pix", "account", "lock", "-u", "carol")
    assert not attempt(box, "imap", "OAUTHBEARER", "carol", token(box, "carol"))[0]
    box.doveadm("pix", "account", "unlock", "-u", "carol")
    assert attempt(box, "imap", "OAUTHBEARER", "carol", token(box, "carol"))[0]
