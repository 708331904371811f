"""For MODULE.bazel."""

load(":compilers.bzl", "cross_compilers")

cross = module_extension(implementation = lambda _: cross_compilers(name = "cross_compilers"))
