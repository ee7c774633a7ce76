#include "drivers/ports/usb/usb_ports.h"

#include <fmt/format.h>
#include <libusb.h>

#include <algorithm>
#include <array>
#include <utility>

#include "drivers/ports/usb/usb_port.h"
#include "hal/check.h"

namespace yizhan {

Result<std::unique_ptr<UsbPorts>> UsbPorts::make(SdEventLoop& loop) {
    const auto refused = [](int error) {
        return failure(fmt::format("USB: libusb cannot start: {}", libusb_strerror(error)),
                       "check that /sys and /dev/bus/usb are there and that AF_NETLINK is allowed (systemd unit)");
    };
    libusb_context* context = nullptr;
    if (const int error = libusb_init(&context); error != 0) return refused(error);
    std::unique_ptr<UsbPorts> ports(new UsbPorts(loop, context));
    if (libusb_has_capability(LIBUSB_CAP_HAS_HOTPLUG) == 0) return refused(LIBUSB_ERROR_NOT_SUPPORTED);

    // Called by libusb inside of its own calls, where hardly anything is allowed: it only takes a note.
    const auto on_hot_plug = [](libusb_context*, libusb_device* device, libusb_hotplug_event event, void* self) {
        static_cast<UsbPorts*>(self)->hot_plugs_.push_back(
            {libusb_ref_device(device), event == LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED});
        return 0;
    };
    constexpr int both = LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT;
    constexpr int any = LIBUSB_HOTPLUG_MATCH_ANY;
    if (const int error = libusb_hotplug_register_callback(context, both, LIBUSB_HOTPLUG_NO_FLAGS, any, any, any,
                                                           on_hot_plug, ports.get(), nullptr);
        error != 0) {
        return refused(error);
    }
    return ports;
}

UsbPorts::UsbPorts(SdEventLoop& loop, libusb_context* context) : loop_(loop), context_(context) {
    // libusb's own time-outs are not used, so its descriptors are all there is to wait for.
    const auto pollfds = libusb_get_pollfds(context_);
    YZ_CHECK(pollfds != nullptr);  // there is always its event pipe
    for (const auto* fd = pollfds; *fd != nullptr; ++fd) watch((*fd)->fd, (*fd)->events);
    libusb_free_pollfds(pollfds);
    libusb_set_pollfd_notifiers(
        context_, [](int fd, short events, void* self) { static_cast<UsbPorts*>(self)->watch(fd, events); },
        [](int fd, void* self) { static_cast<UsbPorts*>(self)->watches_.erase(fd); }, this);
    loop_.join(*this);
}

UsbPorts::~UsbPorts() {
    YZ_CHECK(ports_.empty());
    loop_.leave(*this);
    for (const HotPlug& event : hot_plugs_) libusb_unref_device(event.device);
    libusb_set_pollfd_notifiers(context_, nullptr, nullptr, nullptr);
    watches_.clear();
    libusb_exit(context_);
}

void UsbPorts::watch(int fd, short events) {
    watches_[fd] =
        loop_.watch(fd, static_cast<std::uint32_t>(events), [this](std::uint32_t) { handle_events(milliseconds{0}); });
}

void UsbPorts::handle_events(milliseconds longest_wait) {
    timeval time{.tv_sec = longest_wait.count() / 1000, .tv_usec = longest_wait.count() % 1000 * 1000};
    // What can fail is the wait (interrupted), and whatever is ready is then still ready.
    static_cast<void>(libusb_handle_events_timeout_completed(context_, &time, nullptr));
}

// Both are named by the kernel: the bus, then the port of each hub on the way.
std::string UsbPorts::path_of(libusb_device& device) {
    std::array<std::uint8_t, 7> ports{};
    const int depth = libusb_get_port_numbers(&device, ports.data(), static_cast<int>(ports.size()));
    std::string path = std::to_string(libusb_get_bus_number(&device));
    for (int i = 0; i < depth; ++i) path += (i == 0 ? '-' : '.') + std::to_string(ports[static_cast<std::size_t>(i)]);
    return path;
}

void UsbPorts::advance(Now now) {
    for (const HotPlug& event : std::exchange(hot_plugs_, {})) {
        const std::string path = path_of(*event.device);
        const auto port = std::ranges::find(ports_, path, &UsbPort::path);
        if (port != ports_.end()) {
            event.arrived ? (*port)->on_arrived(*event.device, now) : (*port)->on_left(*event.device, now);
        }
        libusb_unref_device(event.device);
    }
}

Result<std::unique_ptr<BytePort>> UsbPorts::open(const std::string& name, SerialLine) {
    constexpr std::string_view prefix = "usb:";
    if (!name.starts_with(prefix)) {
        return failure("port " + name + ": not a USB port", "name it like usb:1-1.4, as under /sys/bus/usb/devices");
    }
    std::string path = name.substr(prefix.size());
    if (std::ranges::find(ports_, path, &UsbPort::path) != ports_.end()) {
        return failure("port " + name + ": two readers are to use it", "give each reader a port of its own");
    }
    return std::make_unique<UsbPort>(*this, std::move(path));
}

void UsbPorts::add(UsbPort& port, Now now) {
    ports_.push_back(&port);
    libusb_device** devices = nullptr;
    // What comes later is told; the list may hold what is about to be told too.
    const ssize_t count = libusb_get_device_list(context_, &devices);
    for (ssize_t i = 0; i < count; ++i) {
        if (path_of(*devices[i]) == port.path()) port.on_arrived(*devices[i], now);
    }
    if (count >= 0) libusb_free_device_list(devices, 1);
}

void UsbPorts::remove(UsbPort& port) { std::erase(ports_, &port); }

}  // namespace yizhan
