"""Tests of tests: with a fault in the sources, they must fail."""

load("@rules_cc//cc:defs.bzl", "cc_binary")
load(":mutated_source.bzl", "mutated_source")

def _test(srcs, deps, main = ["@googletest//:gtest_main"], copts = [], args = [], may_hang = True, finding = ""):
    return struct(
        srcs = srcs,
        deps = deps + main,
        copts = copts,
        args = args,
        may_hang = may_hang,
        finding = finding,
    )

def _model_test(lock):
    return _test(
        ["//tests/model:{}_test.cc".format(lock)],
        ["//locks/core:" + lock, "//tests:lock_word", "//tests/model"],
        copts = ["-U_FORTIFY_SOURCE"],
        # Not the faults that are planted there.
        args = ["--gtest_filter=-*.Finds*"],
        may_hang = False,
    )

def _protocol_test(lock):
    return _test(
        ["//tests:{}_protocol_test.cc".format(lock)],
        ["//locks/core:raw_" + lock, "//tests:lock_word", "//tests:simulated_platform"],
    )

# What is not inline comes with it, in place of the library's.
_INSTANTIATIONS = [
    "//locks/core:raw_cond_var.cc",
    "//locks/core:raw_lock.cc",
    "//locks/core:raw_shared_lock.cc",
]

def _test_of(locks):
    return _test(
        ["//tests:{}_test.cc".format(locks)] + _INSTANTIATIONS,
        [
            "//locks:cond_var",
            "//locks:recursive_mutex",
            "//locks:spinlock",
            "//tests:waiting_threads",
            "@abseil-cpp//absl/time",
        ],
    )

# Threads that wait for ever are for it to find.
def _soak(invariant):
    return _test(
        ["//tests:soak.cc", "//tests:mixed_load.cc"] + _INSTANTIATIONS,
        [
            "//locks:cond_var",
            "//locks:extended",
            "//locks:recursive_mutex",
            "//locks:slice_section",
            "//locks:spinlock",
            "//rseq_abi",
            "//tests/kernel:launch",
            "//tests/kernel:slice_statistics",
            "//tests:mixed_load",
            "@abseil-cpp//absl/base:config",
            "@abseil-cpp//absl/flags:flag",
            "@abseil-cpp//absl/flags:parse",
            "@abseil-cpp//absl/flags:usage",
            "@abseil-cpp//absl/strings",
            "@abseil-cpp//absl/strings:str_format",
            "@abseil-cpp//absl/time",
        ],
        main = [],
        args = ["--minutes=0.1"],
        may_hang = False,
        finding = "violated: " + invariant,
    )

# The tests, by their names in //tests; for models, in //tests/model. For the soak, with the invariant that it has to
# find violated.
TESTS = {
    "cond_var_test": _test_of("cond_var"),
    "condition_test": _test_of("condition"),
    "fairness_test": _test_of("fairness"),
    "keyed_list_test": _test(
        ["//tests:keyed_list_test.cc"],
        ["//locks/core:raw_shared_lock", "//tests:lock_word"],
    ),
    "line_speed_test": _test(
        ["//tests:line_speed_test.cc"],
        ["//locks/core:line_speed"],
    ),
    "lock_protocol_test": _protocol_test("lock"),
    "lock_test": _test_of("lock"),
    "model/raw_cond_var_test": _model_test("raw_cond_var"),
    "model/raw_lock_test": _model_test("raw_lock"),
    "model/raw_shared_lock_test": _model_test("raw_shared_lock"),
    "recursive_mutex_test": _test_of("recursive_mutex"),
    "shared_lock_protocol_test": _protocol_test("shared_lock"),
    "slice_section_test": _test(
        ["//tests:slice_section_test.cc"],
        ["//tests:simulated_kernel", "//locks:slice_section"],
    ),
    "soak: a condition is as it is said": _soak("a condition is as it is said"),
    "soak: a holder is alone": _soak("a holder is alone"),
    "soak: a wait ends at its time": _soak("a wait ends at its time"),
    "soak: a wait ends when its condition holds": _soak("a wait ends when its condition holds"),
    "soak: each operation succeeds now and then": _soak("each operation succeeds now and then"),
    "soak: memory does not grow": _soak("memory does not grow"),
    "soak: no item is lost": _soak("no item is lost"),
    "soak: no thread is stuck": _soak("no thread is stuck"),
    "soak: no wait ends before its time": _soak("no wait ends before its time"),
}

