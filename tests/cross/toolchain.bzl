"""Toolchains of Debian's cross compilers, and the platforms they build for."""

load("@cross_compilers//:tools.bzl", "TOOLS")
load("//tests/system:toolchain_config.bzl", "BY_CPU_NAME", "COMPILE_ACTIONS", "LINK_ACTIONS", "declare_toolchain", "flags_feature", "toolchain_config_info")
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
        declare_toolchain(
            name = architecture + "_toolchain",
            compiler = architecture + "_gcc",
            config = architecture + "_gcc_config",
            cpu = architecture,
        )
    if BY_CPU_NAME:
        native.cc_toolchain_suite(
            name = name,
            tags = ["manual"],
            toolchains = {architecture: architecture + "_gcc" for architecture in TOOLS},
        )
