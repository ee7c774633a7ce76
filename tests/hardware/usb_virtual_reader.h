// An ID-card reader on the virtual USB bus: the SAM_A model of drivers/simulated behind a virtual USB device, in real
// time.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "drivers/simulated/sam_reader.h"
#include "tests/hardware/usb_virtual_device.h"

namespace yizhan {

class VirtualUsbReader : private BytePortListener {
 public:
    explicit VirtualUsbReader(SdEventLoop& loop);
    VirtualUsbReader(const VirtualUsbReader&) = delete;
    VirtualUsbReader& operator=(const VirtualUsbReader&) = delete;
    ~VirtualUsbReader();

    Result<void> plug(int port, UsbProfile profile);
    // A card stays where it lies.
    void unplug();
    bool plugged() const { return device_ != nullptr; }
    // Answers nothing any more: until unmute(), or until USB resets it.
    void mute(bool until_reset);
    void unmute();
    void stall(int times);
    // Takes no request any more, until it is plugged in again.
    void deafen();
    simulated::SamReader& sam() { return sam_; }
    const UsbCounts& counts() const { return counts_; }

    bool empty_packets = false;  // one after each reply, as some devices end what fills its last packet
    bool body_first = false;  // of four pipes: the host controller happens to fetch the body first

 private:
    void on_attached(Now) override { forget(); }
    void on_detached(std::string_view, Now) override { forget(); }
    void on_bytes(std::span<const std::byte> bytes, Now now) override;

    void on_out(std::uint8_t endpoint, std::span<const std::byte> bytes);
    void on_configured();
    void forget();
    void say_head(std::span<const std::byte> bytes);

    SdEventLoop& loop_;
    simulated::BytePort port_;
    simulated::SamReader sam_;
    UsbCounts counts_;
    UsbProfile profile_ = UsbProfile::one_pair;
    std::unique_ptr<VirtualUsbDevice> device_;
    bool mute_until_reset_ = false;
    std::vector<std::byte> request_;
    // The reply under way.
    std::vector<std::byte> head_;
    std::size_t body_left_ = 0;
};

}  // namespace yizhan
