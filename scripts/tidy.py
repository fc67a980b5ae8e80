#!/usr/bin/env python3
"""The rules of the house that a compiler does not know. Runs as the ctest `tidy`.

    scripts/tidy.py [FOLDER]      checks every file that git knows there, or would know

Each finding is one line: file, line, rule, what is wrong and what to do instead. Exit status 1 if
there is any; warnings alone do not fail. tests/tidy/tidy_selftest.py breaks each rule on purpose.
"""

import ast
import os
import pathlib
import re
import subprocess
import sys
import typing

import cmake_text
import cxx_text

# Who may include whom. CORE has no sockets, no threads and no clock: whatever it needs of these
# arrives as an argument, so that a whole conversation can be tested in no time and replayed.
CORE = {"base", "audio", "proto", "ws", "turn", "policy", "meter", "session", "recording", "sim"}
# Fuzz targets read what the core does, and the bytes that strangers and owners send to the shell.
FUZZED = CORE | {"config", "net"}
SHELL = {"obs", "config", "net", "upstream", "speech", "assistant", "offline", "server",
         "cli"}
MAY_INCLUDE = {
    "base": set(),
    "audio": {"base"},
    "proto": {"base"},
    "ws": {"base"},
    "turn": {"base"},
    "policy": {"base"},
    "meter": {"base", "proto"},
    "session": {"base", "audio", "proto", "turn", "policy", "meter"},
    "recording": {"base", "audio", "proto", "ws", "turn", "meter", "session"},
    "sim": {"base", "audio", "proto", "turn", "policy", "session", "recording"},
    "obs": {"base"},
    "config": {"base", "policy", "proto", "meter"},
    "net": {"base", "ws", "obs"},
    "upstream": {"base", "proto", "obs", "net"},
    "speech": {"base", "audio"},
    "assistant": {"base"},
    "offline": {"base", "audio", "proto", "net", "obs", "speech", "ws", "assistant"},
    "server": (CORE | SHELL) - {"cli", "sim"},
    "cli": CORE | SHELL,
}

LINE_COLUMNS_MAX = 100
FILE_LINES_WARN, FILE_LINES_MAX, TEST_LINES_MAX = 400, 600, 800
FUNCTION_LINES_MAX = 70

NETWORK = re.compile(r"boost/(?:asio|beast)\b")
NOT_IN_CORE = re.compile(
    r"(?:thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|stop_token"
    r"|ctime|pthread\.h|time\.h|netdb\.h|poll\.h|netinet/.*|arpa/.*"
    r"|sys/(?:time|socket|un|epoll|poll|select|timerfd)\.h)$")
CLOCK = re.compile(r"\b(?:(?:steady|system|high_resolution)_clock|random_device|clock_gettime"
                   r"|gettimeofday)\b")
SLEEP = re.compile(r"\b(?:sleep_for|sleep_until|usleep|nanosleep|this_thread::sleep\w*"
                   r"|(?<!\.)sleep)\s*\(")
PYTHON_SLEEP = re.compile(r"\btime\.sleep\s*\(")
# GTEST_SKIP() << "why" is named in the report of ./test.
SKIPPED_TEST = re.compile(r"\bGTEST_SKIP\b(?!\(\) << )|\bDISABLED_\w"
                          r"|\b(?:test|it|describe)\.(?:skip|only|todo)\b")
# Written in pieces, so that this file keeps its own rules.
UNFINISHED = re.compile(r"\b(?:FIX" r"ME|TO" r"DO|X" r"XX)\b")
MACHINE_PATH = re.compile(r"(?<![\w.~})-])/(?:wor" r"k|roo" r"t)/|/tmp/b" r"-\w")
REGISTRY = re.compile(
    r"//registry\.[a-z0-9.-]+|\b(?:np" r"mjs\.(?:org|com)|pyp" r"i\.org|pythonhosted\.org"
    r"|proxy\.golang\.org|(?:static|index)\.crates\.io|deb\.debian\.org)", re.IGNORECASE)
