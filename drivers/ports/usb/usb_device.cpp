#include "drivers/ports/usb/usb_device.h"

#include <fmt/format.h>
#include <libusb.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "hal/check.h"

namespace yizhan {
namespace {

constexpr std::size_t longest_request = 64;  // of a BytePort

std::unexpected<Error> usb_failure(std::string_view doing, int error) {
    return failure(fmt::format("{}: {}", doing, libusb_strerror(error)));
}

std::string id_of(libusb_device& device) {
    libusb_device_descriptor descriptor{};
    static_cast<void>(libusb_get_device_descriptor(&device, &descriptor));  // held in memory: it cannot fail
    return fmt::format("{:04x}:{:04x}", descriptor.idVendor, descriptor.idProduct);
}

UsbEndpoint endpoint_of(const libusb_endpoint_descriptor& descriptor) {
    // Bits 11 and 12: further packets in the same microframe, of a fast interrupt pipe.
    const std::size_t size = descriptor.wMaxPacketSize & 0x7FFU;
    const std::size_t packets = 1 + ((descriptor.wMaxPacketSize >> 11) & 3U);
    return {.address = descriptor.bEndpointAddress,
            .bulk = (descriptor.bmAttributes & 3) == LIBUSB_TRANSFER_TYPE_BULK,
            .packet = size * packets};
}

Result<std::vector<UsbInterface>> interfaces_of(libusb_device& device) {
    libusb_config_descriptor* raw = nullptr;
    if (const int error = libusb_get_active_config_descriptor(&device, &raw); error != 0) {
        return usb_failure("its descriptors cannot be read", error);
    }
    const std::unique_ptr<libusb_config_descriptor, void (*)(libusb_config_descriptor*)> config(
        raw, libusb_free_config_descriptor);
    std::vector<UsbInterface> interfaces;
    for (const libusb_interface& settings : std::span(config->interface, config->bNumInterfaces)) {
        if (settings.num_altsetting == 0) continue;
        const libusb_interface_descriptor& first = settings.altsetting[0];
        UsbInterface interface{
            .number = first.bInterfaceNumber, .device_class = first.bInterfaceClass, .endpoints = {}};
        for (const auto& endpoint : std::span(first.endpoint, first.bNumEndpoints)) {
            const int type = endpoint.bmAttributes & 3;
            if (type == LIBUSB_TRANSFER_TYPE_BULK || type == LIBUSB_TRANSFER_TYPE_INTERRUPT) {
                interface.endpoints.push_back(endpoint_of(endpoint));
            }
        }
        interfaces.push_back(std::move(interface));
    }
    return interfaces;
}

Result<libusb_device_handle*> open_and_claim(libusb_device& device, std::uint8_t interface) {
    libusb_device_handle* handle = nullptr;
    if (const int error = libusb_open(&device, &handle); error == LIBUSB_ERROR_ACCESS) {
        return failure("access denied to USB device " + id_of(device),
                       "install config/udev/70-yizhan.rules with a line for this device and plug it in again");
    } else if (error != 0) {
        return usb_failure("it cannot be opened", error);
    }
    if (const int error = libusb_claim_interface(handle, interface); error != 0) {
        libusb_close(handle);
        if (error != LIBUSB_ERROR_BUSY) return usb_failure("its interface cannot be claimed", error);
        return failure("another program or a kernel driver uses USB device " + id_of(device),
                       "end that program, or keep the driver away with a udev rule");
    }
    return handle;
}

}  // namespace

Result<std::unique_ptr<UsbDevice>> UsbDevice::open(libusb_device& device) {
    const auto interfaces = interfaces_of(device);
    if (!interfaces) return std::unexpected(interfaces.error());
    auto pipes = choose_pipes(*interfaces);
    if (!pipes) return failure("USB device " + id_of(device) + ": " + pipes.error().what, pipes.error().cure);
    const auto handle = open_and_claim(device, pipes->interface);
    if (!handle) return std::unexpected(handle.error());
    return std::unique_ptr<UsbDevice>(new UsbDevice(*handle, std::move(*pipes)));
}

UsbDevice::UsbDevice(libusb_device_handle* handle, UsbPipes pipes) : handle_(handle), pipes_(std::move(pipes)) {
    for (const UsbEndpoint& endpoint : pipes_.out) add_transfer(endpoint, &endpoint == &pipes_.out[0], longest_request);
    for (const UsbEndpoint& endpoint : pipes_.in) {
        for (std::size_t i = 0; i < packets_ahead; ++i) {
            add_transfer(endpoint, &endpoint == &pipes_.in[0], endpoint.packet);
        }
    }
    done_.reserve(in_.size() + out_.size());
}

std::string UsbDevice::identity() const { return id_of(*libusb_get_device(handle_)); }

UsbDevice::~UsbDevice() {
    YZ_CHECK(pending_ == 0);
    for (const auto* transfers : {&in_, &out_}) {
        for (const auto& transfer : *transfers) libusb_free_transfer(transfer->raw);
    }
    static_cast<void>(libusb_release_interface(handle_, pipes_.interface));  // fails where the device is gone
    libusb_close(handle_);
}

UsbTransfer& UsbDevice::add_transfer(const UsbEndpoint& endpoint, bool head, std::size_t size) {
    const bool in = (endpoint.address & LIBUSB_ENDPOINT_IN) != 0;
    auto& transfers = in ? in_ : out_;
    auto& transfer = *transfers.emplace_back(std::make_unique<UsbTransfer>());
    transfer.device = this;
    transfer.in = in;
    transfer.head = head;
    transfer.buffer.resize(size);
    transfer.raw = libusb_alloc_transfer(0);
    YZ_CHECK(transfer.raw != nullptr);
    // Without a time-out: deadlines are the loop's.
    libusb_fill_bulk_transfer(transfer.raw, handle_, endpoint.address,
                              reinterpret_cast<unsigned char*>(transfer.buffer.data()), static_cast<int>(size), on_done,
                              &transfer, 0);
    if (!endpoint.bulk) transfer.raw->type = LIBUSB_TRANSFER_TYPE_INTERRUPT;
    return transfer;
}

Result<void> UsbDevice::submit(UsbTransfer& transfer) {
    YZ_CHECK(!transfer.pending);
    if (const int error = libusb_submit_transfer(transfer.raw); error != 0) {
        return error == LIBUSB_ERROR_NO_DEVICE ? failure("unplugged") : usb_failure("a transfer was refused", error);
    }
    transfer.pending = true;
    ++pending_;
    return {};
}

Result<void> UsbDevice::listen() {
    for (const auto& transfer : in_) {
        if (auto submitted = submit(*transfer); !submitted) return submitted;
    }
    return {};
}

Result<void> UsbDevice::listen(UsbTransfer& transfer) { return submit(transfer); }

Result<void> UsbDevice::send(std::span<const std::byte> request) {
    YZ_CHECK(!sending() && request.size() <= longest_request);
    for (const auto& transfer : out_) {
        const auto part = transfer->head && split() ? request.first(std::min(frame_head, request.size())) : request;
        request = request.subspan(part.size());
        if (part.empty()) break;
        std::ranges::copy(part, transfer->buffer.begin());
        transfer->raw->length = static_cast<int>(part.size());
        if (auto submitted = submit(*transfer); !submitted) return submitted;
    }
    return {};
}

bool UsbDevice::sending() const {
    return std::ranges::any_of(out_, [](const auto& transfer) { return transfer->pending; });
}

void UsbDevice::cancel() {
    for (const auto& transfer : in_) {
        if (transfer->pending) static_cast<void>(libusb_cancel_transfer(transfer->raw));  // it may be done already
    }
    cancel_sending();
}

void UsbDevice::cancel_sending() {
    for (const auto& transfer : out_) {
        if (transfer->pending) static_cast<void>(libusb_cancel_transfer(transfer->raw));
    }
}

void UsbDevice::on_done(libusb_transfer* raw) {
    auto& transfer = *static_cast<UsbTransfer*>(raw->user_data);
    transfer.pending = false;
    --transfer.device->pending_;
    transfer.device->done_.push_back(&transfer);
}

TransferEnd UsbDevice::end_of(const UsbTransfer& transfer) {
    switch (transfer.raw->status) {
        case LIBUSB_TRANSFER_COMPLETED:
            return TransferEnd::completed;
        case LIBUSB_TRANSFER_STALL:
            return TransferEnd::stalled;
        case LIBUSB_TRANSFER_NO_DEVICE:
            return TransferEnd::gone;
        case LIBUSB_TRANSFER_CANCELLED:
            return TransferEnd::cancelled;
        default:
            return TransferEnd::failed;
    }
}

std::span<const std::byte> UsbDevice::bytes_of(const UsbTransfer& transfer) {
    return std::span(transfer.buffer).first(static_cast<std::size_t>(transfer.raw->actual_length));
}

void UsbDevice::wipe(UsbTransfer& transfer) {
    explicit_bzero(transfer.buffer.data(), static_cast<std::size_t>(transfer.raw->actual_length));
}

Result<void> UsbDevice::clear_halts() {
    for (const auto* endpoints : {&pipes_.in, &pipes_.out}) {
        for (const UsbEndpoint& endpoint : *endpoints) {
            if (const int error = libusb_clear_halt(handle_, endpoint.address); error != 0) {
                return usb_failure("a stalled pipe cannot be cleared", error);
            }
        }
    }
    return {};
}

Result<void> UsbDevice::reset() {
    // "Not found" says that it came back as another device, which the hot-plug events tell.
    const int error = libusb_reset_device(handle_);
    if (error != 0 && error != LIBUSB_ERROR_NOT_FOUND) return usb_failure("it cannot be reset", error);
    return {};
}

}  // namespace yizhan
