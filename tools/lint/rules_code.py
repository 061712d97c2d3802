"""Layering and style of the C sources."""
import re
import statistics

# Dovecot's stable lib/ subset, which lib/core may use (docs/design/rooms.md).
STABLE = set("""lib.h array.h buffer.h str.h strfuncs.h strnum.h hash.h base32.h base64.h hmac.h sha1.h sha2.h
    iso8601-date.h safe-memset.h byteorder.h unichar.h hex-binary.h hex-dec.h llist.h""".split())
# lib/core does no I/O; reading a key into locked memory is the exception.
CORE_EXTRA = {
    "lib/core/pix-secret.c": {"fcntl.h", "sys/mman.h", "sys/stat.h", "unistd.h"},
    # addresses and patterns are parsed, nothing is opened
    "lib/core/pix-mfa-policy.c": {"arpa/inet.h", "fnmatch.h"},
}
CORE_SYSTEM = re.compile(r"^(openssl/[a-z0-9_]+|liboath/oath|jwt|jansson|sqlite3|zstd|ctype|errno|limits|math|stddef|stdint|stdio|stdlib|string|strings|"
                         r"time|inttypes|stdarg|stdbool|locale|wchar|wctype|float)\.h$")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
VERSION = re.compile(r"\b(DOVECOT_VERSION_M[A-Z]+|DOVECOT_PREREQ|PIX_DOVECOT_24|PIGEONHOLE_VERSION\w*)\b")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
STRING = re.compile(r'"(?:\\.|[^"\\\n])*"')
HEAD = "/* Copyright (c) 2026 dovecot-pix authors, see the included COPYING file */"
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
DEAD_CODE = re.compile(r"^\s*#\s*if\s+0\b|^\s*//|/\*\s*(?:[\w.>*-]+\s*\([^)]*\)|[\w.>*-]+(?:\[[^]]*\])?\s*=[^*]*|return\b[^*]*|\}|\{)\s*;\s*\*/\s*$")
COMPARE = re.compile(r"\b(memcmp|bcmp|strcmp|strncmp|strcasecmp|strncasecmp|str_equals)\s*\(")
SECRET = re.compile(r"secret|passw|passphrase|hmac|\bmac\b|_mac\b|\bnonce\b|\bticket\b|\botp\b|recovery|private_key|\bapi_key\b", re.I)
NOT_SECRET = "not a secret"

FILE_LINES_MAX = 600
MEDIAN_LINES_MAX = 250


def blank(text, pattern):
    """The text with every match blanked out, lines kept."""
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), text)


def versions_in_host_alone(tree):
    for file in tree.code():
        if file.room == "lib/host":
            continue
        for number, line in enumerate(blank(blank(file.text, COMMENT), STRING).splitlines(), 1):
            match = VERSION.search(line)
            if match:
                yield file.at(number, "%s: version tests belong into lib/host" % match.group(1))


def arrows(tree):
    """plugins/*, services/* → lib/host → lib/core, never sideways."""
    rooms = tree.headers()
    for file in tree.code():
        for number, line in enumerate(file.lines, 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            kind, name = match.groups()
            base = name.rsplit("/", 1)[-1]
            target = rooms.get(base)
            if "/" in name and kind == '"':
                yield file.at(number, "%s: include by file name, not by path" % name)
            if target is None:
                if file.room == "lib/core" and name not in CORE_EXTRA.get(file.path, ()) and not (
                        base in STABLE if kind == '"' else CORE_SYSTEM.match(name)):
                    yield file.at(number, "%s: lib/core may not use it" % name)
                continue
            if kind == "<":
                yield file.at(number, "%s is ours: include it with quotes" % name)
            allowed = {"lib/core"} | ({file.room} if file.room != "lib/core" else set())
            if file.room != "lib/core":
                allowed.add("lib/host")
            if target not in allowed:
                yield file.at(number, "%s of %s: no arrow leads there from %s" % (name, target, file.room))


def headers_guarded(tree):
    for file in tree.code(".h"):
        if not re.search(r"^#ifndef (\w+_H)\n#define \1\n", file.text, re.M):
            yield file.at(1, "needs an include guard %s" % re.sub(r"[^A-Z0-9]", "_", file.name.upper()))


def copyright_line(tree):
    for file in tree.all(".c", ".h", under=("lib", "plugins", "services", "tests")):
        if not file.lines or file.lines[0] != HEAD:
            yield file.at(1, "the first line must be: " + HEAD)


def sizes(tree):
    files = list(tree.all(".c", ".h", ".py", ".sh")) + [tree.read(path) for path in tree.files if is_script(tree, path)]
    lengths = []
    for file in {file.path: file for file in files}.values():
        lengths.append(len(file.lines))
        if len(file.lines) > FILE_LINES_MAX:
            yield file.at(len(file.lines), "%d lines; at most %d" % (len(file.lines), FILE_LINES_MAX))
    if lengths and statistics.median(lengths) > MEDIAN_LINES_MAX:
        yield "median of all files: %d lines; at most %d" % (statistics.median(lengths), MEDIAN_LINES_MAX)


def is_script(tree, path):
    return "." not in path.rsplit("/", 1)[-1] and tree.read(path).data[:2] == b"#!"


def nothing_unfinished(tree):
    for file in tree.all(".c", ".h", ".py", ".sh", ".mk", ".am", ".conf"):
        if file.path.startswith("tools/lint/") or file.path.startswith("tests/integration/suite/test_lint"):
            continue
        for number, line in enumerate(file.lines, 1):
            if UNFINISHED.search(line):
                yield file.at(number, "unfinished: " + UNFINISHED.search(line).group(1))
            if file.path.endswith((".c", ".h")) and DEAD_CODE.search(line):
                yield file.at(number, "commented-out code")


def arguments_at(text, start):
    """What stands between the bracket before start and the one that closes it."""
    depth = 1
    for end in range(start, min(len(text), start + 2000)):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        if depth == 0:
            return text[start:end]
    return ""


def secrets_compared_in_constant_time(tree):
    for file in tree.code():
        text = blank(file.text, COMMENT)
        for match in COMPARE.finditer(text):
            arguments = arguments_at(text, match.end())
            if STRING.search(arguments):
                # a word of the protocol, which everyone knows
                continue
            # names of constants are no secrets either
            arguments = re.sub(r"\b[A-Z][A-Z0-9_]+\b", "", arguments)
            number = text.count("\n", 0, match.start()) + 1
            if SECRET.search(arguments) and NOT_SECRET not in "\n".join(file.lines[max(0, number - 3):number + 1]):
                yield file.at(number, "%s() of what looks like a secret: use mem_equals_timing_safe() "
                              "(or say in a comment that it is not a secret)" % match.group(1))


def logs_have_one_line(tree):
    for file in tree.code(".c"):
        for match in re.finditer(r'\b(?:e_error|e_warning|e_info|i_error|i_warning|i_info)\s*\((?:[^;"]*,)?\s*("(?:\\.|[^"\\])*")',
                                 blank(file.text, COMMENT)):
            if "\\n" in match.group(1):
                yield file.at(file.text.count("\n", 0, match.start()) + 1, "a log message has one line")


RULES = [versions_in_host_alone, arrows, headers_guarded, copyright_line, sizes, nothing_unfinished,
         secrets_compared_in_constant_time, logs_have_one_line]
