"""The way to a build with a sanitizer. .bazelrc has the same for whole builds."""

load("//tests/system:toolchain_config.bzl", "BY_CPU_NAME")

_OPTION = "//command_line_option:"

_SANITIZERS = {
    "asan": ["-fsanitize=address,undefined"],
    "tsan": ["-fsanitize=thread"],
}

_TOOLCHAIN = [_OPTION + "extra_toolchains"] + (
    [_OPTION + "crosstool_top", _OPTION + "host_crosstool_top"] if BY_CPU_NAME else []
)

# As tests/cross/transition.bzl.
_CLANG = {
    _OPTION + "crosstool_top": "//tests/sanitizers:clang",
    _OPTION + "extra_toolchains": ["//tests/sanitizers:clang_toolchain"],
    _OPTION + "host_crosstool_top": "@bazel_tools//tools/cpp:toolchain",
}

def _to_sanitizer(settings, attr):
    flags = _SANITIZERS[attr.sanitizer]
    result = {option: _CLANG[option] if attr.clang else settings[option] for option in _TOOLCHAIN}
    result.update({
        _OPTION + "copt": settings[_OPTION + "copt"] + flags + [
            "-fno-omit-frame-pointer",
            "-fno-sanitize-recover=undefined",
            "-g",
            "-O1",
        ],
        _OPTION + "linkopt": settings[_OPTION + "linkopt"] + flags,
        _OPTION + "strip": "never",
    })
    return result

# To the one that the attribute `sanitizer` names, of GCC, or of Clang if `clang` is true.
to_sanitizer = transition(
    implementation = _to_sanitizer,
    inputs = [_OPTION + "copt", _OPTION + "linkopt"] + _TOOLCHAIN,
    outputs = [_OPTION + "copt", _OPTION + "linkopt", _OPTION + "strip"] + _TOOLCHAIN,
)
