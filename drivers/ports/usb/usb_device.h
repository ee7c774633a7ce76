#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "drivers/ports/usb/pipes.h"
#include "hal/error.h"

struct libusb_device;
struct libusb_device_handle;
struct libusb_transfer;

namespace yizhan {

class UsbDevice;

// Made when the device is opened and used again and again.
struct UsbTransfer {
    UsbDevice* device = nullptr;
    libusb_transfer* raw = nullptr;
    bool in = false;
    bool head = false;  // on the first of its pipes
    bool pending = false;
    std::vector<std::byte> buffer;
};

// How a transfer ended; bytes may have arrived whatever it is.
enum class TransferEnd : std::uint8_t { completed, stalled, gone, cancelled, failed };

// A device that is open, its interface claimed, its pipes chosen. libusb's callback only notes what is done; whoever
// owns this looks at it afterwards, outside of libusb, where closing is allowed.
//
// Each IN transfer is one packet long, so it ends with every packet and needs no time-out. One as long as the longest
// reply (37 packets) would never end where a reply fills its last packet and nothing follows it. As many wait on each
// IN pipe as keep the device going until they are renewed.
class UsbDevice {
 public:
    static constexpr std::size_t packets_ahead = 8;

    static Result<std::unique_ptr<UsbDevice>> open(libusb_device& device);
    UsbDevice(const UsbDevice&) = delete;
    UsbDevice& operator=(const UsbDevice&) = delete;
    // Nothing is pending.
    ~UsbDevice();

    // Submits every IN transfer.
    Result<void> listen();
    Result<void> listen(UsbTransfer& transfer);
    // The request in one transfer, or in two on a device with two OUT pipes. Only while not sending().
    Result<void> send(std::span<const std::byte> request);
    bool sending() const;
    // Asks for the end of what is pending: each comes back done.
    void cancel();
    void cancel_sending();

    // In the order in which they ended. Emptied by whoever looked at them.
    std::vector<UsbTransfer*>& done() { return done_; }
    const std::vector<UsbTransfer*>& done() const { return done_; }
    std::size_t pending() const { return pending_; }
    static TransferEnd end_of(const UsbTransfer& transfer);
    static std::span<const std::byte> bytes_of(const UsbTransfer& transfer);
    // They may be of somebody's card.
    static void wipe(UsbTransfer& transfer);

    bool split() const { return pipes_.split(); }
    std::string identity() const;  // "0400:c35a", vendor and product

    // These wait for the device, up to seconds: off the loop, and only while nothing is pending.
    Result<void> clear_halts();
    Result<void> reset();

 private:
    UsbDevice(libusb_device_handle* handle, UsbPipes pipes);
    static void on_done(libusb_transfer* raw);
    UsbTransfer& add_transfer(const UsbEndpoint& endpoint, bool head, std::size_t size);
    Result<void> submit(UsbTransfer& transfer);

    libusb_device_handle* const handle_;
    const UsbPipes pipes_;
    std::vector<std::unique_ptr<UsbTransfer>> in_;
    std::vector<std::unique_ptr<UsbTransfer>> out_;
    std::vector<UsbTransfer*> done_;
    std::size_t pending_ = 0;
};

}  // namespace yizhan