NOLINT = re.compile(r"NOLINT(?:NEXTLINE|BEGIN)?\b(?!\([\w.,\s-]+\)\s*[:,;-]?\s*\w)")

# What clang 14 cannot compile with GCC 12's library: ranges that hand out a subrange, and views.
SUBRANGE = re.compile(r"\branges::(?:subrange|equal_range|search|rotate|unique|remove(?:_if)?"
                      r"|(?:stable_)?partition)\b|\bviews::\w+")

CODE = {".h", ".cc", ".js", ".mjs", ".py", ".sh", ".bash"}


class Finding(typing.NamedTuple):
    path: str
    line: int
    rule: str
    message: str
    fatal: bool = True

    def __str__(self):
        word = "" if self.fatal else "warning: "
        return f"{self.path}:{self.line}: {word}[{self.rule}] {self.message}"


class SourceFile:
    """One text file, with what the rules ask about it."""

    def __init__(self, root, path):
        self.path = path
        self.text = (root / path).read_bytes().decode("utf-8", errors="replace")
        self.lines = self.text.splitlines()
        self.name = os.path.basename(path)
        self.suffix = os.path.splitext(path)[1]
        parts = path.split("/")
        self.top = parts[0]
        self.room = parts[1] if parts[0] == "src" and len(parts) > 2 else None
        self.is_cxx = self.suffix in (".h", ".cc")
        self.is_test = (self.top == "tests" or "/test/" in path
                        or re.search(r"(?:^|_)test[_.]|\.test\.", self.name) is not None)
        self.code = cxx_text.code_only(self.text) if self.is_cxx else self.text
        self.includes = list(cxx_text.includes(self.text)) if self.is_cxx else []

    def matches(self, pattern, text=None):
        """Yields (line, what was found) of a pattern, in the file's text or in `text`."""
        for number, line in enumerate((text or self.text).splitlines(), 1):
            if match := pattern.search(line):
                yield number, match.group(0)


def check_includes(file):
    """include-table: rooms include only those that the table allows."""
    if not file.is_cxx or file.top not in ("src", "fuzz"):
        return
    allowed = MAY_INCLUDE.get(file.room, FUZZED if file.top == "fuzz" else None)
    if allowed is None:
        yield 1, "this room is not in MAY_INCLUDE of scripts/tidy.py; add it there, with a reason"
        return
    for line, quoted, name in file.includes:
        room = name.split("/")[0]
        if not quoted:
            if room in MAY_INCLUDE and "/" in name:
                yield line, f'<{name}> is ours; write "{name}"'
        elif room not in MAY_INCLUDE or "/" not in name:
            if file.top == "src":
                yield line, f'"{name}" names no room; write "room/{os.path.basename(name)}"'
        elif room != file.room and room not in allowed:
            listed = ", ".join(sorted(allowed)) or "the standard library only"
            yield line, (f"{file.room or 'fuzz'} may not include {room} (it may: {listed}); pass"
                         " values in, or move the code to the room that may")


def check_network(file):
    """network: Asio and Beast stay in src/net."""
    if file.room == "net" or file.top == "tests":
        return
    for line, _, name in file.includes:
        if NETWORK.match(name):
            yield line, (f"<{name}> outside src/net; use the faces in net/loop.h, net/websocket.h,"
                         " net/http.h")


def check_core(file):
    """core: no threads, clocks or sockets in the rooms of the core."""
    if file.room not in CORE and file.top != "fuzz":
        return
    for line, _, name in file.includes:
        if NOT_IN_CORE.match(name):
            yield line, f"<{name}> in the core; take what it gives as an argument from the shell"
    if file.is_cxx:
        for line, found in file.matches(CLOCK, file.code):
            yield line, f"{found} in the core; take an Instant or an Rng& as an argument"


def check_line_length(file):
    """line-length: nobody scrolls sideways."""
    if file.suffix not in CODE and not file.text.startswith("#!"):
        return
    raw = cxx_text.raw_string_lines(file.text) if file.is_cxx else set()
    for number, line in enumerate(file.lines, 1):
        unbreakable = re.match(r"\s*#\s*include|\s*(?://|#)\s*https?://\S+$", line)
        if len(line) > LINE_COLUMNS_MAX and not unbreakable and number not in raw:
            yield number, (f"{len(line)} columns; break it at {LINE_COLUMNS_MAX} (scripts/format"
                           " does it in C++)")


