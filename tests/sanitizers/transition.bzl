"""The way to a build with a sanitizer. .bazelrc has the same for whole builds."""

_OPTION = "//command_line_option:"

_SANITIZERS = {
    "asan": ["-fsanitize=address,undefined"],
    "tsan": ["-fsanitize=thread"],
}

def _to_sanitizer(settings, attr):
    flags = _SANITIZERS[attr.sanitizer]
    return {
        _OPTION + "copt": settings[_OPTION + "copt"] + flags + [
            "-fno-omit-frame-pointer",
            "-fno-sanitize-recover=undefined",
            "-g",
            "-O1",
        ],
        _OPTION + "linkopt": settings[_OPTION + "linkopt"] + flags,
        _OPTION + "strip": "never",
    }

# To the one that the attribute `sanitizer` names.
to_sanitizer = transition(
    implementation = _to_sanitizer,
    inputs = [_OPTION + "copt", _OPTION + "linkopt"],
    outputs = [_OPTION + "copt", _OPTION + "linkopt", _OPTION + "strip"],
)
