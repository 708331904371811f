"""Finds out which other compilers than its first this machine has, and whether it can run what they build."""

load("//tests/system:system.bzl", "missing")
load(":architectures.bzl", "ARCHITECTURES")

def _cross_compilers(ctx):
    tools = {}
    skipped = {}
    for name, architecture in ARCHITECTURES.items():
        compiler = ctx.which(architecture.triple + "-g++")
        emulator = ctx.which(architecture.emulator)
        if compiler and emulator:
            tools[name] = {"prefix": str(compiler)[:-len("g++")], "emulator": str(emulator)}
        elif ctx.attr.required:
            missing(ctx, "qemu-user" if compiler else "g++-" + architecture.triple)
        else:
            skipped[name] = "g++-" + architecture.triple
    clang = ctx.which("clang++")
    if not clang and ctx.attr.required:
        missing(ctx, "clang")
    if skipped:
        # buildifier: disable=print
        print("The tests on {} are skipped: they need qemu-user and {}, as Debian calls the packages.".format(
            ", ".join(skipped.keys()),
            ", ".join(skipped.values()),
        ))
    ctx.file("WORKSPACE")
    ctx.file("BUILD")
    ctx.file("tools.bzl", "TOOLS = {}\nCLANG = {}\n".format(repr(tools), repr(str(clang or ""))))

cross_compilers = repository_rule(
    implementation = _cross_compilers,
    local = True,
    attrs = {"required": attr.bool(doc = "Whether all of them have to be there.")},
)