def check_file_length(file):
    """file-length: a file is one idea."""
    if file.suffix not in CODE:
        return
    limit = TEST_LINES_MAX if file.is_test else FILE_LINES_MAX
    count = len(file.lines)
    if count > limit:
        yield limit, f"{count} lines, {limit} are the limit; split it by idea, not by count"
    elif count > FILE_LINES_WARN and not file.is_test:
        yield FILE_LINES_WARN, (f"{count} lines of at most {limit}; is a second idea in it?", False)


def check_function_length(file):
    """function-length: a function fits on a page."""
    bodies = []
    if file.is_cxx:
        bodies = cxx_text.functions(file.text)
    elif file.suffix == ".py":
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        bodies = [(node.lineno, node.end_lineno - node.lineno + 1)
                  for node in ast.walk(ast.parse(file.text)) if isinstance(node, kinds)]
    for line, count in bodies:
        if count > FUNCTION_LINES_MAX:
            yield line, (f"a function of {count} lines, {FUNCTION_LINES_MAX} are the limit; let one"
                         " function decide and others compute")


def check_headers(file):
    """header: says first what it is for, and can be included twice."""
    if file.suffix != ".h":
        return
    if not file.text.startswith("//"):
        yield 1, "open the header with a comment: what it decides and what it leaves to others"
    if "#pragma once" not in file.lines:
        yield 1, "write #pragma once below the opening comment"


def check_tests(file):
    """test-sleep, test-skip: tests wait for events and are all run."""
    if not file.is_test:
        return
    patterns = {".py": PYTHON_SLEEP, ".cc": SLEEP, ".h": SLEEP}
    if file.suffix in patterns:
        for line, found in file.matches(patterns[file.suffix], file.code):
            yield line, f"{found}...) in a test; wait for the event itself, with a limit"


def check_skips(file):
    """test-skip: a test that is not run shows nothing, unless it says why."""
    if file.is_test and file.suffix in (".cc", ".h", ".js", ".mjs"):
        for line, found in file.matches(SKIPPED_TEST, file.code):
            yield line, f"{found} in a test; make it run everywhere, or remove it"


def check_unfinished(file):
    """unfinished: notes to oneself do not reach the main branch."""
    if file.name != "package-lock.json":
        for line, found in file.matches(UNFINISHED):
            yield line, f"{found}: do it now, or write an issue and leave the note out"


def check_places(file):
    """machine-path: nothing here knows whose machine it was written on."""
    for line, found in file.matches(MACHINE_PATH):
        yield line, f"{found}... is a path of one machine; use one relative to the repository"
    for line, found in file.matches(REGISTRY):
        yield line, (f"{found} is a package registry; leave that to the client's settings (for lock"
                     " files: npm config set omit-lockfile-registry-resolved true)")


def check_nolint(file):
    """nolint: silencing a checker needs its name and an argument."""
    if file.is_cxx:
        for line, _ in file.matches(NOLINT):
            yield line, "write NOLINT(name-of-the-check): why it is wrong here"


def check_ranges(file):
    """clang-ranges: clang 14 fuzzes and reviews this code, so it has to compile it."""
    if file.is_cxx:
        for line, found in file.matches(SUBRANGE, file.code):
            yield line, (f"clang 14 cannot compile {found}; use the std:: algorithm with iterators,"
                         " or lower_bound and upper_bound")


def check_coroutines(file):
    """co-await-brace: GCC 12 destroys braced objects in a co_await expression twice."""
    if file.is_cxx:
        for line in cxx_text.awaited_braces(file.text):
            yield line, "a braced object beside co_await; give it a name on the line before"


