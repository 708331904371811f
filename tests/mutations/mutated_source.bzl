"""Sources with a fault."""

def _mutated(ctx):
    ctx.actions.run_shell(
        command = """
            source=$(<"$1")
            before=${source%%"$2"*}
            after=${source#*"$2"}
            if [[ $before == "$source" || $after == *"$2"* ]]; then
              echo "This is no longer in $1, or more than once: $2" >&2
              exit 1
            fi
            printf '%s%s%s\\n' "$before" "$3" "$after" >"$4"
        """,
        arguments = [ctx.file.source.path, ctx.attr.text, ctx.attr.replacement, ctx.outputs.out.path],
        inputs = [ctx.file.source],
        outputs = [ctx.outputs.out],
        mnemonic = "Mutate",
    )

# `out`: a copy of `source` with `replacement` in the place of `text`, which has to be there once.
mutated_source = rule(
    implementation = _mutated,
    attrs = {
        "out": attr.output(mandatory = True),
        "replacement": attr.string(mandatory = True),
        "source": attr.label(mandatory = True, allow_single_file = True),
        "text": attr.string(mandatory = True),
    },
)
