"""For MODULE.bazel: without the package, what needs Relacy is incompatible."""

load(":relacy.bzl", "relacy")

model = module_extension(implementation = lambda _: relacy(required = False))
