"""For tests that run a compiler themselves."""

def _in_runfiles(folder):
    return ".." + folder[len("external"):] if folder.startswith("external/") else folder

def _compile_flags(ctx):
    context = ctx.attr.library[CcInfo].compilation_context
    flags = [
        "-I" + _in_runfiles(folder)
        for folders in [context.quote_includes, context.includes, context.system_includes]
        for folder in folders.to_list()
        if not folder.startswith("bazel-out/")
    ]
    ctx.actions.write(ctx.outputs.out, "\n".join(flags) + "\n")
    return [DefaultInfo(runfiles = ctx.runfiles(
        files = [ctx.outputs.out],
        transitive_files = context.headers,
    ))]

# A file of the flags that code needs to use `library`, one a line, with the headers in its runfiles.
compile_flags = rule(
    implementation = _compile_flags,
    attrs = {
        "library": attr.label(mandatory = True, providers = [CcInfo]),
        "out": attr.output(mandatory = True),
    },
)
