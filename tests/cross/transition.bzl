"""The way to another architecture."""

load("//tests/system:toolchain_config.bzl", "BY_CPU_NAME")

_OPTION = "//command_line_option:"
_PACKAGE = "//tests/cross:"

def _to_architecture(_, attr):
    settings = {
        _OPTION + "extra_toolchains": [_PACKAGE + attr.architecture + "_toolchain"],
        _OPTION + "platforms": [_PACKAGE + attr.architecture],
    }
    if BY_CPU_NAME:
        settings[_OPTION + "cpu"] = attr.architecture
        settings[_OPTION + "crosstool_top"] = _PACKAGE + "toolchains"
        settings[_OPTION + "host_crosstool_top"] = "@bazel_tools//tools/cpp:toolchain"
    return settings

# To the platform that the attribute `architecture` names.
to_architecture = transition(
    implementation = _to_architecture,
    inputs = [],
    outputs = [_OPTION + option for option in ["extra_toolchains", "platforms"] + (
        ["cpu", "crosstool_top", "host_crosstool_top"] if BY_CPU_NAME else []
    )],
)