FILE_RULES = {
    "include-table": check_includes,
    "network": check_network,
    "core": check_core,
    "line-length": check_line_length,
    "file-length": check_file_length,
    "function-length": check_function_length,
    "header": check_headers,
    "test-sleep": check_tests,
    "test-skip": check_skips,
    "unfinished": check_unfinished,
    "machine-path": check_places,
    "nolint": check_nolint,
    "co-await-brace": check_coroutines,
    "clang-ranges": check_ranges,
}


def check_leaks(files):
    """network-leak: no header of net carries Asio into another room."""
    by_name = {path[len("src/"):]: file for path, file in files.items() if path.startswith("src/")}
    carriers = {}

    def carries(name, seen=()):
        file = by_name.get(name)
        if file is None or name in seen:
            return False
        if name not in carriers:
            carriers[name] = any(
                NETWORK.match(inner) if not quoted else carries(inner, (*seen, name))
                for _, quoted, inner in file.includes)
        return carriers[name]

    for path, file in files.items():
        if file.is_cxx and file.top in ("src", "fuzz") and file.room != "net":
            for line, quoted, name in file.includes:
                if quoted and name.startswith("net/") and carries(name):
                    yield Finding(path, line, "network-leak",
                                  f'"{name}" brings Asio along; move its Asio parts to a .cc file'
                                  " or to a header that only src/net includes")


def check_registration(files):
    """dead-file, dead-test: every source is in its CMakeLists.txt; USES keeps to the table."""
    lists = cmake_text.build_lists(files)
    for path, file in files.items():
        is_node_test = file.top == "tests" and file.name.endswith((".test.js", ".test.mjs"))
        is_source = file.suffix == ".cc" and file.top in ("src", "tests", "fuzz")
        if not is_source and not is_node_test:
            continue
        folder = os.path.dirname(path)
        while folder and folder not in lists:
            folder = os.path.dirname(folder)
        name = os.path.relpath(path, folder or ".")
        sections = {section for word, section in lists.get(folder, [])
                    if cmake_text.names(word, name)}
        if not sections:
            yield Finding(path, 1, "dead-file", f"not named in {folder or '.'}/CMakeLists.txt, so"
                          " nothing builds or runs it")
        elif file.room and name.endswith("_test.cc") and "TESTS" not in sections:
            yield Finding(path, 1, "dead-test",
                          f"not among the TESTS in {folder}/CMakeLists.txt, so it never runs")
    for folder, words in lists.items():
        room = folder.removeprefix("src/")
        for word, section in words:
            if section == "USES" and word not in MAY_INCLUDE.get(room, set()):
                yield Finding(f"{folder}/CMakeLists.txt", 1, "include-table",
                              f"USES {word}: {room} may not include that room")


def tracked_files(root):
    """What git knows below `root`, and what it would take up; without git, everything but build."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        answer = subprocess.run(command, cwd=root, capture_output=True, check=True)
        listed = answer.stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = []
        for folder, folders, names in os.walk(root):
            folders[:] = [name for name in folders if name not in ("build", "node_modules", ".git")]
            listed += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return sorted(path for path in set(listed) if path and (root / path).is_file())


def read_files(root):
    files = {}
    for path in tracked_files(root):
        with open(root / path, "rb") as opened:
            if b"\0" not in opened.read(8192):
                files[path] = SourceFile(root, path)
    return files


def check(root):
    """All findings in the tree at `root`."""
    files = read_files(root)
    for path, file in files.items():
        if file.name == "LICENSE":
            continue
        for rule, function in FILE_RULES.items():
            for line, message in function(file):
                text, fatal = message if isinstance(message, tuple) else (message, True)
                yield Finding(path, line, rule, text, fatal)
    yield from check_leaks(files)
    yield from check_registration(files)


def main():
    if len(sys.argv) > 2 or sys.argv[1:2] in (["-h"], ["--help"]):
        print(__doc__)
        return 2
    default = pathlib.Path(__file__).resolve().parent.parent
    root = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) == 2 else default
    findings = list(check(root))
    for finding in findings:
        print(finding)
    fatal = sum(finding.fatal for finding in findings)
    print(f"tidy: {fatal} findings, {len(findings) - fatal} warnings")
    return 1 if fatal else 0


if __name__ == "__main__":
    sys.exit(main())
