"""Programs with musl as their C library."""

_Sources = provider(fields = {
    "files": "Sources and headers, of a target and all it depends on.",
    "roots": "Folders from which they include each other.",
})

def _sources_impl(target, ctx):
    files = []
    for attribute in ["srcs", "hdrs", "textual_hdrs"]:
        for label in getattr(ctx.rule.attr, attribute, []):
            files += label.files.to_list()
    deps = [dep[_Sources] for dep in getattr(ctx.rule.attr, "deps", [])]
    return [_Sources(
        files = depset(files, transitive = [dep.files for dep in deps]),
        roots = depset([target.label.workspace_root or "."], transitive = [dep.roots for dep in deps]),
    )]

_sources = aspect(
    implementation = _sources_impl,
    attr_aspects = ["deps"],
)

# There is no C++ library for musl: of the compiler's own, made for glibc, only headers are used. They want to know
# which glibc it is: none. What musl does not have, the kernel's headers and WORKSPACE's, is where it is for glibc.
_COMPILE = """
type -P musl-gcc >/dev/null || {
  echo "musl_binary needs the package musl-tools: run ./bazelw, or: sudo apt-get install musl-tools" >&2
  exit 1
}
version=$(x86_64-linux-gnu-gcc -dumpversion)
musl-gcc "$@" -static -std=c++17 -O2 -DNDEBUG -Wall -Wextra -Wpedantic -Wshadow -fno-exceptions -fno-rtti \
  -isystem "/usr/include/c++/$version" -isystem "/usr/include/x86_64-linux-gnu/c++/$version" \
  '-D__GLIBC_PREREQ(major, minor)=0' -idirafter /usr/include -idirafter /usr/include/x86_64-linux-gnu
"""

def _musl_binary_impl(ctx):
    files = depset(transitive = [dep[_Sources].files for dep in ctx.attr.deps])
    roots = depset(transitive = [dep[_Sources].roots for dep in ctx.attr.deps])
    program = ctx.actions.declare_file(ctx.label.name)
    arguments = ctx.actions.args()
    arguments.add("-o", program)
    arguments.add_all(roots, before_each = "-iquote")
    arguments.add_all([file for file in files.to_list() if file.extension == "cc"])
    ctx.actions.run_shell(
        outputs = [program],
        inputs = files,
        command = _COMPILE,
        arguments = [arguments],
        mnemonic = "MuslLink",
        progress_message = "Compiling for musl: %s" % ctx.label,
        use_default_shell_env = True,
    )
    return [DefaultInfo(executable = program)]

musl_binary = rule(
    implementation = _musl_binary_impl,
    doc = "A static program of cc_library targets that need no C++ runtime library.",
    attrs = {"deps": attr.label_list(aspects = [_sources])},
    executable = True,
)