# A fault that makes threads wait for ever is found by a time limit, in seconds. What has no fault takes two.
_LIMIT = 60

_SCRIPT = """#!/usr/bin/env bash
ulimit -c 0
GTEST_BREAK_ON_FAILURE=1 {command} 2>&1 | tee "$TEST_TMPDIR/output"
status=${{PIPESTATUS[0]}}
case $status in
  0) echo 'The fault was not found.'; exit 1 ;;
  126 | 127) exit "$status" ;;
esac
[[ -z '{finding}' ]] || grep -qF '{finding}' "$TEST_TMPDIR/output" || {{ echo 'Something else was found than: {finding}'; exit 1; }}
"""

# A test that fails anyway would find every fault.
_CONTROL_SCRIPT = """#!/usr/bin/env bash
exec {command}
"""

def _failure_test_impl(ctx):
    command = ["./" + ctx.executable.program.short_path]
    command += ["'{}'".format(argument) for argument in ctx.attr.arguments]
    if ctx.attr.may_hang:
        command = ["timeout", "--signal=KILL", str(_LIMIT)] + command
    script = _SCRIPT if ctx.attr.has_fault else _CONTROL_SCRIPT
    script = script.format(command = " ".join(command), finding = ctx.attr.finding)
    ctx.actions.write(ctx.outputs.executable, script, is_executable = True)
    return [DefaultInfo(runfiles = ctx.runfiles([ctx.executable.program]))]

# Passes if the program fails, and says what it has found; without a fault, if it passes.
_failure_test = rule(
    implementation = _failure_test_impl,
    test = True,
    attrs = {
        "arguments": attr.string_list(),
        "finding": attr.string(),
        "has_fault": attr.bool(),
        "may_hang": attr.bool(),
        "program": attr.label(mandatory = True, executable = True, cfg = "target"),
    },
)

def mutation_test(name, source, text, replacement, test, tags = []):
    """Passes if `test` fails when `source` has a fault.

    The faulty header comes first, so that its include guard keeps the one that ships out.

    Args:
      name: of the fault.
      source: a header in //locks.
      text: what is once in it.
      replacement: what makes it a fault; if it is the same, `test` has to pass.
      test: of TESTS.
      tags: of the test.
    """
    header = name + ".h"
    mutated_source(
        name = name + "_header",
        out = header,
        replacement = replacement,
        source = source,
        text = text,
    )
    cc_binary(
        name = name + "_program",
        testonly = True,
        srcs = [header] + TESTS[test].srcs,
        # It may well have unused variables.
        copts = TESTS[test].copts + ["-w", "-include", "$(GENDIR)/{}/{}".format(native.package_name(), header)],
        tags = ["manual"],
        target_compatible_with = select({
            "//tests:sanitizer": ["//tests:incompatible"],
            "//conditions:default": [],
        }),
        deps = TESTS[test].deps,
    )
    _failure_test(
        name = name,
        arguments = TESTS[test].args,
        finding = TESTS[test].finding,
        has_fault = text != replacement,
        may_hang = TESTS[test].may_hang,
        program = name + "_program",
        tags = tags,
    )

def _planting_test(ctx):
    ctx.actions.write(ctx.outputs.executable, "#!/bin/sh\n", is_executable = True)
    return [DefaultInfo(runfiles = ctx.runfiles(ctx.files.headers))]

# Passes if all these headers can be made. They are as the test is built.
planting_test = rule(
    implementation = _planting_test,
    test = True,
    attrs = {"headers": attr.label_list(allow_files = True)},
)
