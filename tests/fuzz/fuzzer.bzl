"""Programs that look for inputs which break what they test, by Clang and its libFuzzer."""

_Sources = provider(fields = ["files"])

def _sources_aspect(target, ctx):
    files = [] if target.label.workspace_name else getattr(ctx.rule.files, "srcs", [])
    return [_Sources(files = depset(
        [file for file in files if file.extension == "cc"],
        transitive = [dependency[_Sources].files for dependency in getattr(ctx.rule.attr, "deps", [])],
    ))]

# The sources of our own libraries, which have to be built anew: their code tells the fuzzer where an input has led.
_sources = aspect(
    implementation = _sources_aspect,
    attr_aspects = ["deps"],
)

def _fuzzer(ctx):
    context = cc_common.merge_cc_infos(cc_infos = [dependency[CcInfo] for dependency in ctx.attr.deps])
    compilation = context.compilation_context
    fault = ctx.file.fault
    sources = ctx.files.srcs + [
        source
        for source in depset(transitive = [dependency[_Sources].files for dependency in ctx.attr.deps]).to_list()
        if not fault or source.basename != fault.basename
    ]
    flags = ["-std=c++17", "-O1", "-g", "-fno-omit-frame-pointer"]
    flags.append("-fsanitize=" + ",".join(["fuzzer"] + ctx.attr.sanitizers))
    flags.append("-fno-sanitize-recover=all")
    for folders in [compilation.quote_includes, compilation.includes, compilation.system_includes]:
        for folder in folders.to_list():
            flags += ["-isystem" if folder.startswith("external/") else "-iquote", folder]
    flags += ["-D" + define for define in compilation.defines.to_list()]
    if fault and fault.extension == "h":
        flags += ["-include", fault.path]
    elif fault:
        sources.append(fault)

    libraries = []
    link_flags = []
    for linked in context.linking_context.linker_inputs.to_list():
        link_flags += linked.user_link_flags
        if linked.owner.workspace_name:
            libraries += [library.pic_static_library or library.static_library for library in linked.libraries]
    libraries = [library for library in libraries if library]

    program = ctx.actions.declare_file(ctx.label.name)
    arguments = ctx.actions.args()
    arguments.add_all(flags)
    arguments.add_all([source for source in sources if source.extension != "h"])
    arguments.add("-o", program)
    arguments.add_all(libraries)
    arguments.add_all(link_flags)
    ctx.actions.run_shell(
        command = "clang++ \"$@\"",
        arguments = [arguments],
        inputs = depset(
            sources + libraries + ([fault] if fault else []),
            transitive = [compilation.headers],
        ),
        outputs = [program],
        mnemonic = "Fuzzer",
        progress_message = "Building the fuzzer %s" % ctx.label.name,
        use_default_shell_env = True,
    )
    return [DefaultInfo(executable = program)]

# A fuzzer of its own `srcs` and the libraries that they use.
fuzzer = rule(
    implementation = _fuzzer,
    executable = True,
    attrs = {
        "deps": attr.label_list(aspects = [_sources], providers = [CcInfo]),
        "fault": attr.label(
            allow_single_file = True,
            doc = "A source or header with a fault, to be used instead of the one of its name.",
        ),
        "sanitizers": attr.string_list(),
        "srcs": attr.label_list(allow_files = True, mandatory = True),
    },
)

# How libFuzzer ends when it has found something.
_FOUND = 77

_SCRIPT = """#!/usr/bin/env bash
cd "$TEST_TMPDIR" || exit
mkdir corpus || exit
seeds=({seeds})
for i in "${{!seeds[@]}}"; do
  for byte in ${{seeds[i]}}; do printf '%b' "\\x$(printf '%x' "$byte")"; done >"corpus/seed_$i"
done
"$TEST_SRCDIR/$TEST_WORKSPACE/{fuzzer}" -max_total_time={seconds} -timeout=60 -max_len={max_len} -rss_limit_mb=0 \\
  -print_final_stats=1 -artifact_prefix="${{TEST_UNDECLARED_OUTPUTS_DIR:-.}}/" corpus 2>&1 | grep -v '^#[0-9]'
status=${{PIPESTATUS[0]}}
((status == {expected})) && exit
echo "The fuzzer ended with $status, not with {expected}."
exit 1
"""

def _fuzz_test(ctx):
    ctx.actions.write(
        ctx.outputs.executable,
        _SCRIPT.format(
            expected = _FOUND if ctx.attr.finds else 0,
            fuzzer = ctx.executable.fuzzer.short_path,
            max_len = ctx.attr.max_len,
            seconds = ctx.attr.seconds,
            seeds = " ".join(["'{}'".format(seed) for seed in ctx.attr.seeds]),
        ),
        is_executable = True,
    )
    return [DefaultInfo(runfiles = ctx.runfiles([ctx.executable.fuzzer]))]

# Passes if the fuzzer finds nothing; or, if `finds`, if it finds something.
fuzz_test = rule(
    implementation = _fuzz_test,
    test = True,
    attrs = {
        "finds": attr.bool(),
        "fuzzer": attr.label(mandatory = True, executable = True, cfg = "target"),
        "max_len": attr.int(mandatory = True, doc = "The longest inputs that are tried."),
        "seeds": attr.string_list(doc = "Inputs to begin with, as numbers with spaces between them."),
        "seconds": attr.int(mandatory = True, doc = "For how long it looks, at most."),
    },
)
