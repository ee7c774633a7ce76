// The topics of one station: yizhan/v1/<station>/…
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace yizhan {

class Topics {
 public:
    explicit Topics(std::string_view station) : root_("yizhan/v1/" + std::string(station) + "/") {}

    std::string status() const { return root_ + "status"; }
    std::string info() const { return root_ + "info"; }
    std::string state() const { return root_ + "state"; }
    std::string event() const { return root_ + "event"; }
    std::string event_ack() const { return root_ + "event/ack"; }
    std::string event_resend() const { return root_ + "event/resend"; }
    std::string live() const { return root_ + "live"; }
    std::string alarm(std::string_view name) const { return root_ + "alarm/" + std::string(name); }
    std::string any_alarm() const { return root_ + "alarm/+"; }
    // Not cmd/#: that would bring our own replies back.
    std::string any_command() const { return root_ + "cmd/+"; }
    std::string reply(std::string_view verb) const { return root_ + "cmd/" + std::string(verb) + "/reply"; }

    // The <name> of alarm/<name> and the <verb> of cmd/<verb>; nothing for any other topic.
    std::optional<std::string_view> alarm_of(std::string_view topic) const { return below("alarm/", topic); }
    std::optional<std::string_view> command_of(std::string_view topic) const { return below("cmd/", topic); }

 private:
    std::optional<std::string_view> below(std::string_view branch, std::string_view topic) const {
        if (!topic.starts_with(root_)) return std::nullopt;
        topic.remove_prefix(root_.size());
        if (!topic.starts_with(branch)) return std::nullopt;
        topic.remove_prefix(branch.size());
        if (topic.empty() || topic.find_first_of("/+#") != std::string_view::npos) return std::nullopt;
        return topic;
    }

    std::string root_;
};

}  // namespace yizhan
