"""The guest's kernel: Debian's own, with gpio-sim and an initramfs beside it, made once and kept outside the repository.

Debian's kernel leaves CONFIG_GPIO_SIM off. It builds out of tree from the sources of the same package, with two changes:
irq_to_desc() is not exported to modules, and a parameter makes the chip keep the last level of a line that is let go,
as many real chips do. Nothing is installed on this machine and nothing of the kernel is copied into the repository."""

import os
import pathlib
import shutil
import subprocess
import tempfile

# What the initramfs needs to reach the root file system. Everything else comes from there.
BOOT_MODULES = ("virtio_pci", "9p", "9pnet_virtio", "overlay")
LAYOUT = 1  # raise it when what is built here changes

INIT = """#!/bin/sh
/bin/busybox mkdir -p /proc /sys /dev /lower /upper /root
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in $(cat /modules); do insmod "/lib/$module" || exec poweroff -f; done
mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=512000,cache=loose host /lower
mount -t tmpfs -o size=80% upper /upper
mkdir /upper/data /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/data,workdir=/upper/work root /root
mkdir -p /root/results
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000 results /root/results
mount --bind "/root$(sed -n 's/.*modules=\\([^ ]*\\).*/\\1/p' /proc/cmdline)" /root/lib/modules
umount /dev /sys /proc
exec switch_root /root /bin/sh "$(cat /root/results/start)"
"""


def run(*command, **more):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **more).stdout


def kernel_version():
    """The newest one whose headers tools/setup has installed: gpio-sim is built against them."""
    found = sorted(path.name.removeprefix("linux-headers-") for path in pathlib.Path("/usr/src").glob("linux-headers-*-amd64"))
    if not found:
        raise SystemExit("the guest needs kernel headers (linux-headers-amd64): run tools/setup")
    return found[-1]


class Kernel:
    def __init__(self, directory, version):
        self.image = directory / f"vmlinuz-{version}"
        self.initramfs = directory / "initramfs"
        self.modules = directory / "lib/modules"


def build_gpio_sim(sources, version, work):
    tree = f"linux-source-{version.split('-')[0].rsplit('.', 1)[0]}"
    wanted = [f"{tree}/{name}" for name in ("drivers/gpio/gpio-sim.c", "drivers/gpio/gpiolib.h", "kernel/irq/irq_sim.c")]
    # tar stops reading once it has all: dpkg-deb is told so by a signal.
    subprocess.run(f"dpkg --fsys-tarfile {sources} | tar xO ./usr/src/{tree}.tar.xz | "
                   f"tar xJ -C {work} --occurrence=1 {' '.join(wanted)}", shell=True, check=True, stderr=subprocess.DEVNULL)
    module = work / "gpio-sim"
    module.mkdir()
    shutil.copy(work / wanted[1], module)
    simulation = (work / wanted[0]).read_text()
    freed = ("static void gpio_sim_free(struct gpio_chip *gc, unsigned int offset)\n{\n"
             "\tstruct gpio_sim_chip *chip = gpiochip_get_data(gc);\n")
    interrupts = (work / wanted[2]).read_text()
    delivered = "handle_simple_irq(irq_to_desc(irqnum))"
    if freed not in simulation or delivered not in interrupts:
        raise SystemExit(f"{tree} is not what tests/hardware/guest_kernel.py knows: adapt it")
    (module / "main.c").write_text(simulation.replace(
        freed, "static bool keep_level;\nmodule_param(keep_level, bool, 0644);\n\n" + freed +
        "\n\tif (keep_level)\n\t\treturn;\n"))
    (module / "irq_sim.c").write_text(interrupts.replace(delivered, "generic_handle_irq_safe(irqnum)"))
    (module / "Makefile").write_text("obj-m := gpio-sim.o\ngpio-sim-y := main.o irq_sim.o\n")
    run("make", "-s", "-C", f"/usr/src/linux-headers-{version}", f"M={module}", "modules", stderr=subprocess.DEVNULL)
    return module / "gpio-sim.ko"


def build_initramfs(directory, version, work):
    root = work / "initramfs"
    (root / "bin").mkdir(parents=True)
    (root / "lib").mkdir()
    shutil.copy("/bin/busybox", root / "bin/busybox")
    os.symlink("busybox", root / "bin/sh")
    order = []
    for module in BOOT_MODULES:
        for line in run("modprobe", "-d", directory, "-S", version, "--show-depends", module).splitlines():
            kind, path, *_ = line.split()
            name = pathlib.Path(path).name
            if kind == "insmod" and name not in order:
                shutil.copy(path, root / "lib")
                order.append(name)
    (root / "modules").write_text("\n".join(order) + "\n")
    init = root / "init"
    init.write_text(INIT)
    init.chmod(0o755)
    listing = run("find", ".", cwd=root)
    with open(directory / "initramfs", "wb") as archive:
        subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], input=listing.encode(), stdout=archive, cwd=root, check=True)


def kernel():
    """Builds what is not there yet: half a minute the first time, nothing after it."""
    version = kernel_version()
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "yizhan"
    directory = cache / f"guest-{version}-{LAYOUT}"
    if not directory.exists():
        print(f"building the guest's kernel modules ({version}), once", flush=True)
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as name:
            work = pathlib.Path(name)
            made = work / "made"
            made.mkdir()
            source = f"linux-source-{'.'.join(version.split('.')[:2])}"
            run("apt-get", "download", "-q", f"linux-image-{version}", source, cwd=work)
            run("dpkg", "-x", next(work.glob("linux-image-*.deb")), work / "image")
            shutil.move(work / f"image/boot/vmlinuz-{version}", made)
            shutil.move(work / "image/lib", made / "lib")
            extra = made / f"lib/modules/{version}/extra"
            extra.mkdir()
            shutil.copy(build_gpio_sim(next(work.glob("linux-source-*.deb")), version, work), extra)
            run("depmod", "-b", made, version)
            build_initramfs(made, version, work)
            made.rename(directory)
    return Kernel(directory, version)


if __name__ == "__main__":
    print(kernel().image)
