"""Two sessions at work on the same retained mail."""
from test_paths import CONF, Case

SANDBOX = dict(conf=CONF)


def test_move_within_the_folder_that_another_session_expunges(sandbox):
    first = Case(sandbox, "dave")
    second = Case(sandbox, "dave")
    first.select()
    uids = b",".join(first.imap.uid("SEARCH", "ALL")[1][0].split()).decode()
    # the other session takes the second mail away, and the first one doesn't know it yet
    second.mark()
    uid = second.find()[0].decode()
    assert second.imap.uid("EXPUNGE", uid)[0] == "OK"
    first.imap.uid("MOVE", uids, "INBOX")
    assert first.exists() and second.exists()


def test_special_use_does_not_follow_a_rename(sandbox):
    """A hold or rule of a folder's name: what is protected less under the new name is handed over first."""
    case = Case(sandbox, "dave")
    case.select()
    case.imap.create("Before")
    assert case.imap.uid("MOVE", case.find()[0].decode(), "Before")[0] == "OK"
    case.imap.close()
    case.imap.rename("Before", "After")
    case.mark("After")
    assert case.imap.expunge()[0] == "OK"
    assert case.exists()
