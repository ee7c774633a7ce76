#include "firmware/control/request.h"

#include <fmt/format.h>

namespace yizhan {
namespace {

using nlohmann::json;

ControlError bad_line(std::string what) {
    return {.code = ControlCode::bad_request,
            .what = std::move(what),
            .cure = R"(send one object a line: {"id": 1, "do": "status"})",
            .outcome = Outcome::none};
}

}  // namespace

std::string_view name_of(ControlCode code) {
    switch (code) {
        case ControlCode::bad_request:
            return "bad-request";
        case ControlCode::unknown_verb:
            return "unknown-verb";
        case ControlCode::not_permitted:
            return "not-permitted";
        case ControlCode::not_found:
            return "not-found";
        case ControlCode::refused:
            return "refused";
        case ControlCode::busy:
            return "busy";
        case ControlCode::failed:
            return "failed";
    }
    return "failed";
}

Checked<Request> parse_request(std::string_view line) {
    bool too_deep = false;
    // The parser itself does not recurse, but much that one does with a value does (copying, dumping, comparing).
    const auto bound_depth = [&](int depth, json::parse_event_t event, json&) {
        const bool opens = event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
        if (opens && depth >= request_depth_limit) too_deep = true;
        return !too_deep;
    };
    json body = json::parse(line, bound_depth, /*allow_exceptions=*/false);
    if (too_deep) return std::unexpected(bad_line("the line is nested too deep"));
    if (body.is_discarded()) return std::unexpected(bad_line("the line is not JSON"));
    if (!body.is_object()) return std::unexpected(bad_line("the line is not a JSON object"));
    const auto id = body.find("id");
    if (id == body.end() || !id->is_number_unsigned() || id->get<std::uint64_t>() == 0 ||
        id->get<std::uint64_t>() > largest_json_integer) {
        return std::unexpected(bad_line("field id: a whole number from 1 to 2^53-1 is needed"));
    }
    const auto verb = body.find("do");
    if (verb == body.end() || !verb->is_string()) return std::unexpected(bad_line("field do: a verb is needed"));
    Request request{.id = id->get<std::uint64_t>(), .verb = verb->get<std::string>(), .body = {}};
    request.body = std::move(body);
    return request;
}

void Arguments::reject(const char* name, const std::string& why) {
    if (error_) return;
    error_ = ControlError{.code = ControlCode::bad_request,
                          .what = fmt::format("field {}: {}", name, why),
                          .cure = "correct the field and ask again",
                          .outcome = Outcome::none};
}

void Arguments::missing(const char* name) { reject(name, "is missing"); }

std::optional<bool> Arguments::optional_flag(const char* name) {
    const auto found = body_.find(name);
    if (found == body_.end()) return std::nullopt;
    if (!found->is_boolean()) {
        reject(name, "true or false is needed");
        return std::nullopt;
    }
    return found->get<bool>();
}

bool Arguments::flag(const char* name) {
    const auto value = optional_flag(name);
    if (!value) missing(name);
    return value.value_or(false);
}

std::optional<std::uint64_t> Arguments::optional_number(const char* name, std::uint64_t least, std::uint64_t most) {
    const auto found = body_.find(name);
    if (found == body_.end()) return std::nullopt;
    if (!found->is_number_unsigned() || found->get<std::uint64_t>() < least || found->get<std::uint64_t>() > most) {
        reject(name, fmt::format("a whole number from {} to {} is needed", least, most));
        return std::nullopt;
    }
    return found->get<std::uint64_t>();
}

std::uint64_t Arguments::number(const char* name, std::uint64_t least, std::uint64_t most) {
    const auto value = optional_number(name, least, most);
    if (!value) missing(name);
    return value.value_or(least);
}

std::optional<std::string> Arguments::optional_text(const char* name) {
    const auto found = body_.find(name);
    if (found == body_.end()) return std::nullopt;
    if (!found->is_string()) {
        reject(name, "a text is needed");
        return std::nullopt;
    }
    return found->get<std::string>();
}

std::string Arguments::text(const char* name) {
    auto value = optional_text(name);
    if (!value) missing(name);
    return value.value_or(std::string());
}

}  // namespace yizhan
