"""Tests and programs with a sanitizer in them."""

load("@cross_compilers//:tools.bzl", "CLANG")
load(":transition.bzl", "to_sanitizer")

# What the build as a whole has, if it has one.
_NO_OTHER = select({
    "//tests:sanitizer": ["//tests:incompatible"],
    "//conditions:default": [],
})

_HAS_CLANG = [] if CLANG else ["//tests:incompatible"]

_ATTRS = {
    "clang": attr.bool(),
    "program": attr.label(mandatory = True, cfg = to_sanitizer),
    "sanitizer": attr.string(mandatory = True),
    "_allowlist_function_transition": attr.label(
        default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
    ),
}

def _link(ctx):
    info = ctx.attr.program[0][DefaultInfo]  # After a transition, it is a list.
    program = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = program, target_file = info.files_to_run.executable, is_executable = True)
    return [DefaultInfo(
        executable = program,
        runfiles = ctx.runfiles([program]).merge(info.default_runfiles),
    )]

_sanitized_test = rule(implementation = _link, attrs = _ATTRS, test = True)

_sanitized_program = rule(implementation = _link, attrs = _ATTRS, executable = True)

def _name(label, sanitizer, clang):
    return "_".join([label.rpartition(":")[2]] + (["clang"] if clang else []) + [sanitizer])

def sanitized_test(test, sanitizer, clang = False, **kwargs):
    """Builds a test with a sanitizer, and runs it: `<test>_<sanitizer>`, or `<test>_clang_<sanitizer>`.

    Args:
      test: the label of a test.
      sanitizer: tsan, or asan, which has the undefined behaviour sanitizer with it.
      clang: whether the sanitizer is Clang's; else it is GCC's.
      **kwargs: what else a test takes, such as args.
    """
    _sanitized_test(
        name = _name(test, sanitizer, clang),
        clang = clang,
        program = test,
        sanitizer = sanitizer,
        target_compatible_with = _NO_OTHER + (_HAS_CLANG if clang else []),
        **kwargs
    )

def sanitized_program(program, sanitizer, clang = False):
    """The same of a program."""
    _sanitized_program(
        name = _name(program, sanitizer, clang),
        testonly = True,
        clang = clang,
        program = program,
        sanitizer = sanitizer,
        target_compatible_with = _NO_OTHER + (_HAS_CLANG if clang else []),
    )
