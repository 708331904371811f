"""The architectures that are tested by cross-compilation."""

def _architecture(triple, dynamic_linker, emulator, defines = [], may_be_native = False):
    """How to build for an architecture, and run what is built.

    Args:
      triple: what Debian calls its GNU tools, and the folder of its C library in /usr.
      dynamic_linker: what is in `lib` there.
      emulator: the program that runs its programs.
      defines: macros.
      may_be_native: whether the kernel may be able to run its programs, too.

    Returns:
      A struct of these.
    """
    return struct(
        triple = triple,
        dynamic_linker = dynamic_linker,
        emulator = emulator,
        defines = defines,
        may_be_native = may_be_native,
    )

# By the names that @platforms//cpu has for them.
ARCHITECTURES = {
    "arm64": _architecture("aarch64-linux-gnu", "ld-linux-aarch64.so.1", "qemu-aarch64"),
    "i386": _architecture(
        "i686-linux-gnu",
        "ld-linux.so.2",
        "qemu-i386",
        # With the time that distributions for 32 bits have moved to.
        defines = ["_FILE_OFFSET_BITS=64", "_TIME_BITS=64"],
        may_be_native = True,
    ),
    "riscv64": _architecture("riscv64-linux-gnu", "ld-linux-riscv64-lp64d.so.1", "qemu-riscv64"),
    "s390x": _architecture("s390x-linux-gnu", "ld64.so.1", "qemu-s390x"),
}
