"""clang-tidy, as a part of the build: a file is looked at again only when it or what it includes has changed."""

_Tidy = provider(fields = ["reports"])

# Of each source file and each header by itself: many headers are used in templates of tests only.
def _tidy_aspect(target, ctx):
    if CcInfo not in target or target.label.workspace_name:
        return [_Tidy(reports = depset())]
    context = target[CcInfo].compilation_context
    flags = ["-x", "c++", "-std=c++17", "-Wthread-safety"]
    for folders in [context.quote_includes, context.includes, context.system_includes]:
        for folder in folders.to_list():
            flags += ["-isystem" if folder.startswith("external/") else "-iquote", folder]
    reports = []
    for attribute in ["srcs", "hdrs"]:
        for source in getattr(ctx.rule.files, attribute, []):
            report = ctx.actions.declare_file("{}.{}.tidy".format(ctx.label.name, source.basename))
            ctx.actions.run_shell(
                command = "clang-tidy --quiet --config-file=$1 --warnings-as-errors='*' $2 -- \"${@:4}\" >$3 2>&1 || ! cat $3",
                arguments = [ctx.file._config.path, source.path, report.path] + flags,
                inputs = depset([source, ctx.file._config], transitive = [context.headers]),
                mnemonic = "ClangTidy",
                outputs = [report],
                progress_message = "Checking {} with clang-tidy".format(source.short_path),
                use_default_shell_env = True,
            )
            reports.append(report)
    return [_Tidy(reports = depset(reports, transitive = [
        dependency[_Tidy].reports
        for dependency in getattr(ctx.rule.attr, "deps", [])
    ]))]

_tidy = aspect(
    implementation = _tidy_aspect,
    attr_aspects = ["deps"],
    attrs = {"_config": attr.label(default = "//:.clang-tidy", allow_single_file = True)},
)

def _tidy_test(ctx):
    reports = depset(transitive = [target[_Tidy].reports for target in ctx.attr.targets])
    ctx.actions.write(ctx.outputs.executable, "#!/bin/sh\n", is_executable = True)
    return [DefaultInfo(runfiles = ctx.runfiles(transitive_files = reports))]

# Passes if clang-tidy objects to nothing in these targets and what they depend on. It is run when the test is built.
tidy_test = rule(
    implementation = _tidy_test,
    test = True,
    attrs = {"targets": attr.label_list(aspects = [_tidy])},
)
