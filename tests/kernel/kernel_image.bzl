"""Linux kernels for guests."""

# Bazel shows which action runs and for how long, but nothing of what it
# prints: so the build goes in steps, named to be seen. Where the user's cache
# has the image, they do nothing.
_PARTS = [
    "source",
    "arch/x86/",
    "kernel/ mm/",
    "drivers/acpi/ fs/",
    "drivers/ lib/ net/",
]

def kernel_image(name, out, configs):
    """Builds a Linux kernel, once for this user.

    Args:
      name: the name of the target.
      out: the name of the bootable image.
      configs: files that say what the kernel has beyond `make allnoconfig`.
    """
    steps = [
        "%s_step_%d_of_%d" % (name, number, len(_PARTS) + 1)
        for number in range(1, len(_PARTS) + 1)
    ]
    for number, part in enumerate(_PARTS):
        _build(steps[number], steps[number] + ".done", configs, steps[:number], part)
    _build(name, out, configs, steps, "")

def _build(name, out, configs, earlier_steps, part):
    native.genrule(
        name = name,
        srcs = configs + earlier_steps,
        outs = [out],
        cmd = " ".join(
            ["$(location build_kernel.sh) $@"] +
            ["$(location %s)" % config for config in configs] +
            [part],
        ),
        local = True,
        message = "Building",
        tags = ["no-cache"],
        tools = [
            "build_kernel.sh",
            "//tests/system:mirrors.sh",
        ],
    )
