"""The toolchain of this machine's Clang, beside the one of its GCC that all else is built with."""

load("@bazel_tools//tools/cpp:cc_toolchain_config_lib.bzl", "feature", "flag_group", "flag_set")
load("@cross_compilers//:tools.bzl", "CLANG")
load("//tests/system:toolchain_config.bzl", "BY_CPU_NAME", "COMPILE_ACTIONS", "declare_toolchain", "flags_feature", "toolchain_config_info")

# What Clang warns of and GCC does not: gtest's macros without the last argument.
_NO_WARNINGS = ["-Wno-gnu-zero-variadic-macro-arguments"]

# So that others can come after them.
_USER_COMPILE_FLAGS = feature(
    name = "user_compile_flags",
    enabled = True,
    flag_sets = [flag_set(
        actions = COMPILE_ACTIONS,
        flag_groups = [flag_group(
            expand_if_available = "user_compile_flags",
            flags = ["%{user_compile_flags}"],
            iterate_over = "user_compile_flags",
        )],
    )],
)

def _config(ctx):
    return toolchain_config_info(
        ctx = ctx,
        compiler = CLANG,
        cpu = "k8",
        features = [
            _USER_COMPILE_FLAGS,
            flags_feature("unfiltered_compile_flags", COMPILE_ACTIONS, _NO_WARNINGS),
        ],
        tools_prefix = "/usr/bin/",
        triple = "x86_64-linux-gnu",
    )

_clang_config = rule(
    implementation = _config,
    provides = [CcToolchainConfigInfo],
)

def clang_toolchain(name):
    """Declares `<name>_toolchain`, for platforms, and the suite `name`, for CPU names."""
    _clang_config(name = name + "_config")
    declare_toolchain(
        name = name + "_toolchain",
        compiler = name + "_compiler",
        config = name + "_config",
        cpu = "x86_64",
    )
    if BY_CPU_NAME:
        native.cc_toolchain_suite(
            name = name,
            tags = ["manual"],
            toolchains = {"k8": name + "_compiler"},
        )
