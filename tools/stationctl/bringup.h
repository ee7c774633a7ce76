// Walks a technician through one part of the station after another: says what to do, watches the wires meanwhile, and
// says what was seen. The station is in service mode all the while; that is its caller's business.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "hal/time.h"
#include "tools/stationctl/bringup_report.h"
#include "tools/stationctl/client.h"
#include "tools/stationctl/language.h"
#include "tools/stationctl/technician.h"

namespace yizhan {

struct BringupStep {
    std::string sort;  // as in StepFinding
    std::string name;
    std::string role;
};

// Doors, inputs, readers, outlets; of a name only where one is given.
std::vector<BringupStep> bringup_steps(const nlohmann::json& wiring, const std::string& name);

class Bringup {
 public:
    // `wait`: how long a person has for what a step asks for. The references outlive it.
    Bringup(ControlClient& client, Technician& technician, Language language, seconds wait)
        : client_(client), technician_(technician), language_(language), wait_(wait) {}

    // Fails where the station cannot be asked any more. technician.over() or wants_to_end(): no step should follow.
    Tried<StepFinding> run(const BringupStep& step, std::size_t number, std::size_t of);
    bool wants_to_end() const { return wants_to_end_; }

 private:
    using Condition = std::function<bool(const nlohmann::json& line)>;

    Tried<StepFinding> lock(StepFinding finding);
    Tried<StepFinding> sensor(StepFinding finding);
    Tried<StepFinding> reader(StepFinding finding);
    Tried<StepFinding> outlet(StepFinding finding);

    // Shows each change of the step's line until `condition` holds; false: it never did, the person gave up, or it is
    // over.
    Tried<bool> comes(const StepFinding& step, const Condition& condition, seconds limit);
    Tried<bool> means(const StepFinding& step, std::string_view word, seconds limit);
    Tried<void> look(const StepFinding& step);
    // False: the station refused; why_refused_ says so.
    Tried<bool> order(nlohmann::json request);
    std::optional<bool> yes(const Words& question);
    std::string elsewhere(const nlohmann::json& before, const StepFinding& step) const;

    std::string text(const Words& words) const { return std::string(words.in(language_)); }
    template <class... Values>
    std::string text(const Words& words, const Values&... values) const;
    StepFinding passed(StepFinding finding, std::string seen) const;
    StepFinding failed(StepFinding finding, std::string seen, std::string cure) const;
    StepFinding skipped(StepFinding finding, const Words& why) const;

    ControlClient& client_;
    Technician& technician_;
    const Language language_;
    const seconds wait_;
    bool wants_to_end_ = false;
    Failure refusal_;  // of the last order
    nlohmann::json wiring_;  // as last seen
    nlohmann::json line_;  // the step's
};

}  // namespace yizhan
