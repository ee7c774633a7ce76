#include "firmware/uplink/retained_documents.h"

#include <algorithm>

#include "hal/check.h"

namespace yizhan {

RetainedDocuments::Topic* RetainedDocuments::find(std::string_view topic) {
    const auto found = std::ranges::find(topics_, topic, &Topic::name);
    return found == topics_.end() ? nullptr : &*found;
}

void RetainedDocuments::want(std::string_view topic, std::string_view payload) {
    Topic* known = find(topic);
    if (known == nullptr) {
        if (payload.empty()) return;
        YZ_CHECK(topics_.size() < most_topics);
        known = &topics_.emplace_back();
        known->name = topic;
    }
    known->wanted = payload;
}

void RetainedDocuments::want_only(std::string_view prefix, const std::vector<std::string>& keep) {
    for (Topic& topic : topics_) {
        if (!topic.name.starts_with(prefix) || topic.wanted.empty()) continue;
        if (std::ranges::find(keep, topic.name) != keep.end()) continue;
        topic.wanted.clear();
    }
}

void RetainedDocuments::found(std::string_view topic) {
    if (find(topic) != nullptr) return;  // ours: it gets the right document anyway
    // Half of the room stays for what we want ourselves; the next connection finds the rest.
    if (topics_.size() >= most_topics / 2) return;
    topics_.emplace_back().name = topic;
}

void RetainedDocuments::forget(std::string_view prefix) {
    std::erase_if(topics_, [&](const Topic& topic) { return topic.name.starts_with(prefix); });
}

void RetainedDocuments::start_over() {
    std::erase_if(topics_, [](const Topic& topic) { return topic.wanted.empty(); });
    for (Topic& topic : topics_) {
        topic.told.reset();
        topic.message_id = 0;
        topic.refused = topic.held = false;
    }
}

std::optional<RetainedDocuments::Document> RetainedDocuments::next() {
    const auto unanswered = std::ranges::count_if(topics_, [](const Topic& topic) { return topic.message_id != 0; });
    if (static_cast<std::size_t>(unanswered) >= most_unanswered) return std::nullopt;
    const auto due = std::ranges::find_if(topics_, &Topic::due);
    if (due == topics_.end()) return std::nullopt;
    next_ = static_cast<std::size_t>(due - topics_.begin());
    return Document{due->name, due->wanted};
}

void RetainedDocuments::sent(int message_id) {
    YZ_CHECK(next_ < topics_.size() && topics_[next_].due() && message_id != 0);
    topics_[next_].message_id = message_id;
    topics_[next_].under_way = topics_[next_].wanted;
}

RetainedDocuments::Answer RetainedDocuments::answered(int message_id, int reason) {
    const auto topic = std::ranges::find_if(
        topics_, [&](const Topic& one) { return message_id != 0 && one.message_id == message_id; });
    if (topic == topics_.end()) return Answer::not_ours;
    topic->message_id = 0;
    if (reason >= 0x80) {
        topic->refused = topic->held = true;
        return Answer::refused;
    }
    topic->refused = false;
    topic->told = topic->under_way;
    if (topic->wanted.empty() && topic->told->empty()) topics_.erase(topic);
    return Answer::taken;
}

void RetainedDocuments::retry() {
    for (Topic& topic : topics_) topic.held = false;
}

std::string RetainedDocuments::first_refused() const {
    const auto refused = std::ranges::find_if(topics_, &Topic::refused);
    return refused == topics_.end() ? std::string() : refused->name;
}

bool RetainedDocuments::settled() const {
    return std::ranges::all_of(topics_, [](const Topic& topic) { return topic.told == topic.wanted; });
}

}  // namespace yizhan
