"""Just enough reading of CMake for scripts/tidy.py: which files its lists name, and as what."""

import os
import re


def words_of(text):
    """Yields the words of a CMake file without its comments, each with the keyword of livegate_room
    that it stands behind, such as TESTS, or None. `set(X_TESTS ...)` is such a list too."""
    section, command = None, None
    for word in re.findall(r"[()]|[^\s()]+", re.sub(r"#[^\n]*", "", text)):
        if word in ("livegate_room", "livegate_fuzz", "set"):
            command = word
        elif word == ")":
            section, command = None, None
        elif command == "livegate_room" and word in ("SOURCES", "TESTS", "USES", "LIBRARIES"):
            section = word
        elif command == "set" and word.endswith("_TESTS"):
            section = "TESTS"
        else:
            yield word.strip('"') + (".cc" if command == "livegate_fuzz" else ""), section


def build_lists(files):
    """Returns {folder: words} of every CMakeLists.txt, with the .cmake files beside it that some
    CMakeLists.txt includes."""
    texts = [file.text for file in files.values() if file.name == "CMakeLists.txt"]
    lists = {}
    for path, file in files.items():
        included = file.suffix == ".cmake" and any(file.name in text for text in texts)
        if file.name == "CMakeLists.txt" or included:
            lists.setdefault(os.path.dirname(path), []).extend(words_of(file.text))
    return lists


def names(word, name):
    """Whether a word of a CMake file stands for the file `name`: `echo_${side}.cc` does for
    echo_a.cc, but a variable alone could be anything and names nothing."""
    if "$" not in word:
        return word == name
    literal, *rest = re.split(r"\$\{\w+\}", word)
    pattern = re.escape(literal) + "".join(r"\w+" + re.escape(part) for part in rest)
    return literal.strip("./") != "" and re.fullmatch(pattern, name) is not None
