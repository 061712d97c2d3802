"""What the documents point at is there."""
import glob
import os
import re

import pytest

from pixtest.sandbox import TOP

PAGES = sorted(os.path.relpath(page, TOP) for pattern in ("*.md", "docs/**/*.md")
               for page in glob.glob(os.path.join(TOP, pattern), recursive=True))


@pytest.mark.parametrize("page", PAGES)
def test_links(page):
    with open(os.path.join(TOP, page)) as file:
        text = file.read()
    folder = os.path.dirname(os.path.join(TOP, page))
    missing = [target for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
               if "://" not in target and not target.startswith("mailto:")
               and not os.path.exists(os.path.join(folder, target))]
    assert not missing


def test_man_pages():
    """A page of ours that another one or a drop-in names exists: pix-session(7)."""
    have = {os.path.basename(page)[:-len(".scd")] for page in glob.glob(os.path.join(TOP, "docs/man/*.scd"))}
    missing = set()
    for pattern in ("docs/man/*.scd", "docs/guides/*.md", "conf.d/*/*.conf", "README.md"):
        for path in glob.glob(os.path.join(TOP, pattern)):
            with open(path) as file:
                for name, section in re.findall(r"\b((?:doveadm-)?pix-[a-z0-9.-]*[a-z0-9])\*?\((\d)\)", file.read()):
                    if "%s.%s" % (name, section) not in have:
                        missing.add("%s: %s(%s)" % (os.path.relpath(path, TOP), name, section))
    assert not missing
