"""Tests on a kernel that grants time slice extensions."""

load("@rules_cc//cc:defs.bzl", "cc_test")

_IMAGE = "//tests/kernel:image"

def guest_test(name, test, guest_args = [], args = [], data = [], kernel = _IMAGE, tags = [], **kwargs):
    """Runs a test in a guest, unless the kernel it is started on grants extensions by itself.

    Args:
      name: the name of the new test.
      test: the label of a test or program, which takes no part in `bazel test //...` if tagged "manual".
      guest_args: flags of //tests/kernel:guest. Where there are any, it is always the guest.
      args: arguments of `test`.
      data: what `test` reads beyond its own runfiles.
      kernel: the label of the guest's kernel. If it is another one than //tests/kernel:image, it is always the guest.
      tags: further tags.
      **kwargs: what else a cc_test takes, such as timeout.
    """
    if kernel != _IMAGE:
        guest_args = guest_args + ["--kernel=$(rootpath %s)" % kernel]
    cc_test(
        name = name,
        args = (guest_args or ["--when_needed"]) + ["--", "./$(rootpath %s)" % test] + args,
        data = data + [test, kernel],
        # QEMU takes two CPUs; it needs no sandbox, being one.
        tags = tags + ["cpu:2", "local"],
        deps = ["//tests/kernel:guest_main"],
        **kwargs
    )
