#!/usr/bin/env python3
"""Breaks each rule of scripts/tidy.py once, in a small tree of its own, and expects to be told.

The other half matters as much: code that only looks like a violation must pass in silence.
"""

import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import cxx_text  # noqa: E402  (found through the line above)
import tidy  # noqa: E402

# A tree without a fault. The header and source of `turn` are what most cases change.
CLEAN = {
    "CMakeLists.txt": "add_subdirectory(src/turn)\n",
    "src/base/CMakeLists.txt": "livegate_room(base)\n",
    "src/base/instant.h": "// When.\n#pragma once\n",
    "src/net/CMakeLists.txt": "livegate_room(net SOURCES loop.cc USES base)\n",
    "src/net/loop.h": "// The loop.\n#pragma once\n#include \"base/instant.h\"\n",
    "src/net/asio_loop.h": "// Only for net.\n#pragma once\n#include <boost/asio/io_context.hpp>\n",
    "src/net/loop.cc": "#include \"net/asio_loop.h\"\n",
    "src/upstream/CMakeLists.txt": "livegate_room(upstream SOURCES link.cc USES base net)\n",
    "src/upstream/link.cc": "#include \"net/loop.h\"\n",
    "src/turn/CMakeLists.txt":
        "# the turns\nlivegate_room(turn\n  SOURCES turn.cc\n  TESTS turn_test.cc\n  USES base)\n",
    "src/turn/turn.h": "// Turns.\n#pragma once\n#include <string>\n",
    "src/turn/turn.cc": "#include \"turn/turn.h\"\n\n#include \"base/instant.h\"\n",
    "src/turn/turn_test.cc": "#include <gtest/gtest.h>\n",
    "web/test/pcm.test.js": "import test from 'node:test';\n",
}
LONG_BODY = "{\n" + "  step();\n" * 75 + "}\n"
UNFINISHED_WORD = "TO" + "DO"


