"""Tests in a debug build, whatever the rest of the build is."""

_COMPILATION_MODE = "//command_line_option:compilation_mode"

def _transition(_settings, _attr):
    return {_COMPILATION_MODE: "fastbuild"}

_to_debug_build = transition(
    implementation = _transition,
    inputs = [],
    outputs = [_COMPILATION_MODE],
)

def _debug_build(ctx):
    program = ctx.attr.test[0][DefaultInfo]  # After a transition, it is a list.
    ctx.actions.symlink(output = ctx.outputs.executable, target_file = program.files_to_run.executable)
    return [DefaultInfo(runfiles = program.default_runfiles)]

# Builds `test` for debugging, and runs it.
debug_build_test = rule(
    implementation = _debug_build,
    test = True,
    attrs = {
        "test": attr.label(mandatory = True, cfg = _to_debug_build),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)
