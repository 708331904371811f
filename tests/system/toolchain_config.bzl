"""What C++ toolchains of ours have in common."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load("@bazel_tools//tools/cpp:cc_toolchain_config_lib.bzl", "feature", "flag_group", "flag_set", "tool_path", "with_feature_set")
load("@rules_cc//cc:defs.bzl", "cc_toolchain")

# Before Bazel 5, C++ toolchains are found by the name of the CPU, later by the platform.
BY_CPU_NAME = not hasattr(native, "subpackages")

COMPILE_ACTIONS = [ACTION_NAMES.c_compile, ACTION_NAMES.cpp_compile]
LINK_ACTIONS = [ACTION_NAMES.cpp_link_dynamic_library, ACTION_NAMES.cpp_link_executable]

def flags_feature(name, actions, flags, with_features = []):
    """A feature that is on, and adds flags to some actions.

    Args:
      name: of the feature.
      actions: which these are.
      flags: which these are.
      with_features: with which others it does so.

    Returns:
      The feature.
    """
    groups = [flag_group(flags = flags)] if flags else []
    return feature(
        name = name,
        enabled = True,
        flag_sets = [flag_set(actions = actions, flag_groups = groups, with_features = with_features)],
    )

def toolchain_config_info(ctx, compiler, cpu, triple, tools_prefix, features = []):
    """Of a compiler of Debian's, and the GNU tools that go with it.

    Args:
      ctx: of the rule.
      compiler: its path.
      cpu: the name that Bazel has for the CPU.
      triple: what the compiler calls the machine.
      tools_prefix: what the paths of the tools begin with.
      features: further ones.

    Returns:
      A CcToolchainConfigInfo.
    """
    tools = {"cpp": compiler, "gcc": compiler}
    for tool in ["ar", "gcov", "ld", "nm", "objcopy", "objdump", "strip"]:
        tools[tool] = tools_prefix + tool
    return cc_common.create_cc_toolchain_config_info(
        ctx = ctx,
        toolchain_identifier = ctx.label.name,
        host_system_name = "local",
        target_system_name = triple,
        target_cpu = cpu,
        target_libc = "glibc",
        compiler = "clang" if "clang" in compiler else "gcc",
        abi_version = "unknown",
        abi_libc_version = "unknown",
        cxx_builtin_include_directories = ["/usr"],
        tool_paths = [tool_path(name = name, path = path) for name, path in tools.items()],
        features = [
            feature(name = "dbg"),
            feature(name = "opt"),
            feature(name = "supports_pic", enabled = True),
            feature(name = "supports_dynamic_linker", enabled = True),
            flags_feature("debugging", COMPILE_ACTIONS, ["-g"], [with_feature_set(features = ["dbg"])]),
            flags_feature("optimizing", COMPILE_ACTIONS, ["-O2", "-DNDEBUG"], [with_feature_set(features = ["opt"])]),
        ] + features,
    )

def declare_toolchain(name, compiler, config, cpu):
    """Declares a compiler, and the toolchain `name` for the platform of a CPU.

    Args:
      name: of the toolchain.
      compiler: the name of the compiler's target.
      config: of the compiler; provides what toolchain_config_info() returns.
      cpu: the platforms' name for it.
    """
    files = "//tests/system:no_files"
    cc_toolchain(
        name = compiler,
        all_files = files,
        compiler_files = files,
        dwp_files = files,
        linker_files = files,
        objcopy_files = files,
        strip_files = files,
        toolchain_config = config,
    )
    native.toolchain(
        name = name,
        target_compatible_with = [
            "@platforms//cpu:" + cpu,
            "@platforms//os:linux",
        ],
        toolchain = compiler,
        toolchain_type = "@bazel_tools//tools/cpp:toolchain_type",
    )
