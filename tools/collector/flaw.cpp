#include "tools/collector/flaw.h"

namespace yizhan::collector {

std::string_view name_of(Flaw flaw) {
    switch (flaw) {
        case Flaw::fork:
            return "fork";
        case Flaw::checkpoint_differs:
            return "checkpoint-differs";
        case Flaw::key_changed:
            return "key-changed";
        case Flaw::new_epoch:
            return "new-epoch";
        case Flaw::not_signed:
            return "not-signed";
        case Flaw::late:
            return "late";
        case Flaw::missing:
            return "missing";
        case Flaw::not_sent:
            return "not-sent";
    }
    return "";
}

}  // namespace yizhan::collector
