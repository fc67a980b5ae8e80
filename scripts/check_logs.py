#!/usr/bin/env python3
"""Looks for keys, tokens and spoken words in the server logs of a test run.

    scripts/check_logs.py [--secrets tests/secrets.txt] build/test-logs

Exit status 0: logs were there and none holds a secret; 1: a secret was found, or there was nothing
to look at, which would make the check worthless. The line it prints names the file, the line number
and the place of the secret in the list, and never repeats the secret.
"""

import argparse
import base64
import pathlib
import re
import sys
import urllib.parse

# A transcript may reach a log in pieces. Three words in a row of what was said are no coincidence,
# and fewer would hit ordinary log text; a shorter phrase is looked for as a whole.
WORDS_IN_A_ROW = 3


def read_secrets(path):
    """Returns [(line number, kind, text)]; kind is "key", "token" or "phrase"."""
    secrets = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        kind, _, text = line.partition(" ")
        if kind not in ("key", "token", "phrase") or not text.strip():
            sys.exit(f"{path}:{number}: expected `key`, `token` or `phrase` and then the text")
        secrets.append((number, kind, text.strip()))
    if not secrets:
        sys.exit(f"{path}: no secrets are listed, so nothing could be found")
    return secrets


def key_pattern(key):
    """A key as it stands, as a URL carries it, and in base64 at any of its three alignments."""
    forms = {key, urllib.parse.quote(key, safe="")}
    raw = key.encode()
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + raw).decode().rstrip("=")
        # The first and last characters also hold bits of the neighbours.
        forms.add(encoded[(0, 2, 3)[before] : -1])
    return re.compile("|".join(re.escape(form) for form in sorted(forms)), re.IGNORECASE)


def phrase_pattern(phrase):
    """Some words in a row of the phrase, whatever stands between them but other words."""
    words = [re.escape(word) for word in re.findall(r"\w+", phrase)]
    width = min(WORDS_IN_A_ROW, len(words))
    runs = [words[i : i + width] for i in range(len(words) - width + 1)]
    joined = "|".join(r"[\W_]+".join(run) for run in runs)
    return re.compile(rf"(?<![^\W_])(?:{joined})(?![^\W_])", re.IGNORECASE)


def find_secrets(logs, secrets):
    """Returns ([(file, line number, list line number, kind)], files read, bytes read)."""
    patterns = [
        (number, kind, phrase_pattern(text) if kind == "phrase" else key_pattern(text))
        for number, kind, text in secrets
    ]
    found, files, size = [], 0, 0
    for path in sorted(path for path in logs.rglob("*") if path.is_file()):
        text = path.read_bytes().decode("utf-8", errors="replace")
        files += 1
        size += len(text)
        for row, line in enumerate(text.splitlines(), 1):
            for number, kind, pattern in patterns:
                if pattern.search(line):
                    found.append((path, row, number, kind))
    return found, files, size


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("logs", type=pathlib.Path)
    default = pathlib.Path(__file__).resolve().parent.parent / "tests" / "secrets.txt"
    parser.add_argument("--secrets", type=pathlib.Path, default=default)
    options = parser.parse_args()

    found, files, size = find_secrets(options.logs, read_secrets(options.secrets))
    if size == 0:
        print(f"{options.logs}: no server log was written, so there is nothing to look at;"
              " the suites write them where LIVEGATE_TEST_LOGS points")
        return 1
    for path, row, number, kind in found:
        print(f"{path}:{row}: holds the {kind} of {options.secrets.name}:{number};"
              " it must not be logged")
    print(f"{files} logs, {size} characters, {len(found)} secrets found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