def findings(changes):
    """What tidy says of the clean tree with some files added, replaced, or (None) removed."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for path, text in {**CLEAN, **changes}.items():
            if text is not None:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text, encoding="utf-8")
        return list(tidy.check(root))


class EveryRule(unittest.TestCase):
    def setUp(self):
        self.maxDiff = None

    def expect(self, changes, *expected):
        found = [(finding.path, finding.line, finding.rule) for finding in findings(changes)]
        self.assertEqual(sorted(found), sorted(expected))

    def in_turn(self, code):
        """turn.cc with `code` from its fourth line on."""
        return {"src/turn/turn.cc": CLEAN["src/turn/turn.cc"] + code}

    def test_the_clean_tree_is_clean(self):
        self.expect({})

    def test_a_room_outside_the_table_of_includes(self):
        self.expect(self.in_turn('#include "net/loop.h"\n'),
                    ("src/turn/turn.cc", 4, "include-table"))

    def test_an_include_of_ours_in_angle_brackets(self):
        self.expect(self.in_turn("#include <base/instant.h>\n"),
                    ("src/turn/turn.cc", 4, "include-table"))

    def test_an_include_without_its_room(self):
        self.expect(self.in_turn('#include "turn.h"\n'), ("src/turn/turn.cc", 4, "include-table"))

    def test_a_room_nobody_has_entered_in_the_table(self):
        self.expect({"src/misc/misc.h": "// Misc.\n#pragma once\n"},
                    ("src/misc/misc.h", 1, "include-table"))

    def test_uses_in_cmake_outside_the_table(self):
        self.expect({"src/net/CMakeLists.txt": "livegate_room(net SOURCES loop.cc USES session)\n"},
                    ("src/net/CMakeLists.txt", 1, "include-table"))

    def test_asio_outside_net(self):
        self.expect(self.in_turn("#include <boost/asio.hpp>\n"),
                    ("src/turn/turn.cc", 4, "network"))

    def test_a_header_of_net_that_carries_asio_out(self):
        self.expect({"src/net/loop.h": '// The loop.\n#pragma once\n#include "net/asio_loop.h"\n'},
                    ("src/upstream/link.cc", 1, "network-leak"))

    def test_threads_clocks_and_sockets_in_the_core(self):
        for include in ("thread", "mutex", "ctime", "sys/socket.h", "netinet/in.h"):
            self.expect(self.in_turn(f"#include <{include}>\n"), ("src/turn/turn.cc", 4, "core"))
        self.expect(self.in_turn("auto now = std::chrono::steady_clock::now();\n"),
                    ("src/turn/turn.cc", 4, "core"))

    def test_a_line_that_is_too_long(self):
        self.expect(self.in_turn("// " + "x" * 98 + "\n"), ("src/turn/turn.cc", 4, "line-length"))
        self.expect({"web/test/pcm.test.js": "// " + "x" * 98 + "\n"},
                    ("web/test/pcm.test.js", 1, "line-length"))

    def test_files_that_are_too_long(self):
        self.expect(self.in_turn("int a;\n" * 598), ("src/turn/turn.cc", 600, "file-length"))
        self.expect({"src/turn/turn_test.cc": "int a;\n" * 801},
                    ("src/turn/turn_test.cc", 800, "file-length"))

    def test_a_long_file_is_a_warning_and_no_failure(self):
        found = findings(self.in_turn("int a;\n" * 450))
        self.assertEqual([(finding.rule, finding.fatal) for finding in found],
                         [("file-length", False)])

    def test_a_function_that_is_too_long(self):
        heads = ("void f(int a) ", "TEST(Turn, is_long) ", "int T::f() const noexcept ",
                 "template <typename T = int>\nvoid f(int a = 3) ",
                 "T::T(int a) : a_{a}, b_(a) ", "T::T(int a) : a_(a), b_{a} ",
                 "bool operator==(const T& a, const T& b) ",
                 "std::map<int, int> f(const std::string& name = \"{\") ",
                 "class T {\n public:\n  explicit T(int a) : a_(a) ",
                 "namespace livegate {\nvoid f() ")
        for head in heads:
            end = "};\n" if head.startswith("class") else "}\n" if "namespace" in head else ""
            line = 4 + head.count("\n")
            self.expect(self.in_turn(head + LONG_BODY + end),
                        ("src/turn/turn.cc", line, "function-length"))

    def test_a_python_function_that_is_too_long(self):
        self.expect({"scripts/x.py": "def f():\n" + "    step()\n" * 75},
                    ("scripts/x.py", 1, "function-length"))

    def test_a_source_that_nothing_builds(self):
        self.expect({"src/turn/forgotten.cc": "int a;\n"},
                    ("src/turn/forgotten.cc", 1, "dead-file"))
        self.expect({"src/turn/forgotten.cc": "int a;\n", "src/turn/CMakeLists.txt":
                     CLEAN["src/turn/CMakeLists.txt"] + "add_executable(x ${name}.cc)\n"},
                    ("src/turn/forgotten.cc", 1, "dead-file"))
        commented = CLEAN["src/turn/CMakeLists.txt"] + "# forgotten.cc\n"
        self.expect({"src/turn/forgotten.cc": "int a;\n", "src/turn/CMakeLists.txt": commented},
                    ("src/turn/forgotten.cc", 1, "dead-file"))

    def test_a_test_for_node_that_nobody_runs(self):
        self.expect({"tests/CMakeLists.txt": "livegate_node_test(sdk a.test.mjs)\n",
                     "tests/a.test.mjs": "// A.\n", "tests/b.test.mjs": "// B.\n"},
                    ("tests/b.test.mjs", 1, "dead-file"))

    def test_a_list_that_nobody_includes(self):
        files = {"src/turn/turn.cmake": "set(TURN_TESTS b_test.cc)\n",
                 "src/turn/b_test.cc": "int b;\n"}
        self.expect(files, ("src/turn/b_test.cc", 1, "dead-file"))
        included = "include(turn.cmake)\n" + CLEAN["src/turn/CMakeLists.txt"]
        self.expect({**files, "src/turn/CMakeLists.txt": included})

    def test_a_fuzz_target_without_its_line(self):
        self.expect({"fuzz/CMakeLists.txt": "livegate_fuzz(fuzz_a turn)\n",
                     "fuzz/fuzz_a.cc": "int a;\n", "fuzz/fuzz_b.cc": "int b;\n"},
                    ("fuzz/fuzz_b.cc", 1, "dead-file"))

    def test_a_test_that_is_built_and_never_run(self):
        cmake = "livegate_room(turn SOURCES turn.cc turn_test.cc USES base)\n"
        self.expect({"src/turn/CMakeLists.txt": cmake}, ("src/turn/turn_test.cc", 1, "dead-test"))

    def test_a_sleep_in_a_test(self):
        for call in ("std::this_thread::sleep_for(1s);", "usleep(3);", "sleep(1);"):
            self.expect({"src/turn/turn_test.cc": f"void f() {{ {call} }}\n"},
                        ("src/turn/turn_test.cc", 1, "test-sleep"))
        self.expect({"tests/x/x.py": "import time\ntime.sleep(1)\n"},
                    ("tests/x/x.py", 2, "test-sleep"))

    def test_a_test_that_skips_itself(self):
        self.expect({"src/turn/turn_test.cc": "GTEST_SKIP();\n"},
                    ("src/turn/turn_test.cc", 1, "test-skip"))
        self.expect({"web/test/pcm.test.js": "test.only('x', () => {});\n"},
                    ("web/test/pcm.test.js", 1, "test-skip"))

    def test_a_note_to_oneself(self):
        self.expect({"docs/a.md": f"# A\n\n{UNFINISHED_WORD}: the rest\n"},
                    ("docs/a.md", 3, "unfinished"))

    def test_a_path_of_this_machine(self):
        for path in ("/wor" + "k/main", "/roo" + "t/.cache", "/tmp/b" + "-turn"):
            self.expect({"docs/a.md": f"see {path}/x\n"}, ("docs/a.md", 1, "machine-path"))

    def test_a_package_registry(self):
        host = "https://" + "registry.np" + "mjs.org/ws/-/ws-8.tgz"
        self.expect({"tests/node/package-lock.json": f'{{"resolved": "{host}"}}\n'},
                    ("tests/node/package-lock.json", 1, "machine-path"))

    def test_a_header_without_its_first_comment_or_its_guard(self):
        self.expect({"src/turn/turn.h": "#pragma once\n"}, ("src/turn/turn.h", 1, "header"))
        self.expect({"src/turn/turn.h": "// Turns.\n"}, ("src/turn/turn.h", 1, "header"))

    def test_a_checker_silenced_without_an_argument(self):
        for comment in ("// NOLINT", "// NOLINTNEXTLINE(bugprone-x)"):
            self.expect(self.in_turn(f"int a;  {comment}\n"), ("src/turn/turn.cc", 4, "nolint"))

    def test_ranges_that_clang_cannot_compile(self):
        for code in ("auto a = std::ranges::equal_range(v, 1);", "for (int i : v | views::all) {}"):
            self.expect(self.in_turn(f"void f() {{ {code} }}\n"),
                        ("src/turn/turn.cc", 4, "clang-ranges"))
        self.expect(self.in_turn("void f() { std::ranges::sort(v); }\n"))

    def test_a_braced_object_beside_co_await(self):
        for code in ("co_await send(Message{1, 2});", "auto x = co_await read({});",
                     "co_return co_await run(Options{});"):
            self.expect(self.in_turn(f"void f() {{\n  {code}\n}}\n"),
                        ("src/turn/turn.cc", 5, "co-await-brace"))


class NoFalseAlarms(unittest.TestCase):
    def test_names_that_cmake_puts_together(self):
        self.silent({"tests/CMakeLists.txt": "add_executable(echo_${side} echo_${side}.cc)\n",
                     "tests/echo_a.cc": "int a;\n"})

    def silent(self, changes):
        self.assertEqual([str(finding) for finding in findings(changes)], [])

    def in_turn(self, code):
        return {"src/turn/turn.cc": CLEAN["src/turn/turn.cc"] + code}

    def test_comments_and_literals_are_no_code(self):
        self.silent(self.in_turn('// steady_clock\nconst char* a = "steady_clock {";\n'
                                 '/* #include "net/loop.h"\n#include <thread>\n*/\n'
                                 'const char* b = R"(steady_clock)";\nint c = 1\'000\'000;\n'))

    def test_a_frame_in_a_raw_string_may_be_long(self):
        self.silent(self.in_turn('auto a = R"(' + "x" * 100 + ')";\n'))

    def test_long_tables_and_types_are_no_functions(self):
        rows = "  {1, f(2)},\n" * 80
        self.silent(self.in_turn("constexpr Row kRows[] = {\n" + rows + "};\n"))
        self.silent(self.in_turn("const std::map<int, Row> kRows{\n" + rows + "};\n"))
        self.silent(self.in_turn("class Turn {\n" + "  void f(int a);\n" * 80 + "};\n"))
        self.silent(self.in_turn("enum class Kind {\n" + "  kA,\n" * 80 + "};\n"))

    def test_many_short_functions_are_no_long_one(self):
        self.silent(self.in_turn("namespace livegate {\nnamespace {\n"
                                 + "void f(int a) {\n  if (a) {\n    g();\n  }\n}\n" * 40
                                 + "}\n}\n"))

    def test_blocks_and_lambdas_after_co_await(self):
        self.silent(self.in_turn("void f() {\n  if (co_await g()) {\n    h();\n  }\n"
                                 "  co_await run([&] { h(); });\n"
                                 "  while (!(co_await ready())) {\n  }\n}\n"))

    def test_net_keeps_asio_to_itself(self):
        self.silent({"src/net/loop.cc": "#include <boost/asio.hpp>\n"
                                        "#include \"net/asio_loop.h\"\n"})

    def test_words_that_contain_other_words(self):
        self.silent({"src/turn/turn_test.cc": 'GTEST_SKIP() << "no recordings here";\n'})
        self.silent({"docs/a.md": "mktemp /tmp/x.XX" + "XXXX; net/work/; a framework/; ${x}/work"
                                  "/y; TODOS\n"})

    def test_an_argued_nolint(self):
        self.silent(self.in_turn("int a;  // NOLINT(bugprone-x): the library wants an int\n"))

    def test_shell_code_may_use_clocks(self):
        self.silent({"src/upstream/link.cc": "#include <thread>\nauto t = std::chrono::"
                                             "steady_clock::now();\n"})


class ReadingCxx(unittest.TestCase):
    def test_every_line_keeps_its_place(self):
        for path in sorted((ROOT / "src").rglob("*.cc")):
            text = path.read_text(encoding="utf-8")
            code = cxx_text.without_directives(cxx_text.code_only(text))
            self.assertEqual(len(code), len(text), path)
            self.assertEqual(code.count("\n"), text.count("\n"), path)

    def test_the_functions_of_this_very_repository_are_found(self):
        sources = sorted((ROOT / "src").rglob("*_test.cc"))
        self.assertTrue(sources)
        for path in sources:
            text = path.read_text(encoding="utf-8")
            claims = sum(line.startswith(("TEST(", "TEST_F(")) for line in text.splitlines())
            self.assertGreaterEqual(len(list(cxx_text.functions(text))), claims, path)


if __name__ == "__main__":
    unittest.main()
