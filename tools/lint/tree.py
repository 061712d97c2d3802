"""The files that lint looks at."""
import os

# what autotools leave in the top folder
GENERATED = {"configure", "configure~", "config.status", "libtool", "aclocal.m4", "Makefile", "Makefile.in"}
SKIPPED = {".git", "build", "build-aux", "autom4te.cache", "__pycache__", "m4", ".ci"}


class File:
    def __init__(self, root, path):
        self.path = path
        with open(os.path.join(root, path), "rb") as data:
            self.data = data.read()
        self.text = self.data.decode("utf-8", "replace")
        self.lines = self.text.splitlines()

    @property
    def name(self):
        return os.path.basename(self.path)

    @property
    def room(self):
        """lib/core, plugins/session, services/pix-audit …"""
        parts = self.path.split("/")
        return "/".join(parts[:2]) if parts[0] in ("lib", "plugins", "services") else parts[0]

    def at(self, number, what):
        return "%s:%d: %s" % (self.path, number, what)


class Tree:
    def __init__(self, root, build=None):
        self.root = root
        self.build = build
        self.files = []
        for folder, names, files in os.walk(root):
            names[:] = sorted(name for name in names if name not in SKIPPED)
            for name in sorted(files):
                path = os.path.relpath(os.path.join(folder, name), root)
                if path not in GENERATED and not os.path.islink(os.path.join(root, path)):
                    self.files.append(path)
        self.cache = {}

    def read(self, path):
        if path not in self.cache:
            self.cache[path] = File(self.root, path)
        return self.cache[path]

    def all(self, *ends, under=()):
        """Files whose name ends so, in these folders."""
        for path in self.files:
            if path.endswith(ends) and (not under or path.startswith(tuple(folder + "/" for folder in under))):
                yield self.read(path)

    def code(self, *ends):
        """C of the product: lib, plugins, services."""
        return self.all(*(ends or (".c", ".h")), under=("lib", "plugins", "services"))

    def headers(self):
        """name of each header of ours → its room"""
        return {file.name: file.room for file in self.code(".h")}
