"""Toolchains of Debian's cross compilers, and the platforms they build for."""

load("@cross_compilers//:tools.bzl", "TOOLS")
load("@rules_cc//cc:defs.bzl", "cc_toolchain")
load("//tests/system:toolchain_config.bzl", "BY_CPU_NAME", "COMPILE_ACTIONS", "LINK_ACTIONS", "flags_feature", "toolchain_config_info")
load(":architectures.bzl", "ARCHITECTURES")

def _config(ctx):
    architecture = ARCHITECTURES[ctx.attr.architecture]
    root = "/usr/" + architecture.triple
    return toolchain_config_info(
        ctx = ctx,
        compiler = ctx.attr.prefix + "g++",
        cpu = ctx.attr.architecture,
        features = [
            flags_feature("defines", COMPILE_ACTIONS, ["-D" + define for define in architecture.defines]),
            # A program finds its C library, and its libraries find theirs (which they do not by the newer tags).
            flags_feature("library_folder", LINK_ACTIONS, [
                "-Wl,--dynamic-linker={}/lib/{}".format(root, architecture.dynamic_linker),
                "-Wl,-rpath={}/lib".format(root),
                "-Wl,--disable-new-dtags",
            ]),
        ],
        tools_prefix = ctx.attr.prefix,
        triple = architecture.triple,
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
