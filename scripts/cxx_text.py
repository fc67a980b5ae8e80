"""Just enough reading of C++ for scripts/tidy.py: what is code, what it includes, its functions.

No parser: braces and parentheses after comments and literals are blanked. Where that is not enough
to be sure, it stays silent, because a check that cries wolf gets switched off.
"""

import re

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)

# The alternatives are tried in this order at each place. A number is taken with its digit
# separators, so that 1'000 opens no character literal.
_TOKEN = re.compile(
    r'(?P<comment>//(?:[^\n\\]|\\.|\\\n)*|/\*.*?\*/)'
    r'|(?P<raw>R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)")'
    r'|(?P<string>"(?:[^"\\\n]|\\.)*")'
    r"|(?P<number>\b\d[\w.]*(?:'\w+)*)"
    r"|(?P<char>'(?:[^'\\\n]|\\.)+')",
    re.DOTALL)


_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*", re.MULTILINE)


def _blank(match):
    if match.group("number"):
        return match.group(0)
    return re.sub(r"[^\n]", " ", match.group(0))


def code_only(text):
    """The text with comments and literals blanked; every character and line keeps its place."""
    return _TOKEN.sub(_blank, text)


def raw_string_lines(text):
    """The lines that raw strings lie on: a frame as the wire has it cannot be broken anywhere."""
    lines = set()
    for match in _TOKEN.finditer(text):
        if match.group("raw"):
            lines.update(range(line_of(text, match.start()), line_of(text, match.end()) + 1))
    return lines


def without_directives(code):
    """The code with preprocessor lines blanked, those continued by a backslash included."""
    return _DIRECTIVE.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), code)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def includes(text):
    """Yields (line, is it quoted, name) for every include that is no comment."""
    code = code_only(text)
    for match in INCLUDE.finditer(text):
        if code[match.start():].lstrip().startswith("#"):
            yield line_of(text, match.start(0)), match.group(1) == '"', match.group(2)


_TYPE_OR_NAMESPACE = re.compile(r"(?:^|[\s>])(?:namespace|class|struct|union|enum|extern)\b")
_ACCESS = re.compile(r"^\s*(?:public|private|protected)\s*:(?!:)")
_BEFORE_BLOCK = re.compile(r"(?:[)\]]|\)\s*(?:mutable|noexcept|->\s*[\w:<>]+))$")


def _is_function(head):
    """Whether a brace after `head`, at namespace or class scope, opens the body of a function."""
    head = re.sub(r"\boperator\s*(?:\(\s*\)|[^\s(]+)", "operator_", head)
    while True:  # what stands in parentheses says nothing: default arguments hold `=`
        shorter = re.sub(r"\([^()]*\)", " PAREN ", head)
        if shorter == head:
            break
        head = shorter
    head = re.sub(r"\btemplate\s*<.*?>(?=\s*\w)", "", head, flags=re.DOTALL)
    return "PAREN" in head and "=" not in head


def _is_scope(head):
    """Whether a brace after `head` opens a namespace or a type."""
    head = re.sub(r"\btemplate\s*<.*?>(?=\s*\w)", "", head, flags=re.DOTALL)
    head = re.sub(r"\b(?:alignas|__attribute__)\s*\([^()]*\)|\[\[[^\]]*\]\]", "", head)
    return "(" not in head and _TYPE_OR_NAMESPACE.search(head) is not None


def _closing(code, opening):
    """The place of the brace that closes the one at `opening`, or None."""
    depth = 0
    for match in re.compile(r"[{}]").finditer(code, opening):
        depth += 1 if match.group(0) == "{" else -1
        if depth == 0:
            return match.start()
    return None


def functions(text):
    """Yields (line, lines) for every function body at namespace or class scope.

    `line` is that of the opening brace, `lines` counts from there to the closing one. Local lambdas
    and classes count as part of the function around them.
    """
    code = without_directives(code_only(text))
    head_start, position = 0, 0
    for_next = re.compile(r"[{};]")
    while match := for_next.search(code, position):
        position = match.end()
        if match.group(0) != "{":
            head_start = position
            continue
        head = _ACCESS.sub("", code[head_start:match.start()])
        if _is_scope(head):
            head_start = position
            continue
        end = _closing(code, match.start())
        if end is None:
            return  # conditional compilation that does not balance: no honest answer
        position = end + 1
        # `Name(args) : member_{value} {`: the brace after an identifier there is an initializer.
        in_initializers = re.search(r"\)\s*(?:noexcept\s*)?:[^:].*[\w>]\s*$", head, re.DOTALL)
        if in_initializers or not _is_function(head):
            continue  # the head goes on behind the initializer
        head_start = position
        line = line_of(code, match.start())
        yield line, line_of(code, end) - line + 1


def awaited_braces(text):
    """Yields the line of every braced object within a full expression that holds co_await.

    GCC 12 destroys such an object twice. Blocks and lambdas (`) {`, `] {`) are no objects.
    """
    code = without_directives(code_only(text))
    for match in re.finditer(r"\bco_await\b[^;{}]*", code):
        if code[match.end():match.end() + 1] != "{":
            continue
        if not _BEFORE_BLOCK.search(match.group(0).rstrip()):
            yield line_of(code, match.end())
