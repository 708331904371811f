"""Toolchains of Debian's cross compilers, and the platforms they build for."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load("@bazel_tools//tools/cpp:cc_toolchain_config_lib.bzl", "feature", "flag_group", "flag_set", "tool_path", "with_feature_set")
load("@cross_compilers//:tools.bzl", "TOOLS")
load("@rules_cc//cc:defs.bzl", "cc_toolchain")
load(":architectures.bzl", "ARCHITECTURES")

# Before Bazel 5, C++ toolchains are found by the name of the CPU, later by the platform.
BY_CPU_NAME = not hasattr(native, "subpackages")

_COMPILE = [ACTION_NAMES.c_compile, ACTION_NAMES.cpp_compile]
_LINK = [ACTION_NAMES.cpp_link_dynamic_library, ACTION_NAMES.cpp_link_executable]

def _flags(name, actions, flags, with_features = []):
    groups = [flag_group(flags = flags)] if flags else []
    return feature(
        name = name,
        enabled = True,
        flag_sets = [flag_set(actions = actions, flag_groups = groups, with_features = with_features)],
    )

def _config(ctx):
    architecture = ARCHITECTURES[ctx.attr.architecture]
    root = "/usr/" + architecture.triple
    compiler = ctx.attr.prefix + "g++"
    tools = {"cpp": compiler, "gcc": compiler}
    for tool in ["ar", "gcov", "ld", "nm", "objcopy", "objdump", "strip"]:
        tools[tool] = ctx.attr.prefix + tool
    return cc_common.create_cc_toolchain_config_info(
        ctx = ctx,
        toolchain_identifier = ctx.label.name,
        host_system_name = "local",
        target_system_name = architecture.triple,
        target_cpu = ctx.attr.architecture,
        target_libc = "glibc",
        compiler = "gcc",
        abi_version = "unknown",
        abi_libc_version = "unknown",
        cxx_builtin_include_directories = ["/usr"],
        tool_paths = [tool_path(name = name, path = path) for name, path in tools.items()],
        features = [
            feature(name = "dbg"),
            feature(name = "opt"),
            feature(name = "supports_pic", enabled = True),
            feature(name = "supports_dynamic_linker", enabled = True),
            _flags("debugging", _COMPILE, ["-g"], [with_feature_set(features = ["dbg"])]),
            _flags("optimizing", _COMPILE, ["-O2", "-DNDEBUG"], [with_feature_set(features = ["opt"])]),
            _flags("defines", _COMPILE, ["-D" + define for define in architecture.defines]),
            # A program finds its C library, and its libraries find theirs (which they do not by the newer tags).
            _flags("library_folder", _LINK, [
                "-Wl,--dynamic-linker={}/lib/{}".format(root, architecture.dynamic_linker),
                "-Wl,-rpath={}/lib".format(root),
                "-Wl,--disable-new-dtags",
            ]),
        ],
    )

_cc_toolchain_config = rule(
    implementation = _config,
    attrs = {
        "architecture": attr.string(mandatory = True),
        "prefix": attr.string(mandatory = True, doc = "Of the tools' paths."),
    },
    provides = [CcToolchainConfigInfo],
)

def cross_toolchains(name):
    """Declares the platforms, named as the architectures, and toolchains for those that there is a compiler for."""
    native.filegroup(name = "no_files")
    for architecture in ARCHITECTURES:
        native.platform(
            name = architecture,
            constraint_values = [
                "@platforms//cpu:" + architecture,
                "@platforms//os:linux",
            ],
        )
    for architecture, tools in TOOLS.items():
        _cc_toolchain_config(
            name = architecture + "_gcc_config",
            architecture = architecture,
            prefix = tools["prefix"],
        )
        cc_toolchain(
            name = architecture + "_gcc",
            all_files = ":no_files",
            compiler_files = ":no_files",
            dwp_files = ":no_files",
            linker_files = ":no_files",
            objcopy_files = ":no_files",
            strip_files = ":no_files",
            toolchain_config = architecture + "_gcc_config",
        )
        native.toolchain(
            name = architecture + "_toolchain",
            target_compatible_with = [
                "@platforms//cpu:" + architecture,
                "@platforms//os:linux",
            ],
            toolchain = architecture + "_gcc",
            toolchain_type = "@bazel_tools//tools/cpp:toolchain_type",
        )
    if BY_CPU_NAME:
        native.cc_toolchain_suite(
            name = name,
            tags = ["manual"],
            toolchains = {architecture: architecture + "_gcc" for architecture in TOOLS},
        )
