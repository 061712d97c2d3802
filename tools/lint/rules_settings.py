"""Settings: the tables of lib/host, the drop-ins of both hosts and the man pages say the same."""
import re

DEF = re.compile(r"\bDEF\((\w+),\s*(pix_\w+)\)")
DEFAULT = re.compile(r"^\s*\.(pix_\w+)\s*=\s*(.*?),\s*$", re.M)
CONF = re.compile(r"^\s*#(?!\s[^\s])\s*(pix_\w+)\s*=[ \t]*(.*?)\s*$")
MACROS = {"PIX_STATEDIR": "/var/lib/dovecot-pix", "PIX_SYSCONFDIR": "/etc"}
UNITS = [("milliseconds", 0.001), ("millisecond", 0.001), ("msecs", 0.001), ("msec", 0.001), ("ms", 0.001), ("seconds", 1), ("second", 1), ("secs", 1), ("sec", 1),
         ("s", 1), ("minutes", 60), ("minute", 60), ("mins", 60), ("min", 60), ("m", 60), ("hours", 3600), ("hour", 3600), ("h", 3600),
         ("days", 86400), ("day", 86400), ("d", 86400), ("weeks", 604800), ("week", 604800), ("w", 604800)]
SIZES = {"": 1, "b": 1, "k": 1024, "m": 1024 ** 2, "g": 1024 ** 3, "t": 1024 ** 4}


def seconds(text):
    match = re.fullmatch(r"(\d+)\s*([a-z]*)", text.strip().lower())
    if not match:
        return None
    if match.group(1) == "0":
        return 0
    for unit, factor in UNITS:
        if match.group(2) == unit:
            return int(match.group(1)) * factor
    return None


def size(text):
    match = re.fullmatch(r"(\d+)\s*([bkmgt]?)(i?b)?", text.strip().lower())
    return int(match.group(1)) * SIZES[match.group(2)] if match else None


def number(text):
    """A C integer expression of literals."""
    text = re.sub(r"\b(\d+)[uUlL]+\b", r"\1", text)
    if not re.fullmatch(r"[\d\s*+()<-]+", text):
        return None
    return eval(text)  # digits and operators alone


def string(text):
    parts = re.findall(r'"((?:\\.|[^"\\])*)"|(\w+)', text)
    return "".join(MACROS.get(name, name) if name else literal for literal, name in parts)


def same(kind, default, shown):
    """Does the value of the drop-in mean the default?"""
    shown = shown.strip()
    if kind == "BOOL":
        return {"TRUE": "yes", "FALSE": "no", "true": "yes", "false": "no"}.get(default) == shown
    if kind == "TIME":
        return number(default) == seconds(shown)
    if kind == "TIME_MSECS":
        value = seconds(shown)
        return value is not None and number(default) == round(value * 1000)
    if kind == "SIZE":
        return number(default) == size(shown)
    if kind.startswith("UINT") or kind in ("IN_PORT",):
        return number(default) == (int(shown) if shown.isdigit() else None)
    if kind == "ENUM":
        return string(default).split(":")[0] == shown
    return string(default) == shown.strip('"')


def tables(tree):
    """Each setting: (file, line, type, name, default text)."""
    for file in tree.all(".c", under=("lib/host",)):
        if not file.name.startswith("pix-settings-"):
            continue
        defaults = dict(DEFAULT.findall(file.text))
        for match in DEF.finditer(file.text):
            kind, name = match.groups()
            empty = '""' if kind in ("STR", "STR_NOVARS", "ENUM", "STR_VARS") else "FALSE" if kind == "BOOL" else "0"
            yield file, file.text.count("\n", 0, match.start()) + 1, kind, name, defaults.get(name, empty)


def drop_ins_show_every_setting(tree):
    for host in ("2.3", "2.4"):
        shown, block = {}, ""
        for file in tree.all(".conf", under=("conf.d/" + host,)):
            for line_number, line in enumerate(file.lines, 1):
                if line.rstrip().endswith("{"):
                    block = line.strip("# \t{").split(" ")[0]
                match = CONF.match(line)
                # in mail_plugins {} and login_plugins {} stand names of plugins
                if match and not block.endswith("_plugins"):
                    shown[match.group(1)] = (file, line_number, match.group(2))
                if line.strip("# \t") == "}":
                    block = ""
        known = set()
        for file, line_number, kind, name, default in tables(tree):
            known.add(name)
            if name not in shown:
                yield file.at(line_number, "%s is in no drop-in of conf.d/%s" % (name, host))
            elif not same(kind, default, shown[name][2]):
                where = shown[name]
                yield where[0].at(where[1], "%s = %s, but its default is %s" % (name, where[2], default))
        for name, (file, line_number, _value) in shown.items():
            if name not in known:
                yield file.at(line_number, "%s is no setting of lib/host/pix-settings-*.c" % name)


def man_pages_describe_every_setting(tree):
    pages = "\n".join(file.text for file in tree.all(".scd", under=("docs/man",)))
    for file, line_number, _kind, name, _default in tables(tree):
        if not re.search(r"\b%s\b" % name, pages.replace("\\_", "_")):
            yield file.at(line_number, "%s is in no man page of docs/man" % name)


def drop_ins_are_comments(tree):
    names = {}
    for host in ("2.3", "2.4"):
        names[host] = set()
        for file in tree.all(".conf", under=("conf.d/" + host,)):
            names[host].add(file.name)
            for line_number, line in enumerate(file.lines, 1):
                if line.strip() and not line.lstrip().startswith("#"):
                    yield file.at(line_number, "a drop-in is all comments")
    for name in sorted(names["2.3"] ^ names["2.4"]):
        yield "conf.d: %s is there for one host alone" % name


RULES = [drop_ins_show_every_setting, man_pages_describe_every_setting, drop_ins_are_comments]
