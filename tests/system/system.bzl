"""Repositories made from the system's packages, under the central registry's names and labels."""

def missing(ctx, package):
    """Ends the build: a package has to be installed."""
    fail("@{} needs the package {}: run ./bazelw, or: sudo apt-get install {}".format(ctx.name, package, package))

def _pkg_config(ctx, args):
    pkg_config = ctx.which("pkg-config")
    if not pkg_config:
        missing(ctx, "pkgconf")
    result = ctx.execute([pkg_config] + args)
    return [word for word in result.stdout.strip().split(" ") if word] if result.return_code == 0 else None

# The module of a target that links nothing.
HEADERS_ONLY = "-"

def _linkopts(ctx, libs):
    """What a target links: `libs` is a pkg-config module, or flags where the package has none. None if unknown."""
    if libs == HEADERS_ONLY:
        return []
    if libs.startswith("-l"):
        return libs.split(" ")
    flags = _pkg_config(ctx, ["--libs", libs])
    if not flags:
        return flags

    # Archives where there are any, so that a binary also runs on another root folder, as the tests' guest may have.
    libdir = _pkg_config(ctx, ["--variable=libdir", libs])[0]
    archives = ["lib%s.a" % flag[2:] for flag in flags]
    return [
        "-l:" + archive if flag.startswith("-l") and ctx.path(libdir + "/" + archive).exists else flag
        for flag, archive in zip(flags, archives)
    ]

# The system has libraries for one architecture, and headers for all.
_ON_THIS_MACHINE = "select({{\":this_machine\": {}, \"//conditions:default\": []}})"

def _system_repository(ctx):
    compatible_with = []
    if not [dir for dir in ctx.attr.include_path if ctx.path(dir + "/" + ctx.attr.header).exists]:
        if ctx.attr.required:
            missing(ctx, ctx.attr.package)
        compatible_with = ["@platforms//:incompatible"]
    for folder, targets in ctx.attr.targets.items():
        build = [
            "load(\"@local_config_platform//:constraints.bzl\", \"HOST_CONSTRAINTS\")",
            "load(\"@rules_cc//cc:defs.bzl\", \"cc_library\")",
            "package(default_visibility = [\"//visibility:public\"])",
            "config_setting(name = \"this_machine\", constraint_values = HOST_CONSTRAINTS)",
        ]
        for target in targets:
            name, _, libs = target.partition("=")
            linkopts = _linkopts(ctx, libs or ctx.attr.prefix + name)
            if linkopts != None:
                build.append("cc_library(name = {}, linkopts = {}, target_compatible_with = {})".format(
                    repr(name),
                    _ON_THIS_MACHINE.format(linkopts) if linkopts else "[]",
                    compatible_with,
                ))
        ctx.file(folder + "/BUILD", "\n".join(build) + "\n")
    ctx.file("WORKSPACE")

# Headers are where the compiler looks by itself, so a target is little more than what it links.
system_repository = repository_rule(
    implementation = _system_repository,
    local = True,
    attrs = {
        "package": attr.string(mandatory = True, doc = "Debian's name of the package, for the error if it is missing."),
        "header": attr.string(mandatory = True, doc = "A header that is there when the package is."),
        "include_path": attr.string_list(default = ["/usr/include", "/usr/local/include"]),
        "prefix": attr.string(doc = "What pkg-config puts before the name of a target."),
        "required": attr.bool(default = True, doc = "Whether the build ends here if the package is missing."),
        "targets": attr.string_list_dict(
            mandatory = True,
            doc = "Folder to targets: `name`, or `name=module` where pkg-config calls it something else.",
        ),
    },
)

def _source_repository(ctx):
    path = ctx.path(ctx.attr.path)
    if not path.exists:
        missing(ctx, ctx.attr.package)
    for entry in path.readdir():
        ctx.symlink(entry, entry.basename)
    ctx.symlink(ctx.attr.build_file, "BUILD")
    ctx.file("WORKSPACE")

# The sources that a package has, to be built as everything else is.
source_repository = repository_rule(
    implementation = _source_repository,
    local = True,
    attrs = {
        "package": attr.string(mandatory = True, doc = "Debian's name of the package, for the error if it is missing."),
        "path": attr.string(mandatory = True, doc = "Where the package puts its sources."),
        "build_file": attr.label(mandatory = True),
    },
)

def _stub_repository(ctx):
    ctx.file("WORKSPACE")
    for path, content in ctx.attr.files.items():
        ctx.file(path, content)
    for source, path in ctx.attr.links.items():
        ctx.symlink(source, path)

# Stands in for a repository that Bazel asks for and would download.
stub_repository = repository_rule(
    implementation = _stub_repository,
    attrs = {
        "files": attr.string_dict(),
        "links": attr.label_keyed_string_dict(allow_files = True),
    },
)
