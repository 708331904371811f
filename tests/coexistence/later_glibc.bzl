"""Programs that run with the glibc that fetch_glibc.sh gets, whatever the machine's own is."""

_FOLDER = "tests/coexistence/later_glibc"

LATER_GLIBC = struct(
    data = ["//tests/coexistence:later_glibc"],
    linkopts = [
        # Both from the folder that tests are started in. A program can start itself again.
        "-Wl,--dynamic-linker=%s/ld-linux-x86-64.so.2" % _FOLDER,
        "-Wl,-rpath=" + _FOLDER,
        # No other shared library: this machine's go with its own glibc.
        "-Wl,--as-needed",
        "-l:libstdc++.a",
        "-static-libgcc",
    ],
    # It has no libraries of sanitizers beside it.
    target_compatible_with = ["@platforms//cpu:x86_64"] + select({
        "//tests:sanitizer": ["//tests:incompatible"],
        "//conditions:default": [],
    }),
)
