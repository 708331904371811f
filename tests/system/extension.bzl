"""For MODULE.bazel."""

load(":system.bzl", "system_repository")

leveldb = module_extension(implementation = lambda _: system_repository(
    name = "leveldb",
    header = "leveldb/db.h",
    package = "libleveldb-dev",
    required = False,
    targets = {".": ["leveldb=-l:libleveldb.a -l:libsnappy.so.1"]},
))
