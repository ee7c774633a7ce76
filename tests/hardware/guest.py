"""A machine of our own for a while: QEMU without KVM, this machine's file system below a throw-away layer, a real kernel
with simulated GPIO and USB, and the service manager that a station runs under.

guest.py COMMAND... runs a command in it as root, for a look around."""

import pathlib
import shlex
import subprocess
import sys
import tempfile

import guest_kernel

HERE = pathlib.Path(__file__).resolve().parent


class Result:
    def __init__(self, finished, console, files):
        self.finished = finished  # false: it was stopped at its time limit
        self.console = console
        self.files = files  # name -> content of what the guest left in /results


def command_for(script, results, variables, devices=("-nic", "none")):
    """What starts a guest that runs `script` (a path) as its first process; `results` is its directory /results."""
    kernel = guest_kernel.kernel()
    (results / "start").write_text(str(script))
    (results / "environment").write_text("".join(f"{key}={shlex.quote(str(value))}\n" for key, value in variables.items()))
    # no_timer_check: on a busy machine the kernel takes its timer for broken, and panics.
    return [
        "setpriv", "--pdeathsig", "KILL",  # no machine outlives its test
        "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "1", "-m", "3072", "-nodefaults",
        "-display", "none", "-serial", "stdio", "-no-reboot", "-kernel", kernel.image, "-initrd", kernel.initramfs,
        "-append", f"console=ttyS0 quiet panic=-1 no_timer_check modules={kernel.modules} net.ifnames=0 systemd.show_status=0",
        "-fsdev", "local,id=host,path=/,security_model=none,readonly=on,multidevs=remap",
        "-device", "virtio-9p-pci,fsdev=host,mount_tag=host",
        "-fsdev", f"local,id=results,path={results},security_model=none",
        "-device", "virtio-9p-pci,fsdev=results,mount_tag=results",
        "-device", "virtio-rng-pci", *devices,
    ]  # fmt: skip


def run(script, seconds, variables=None, share=()):
    """Boots, runs `script`, and waits for the power to go off. What the script writes to /results comes back; `share` are
    files laid there beforehand."""
    with tempfile.TemporaryDirectory(prefix="yizhan-guest-") as name:
        results = pathlib.Path(name)
        for path in share:
            (results / pathlib.Path(path).name).write_bytes(pathlib.Path(path).read_bytes())
        command = command_for(script, results, variables or {})
        console = results / "console"
        with open(console, "wb") as output:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
            try:
                process.wait(seconds)
                finished = True
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                finished = False
        files = {path.name: path.read_bytes() for path in results.iterdir() if path.is_file() and path != console}
        return Result(finished, console.read_text(errors="replace"), files)


def main():
    if len(sys.argv) < 2:
        raise SystemExit("usage: guest.py COMMAND...")
    result = run(HERE / "in_guest/command", 300, {"COMMAND": shlex.join(sys.argv[1:]) if len(sys.argv) > 2 else sys.argv[1]})
    print(result.files.get("output", b"").decode(errors="replace") or result.console, end="")
    raise SystemExit(int(result.files.get("status", b"1")) if result.finished else "the guest was stopped at its time limit")


if __name__ == "__main__":
    main()
