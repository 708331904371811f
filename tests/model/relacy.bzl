"""Relacy, which the central registry does not have: from the system's package, whatever Bazel."""

load("//tests/system:system.bzl", "HEADERS_ONLY", "system_repository")

def relacy(required):
    system_repository(
        name = "relacy",
        header = "relacy/relacy.hpp",
        package = "relacy-dev",
        required = required,
        targets = {".": ["relacy=" + HEADERS_ONLY]},
    )
