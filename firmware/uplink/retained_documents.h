#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace yizhan {

// What the broker is to keep for us, and the difference to what it has been told. Per topic the newest document wins
// and one is under way at a time. Pure.
class RetainedDocuments {
 public:
    // Our own are fewer than 200; the rest is room for what is found at the broker.
    static constexpr std::size_t most_topics = 512;
    static constexpr std::size_t most_unanswered = 32;

    // Empty: nothing is to be retained there.
    void want(std::string_view topic, std::string_view payload);
    // Every wanted topic that begins so and is none of `keep` is cleared.
    void want_only(std::string_view prefix, const std::vector<std::string>& keep);
    // The broker has something there. Cleared unless it is wanted.
    void found(std::string_view topic);
    // Nothing is known of it, nor wanted.
    void forget(std::string_view prefix);
    // Another connection, perhaps another broker: everything has to be said again.
    void start_over();

    struct Document {
        const std::string& topic;
        const std::string& payload;
    };
    // What should go out next, the topic longest known first; the strings live until the next call.
    std::optional<Document> next();
    // The one next() gave is out under this id.
    void sent(int message_id);

    enum class Answer { not_ours, taken, refused };
    Answer answered(int message_id, int reason);
    // Refused ones are not sent again until this is called.
    void retry();
    // A topic whose last document was refused; empty: none.
    std::string first_refused() const;
    // The broker has all that is wanted.
    bool settled() const;

 private:
    struct Topic {
        std::string name;
        std::string wanted;
        std::optional<std::string> told;  // what the broker has taken; none: unknown
        std::string under_way;
        int message_id = 0;  // of under_way; 0: none
        bool refused = false;  // since it last was taken
        bool held = false;  // until retry()
        bool due() const { return message_id == 0 && !held && told != wanted; }
    };
    Topic* find(std::string_view topic);

    std::vector<Topic> topics_;
    std::size_t next_ = 0;
};

}  // namespace yizhan
