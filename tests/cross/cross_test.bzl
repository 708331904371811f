"""Tests and programs for other architectures."""

load("@cross_compilers//:tools.bzl", "TOOLS")
load(":architectures.bzl", "ARCHITECTURES")
load(":transition.bzl", "to_architecture")

# What the cross compilers can build: they are GCC, without sanitizers.
PLAIN_GCC = select({
    "//tests:thread_safety_analysis": ["//tests:incompatible"],
    "//tests:sanitizer": ["//tests:incompatible"],
    "//conditions:default": [],
})

_ATTRS = {
    "architecture": attr.string(mandatory = True),
    "program": attr.label(cfg = to_architecture),
    "_allowlist_function_transition": attr.label(
        default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
    ),
}

def _program(ctx):
    return ctx.attr.program[0][DefaultInfo]  # After a transition, it is a list.

def _run_on(ctx):
    program = "./" + _program(ctx).files_to_run.executable.short_path
    lines = ["#!/usr/bin/env bash"]
    if ARCHITECTURES[ctx.attr.architecture].may_be_native:
        lines += ["shopt -s execfail", "exec {} \"$@\"".format(program)]

    # A program that starts itself again by its own name starts its emulator again.
    emulated = [ctx.attr.emulator, "-0", "\"$0\"", program]
    if ctx.attr.not_emulated:
        emulated.append("'--gtest_filter=-{}'".format(ctx.attr.not_emulated))
    lines.append("exec {} \"$@\"".format(" ".join(emulated)))
    ctx.actions.write(ctx.outputs.executable, "\n".join(lines) + "\n", is_executable = True)
    return [DefaultInfo(runfiles = ctx.runfiles().merge(_program(ctx).default_runfiles))]

_on_architecture_test = rule(
    implementation = _run_on,
    test = True,
    attrs = dict(
        _ATTRS,
        emulator = attr.string(),
        not_emulated = attr.string(),
    ),
)

def cross_test(test, not_emulated = "", **kwargs):
    """Builds a test for each architecture, and runs it there: `<test>_<architecture>`.

    Where there is no compiler for it, Bazel shows the test as skipped; compilers.bzl has said why.

    Args:
      test: the label of a test.
      not_emulated: cases that need more than QEMU's user mode has, as in --gtest_filter; or a dict of them by
        architecture.
      **kwargs: what else a test takes, such as args.
    """
    for architecture in ARCHITECTURES:
        name = "{}_{}".format(test.rpartition(":")[2], architecture)
        cases = not_emulated.get(architecture, "") if type(not_emulated) == "dict" else not_emulated
        tools = TOOLS.get(architecture)
        if not tools:
            _on_architecture_test(
                name = name,
                architecture = architecture,
                target_compatible_with = ["//tests:incompatible"],
            )
            continue
        _on_architecture_test(
            name = name,
            architecture = architecture,
            emulator = tools["emulator"],
            not_emulated = cases,
            target_compatible_with = PLAIN_GCC,
            program = test,
            **kwargs
        )

# Under a name of its own, among the programs for other architectures.
def _link(ctx):
    program = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = program, target_file = _program(ctx).files_to_run.executable)
    return [DefaultInfo(files = depset([program]), runfiles = ctx.runfiles([program]))]

_program_for_architecture = rule(
    implementation = _link,
    attrs = _ATTRS,
)

def cross_programs(program):
    """Builds a program for each architecture that there is a compiler for, to be looked at.

    Args:
      program: its label.

    Returns:
      For each architecture a struct of `label`, that of the program, and `objdump`, the path of the tool.
    """
    programs = {}
    for architecture, tools in TOOLS.items():
        name = "{}_{}".format(program.rpartition(":")[2], architecture)
        _program_for_architecture(
            name = name,
            testonly = True,
            architecture = architecture,
            program = program,
        )
        programs[architecture] = struct(label = ":" + name, objdump = tools["prefix"] + "objdump")
    return programs
