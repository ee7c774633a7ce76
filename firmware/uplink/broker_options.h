// From what the settings say of a broker to what its client needs.
#pragma once

#include <optional>

#include "firmware/settings/settings.h"
#include "firmware/uplink/broker_link.h"
#include "hal/error.h"
#include "hal/file.h"
#include "hal/mqtt_client.h"

namespace yizhan {

// Reads the password. Without client id and will.
Result<MqttOptions> broker_options(const BrokerSettings& settings, Files& files);
std::optional<BrokerAddress> second_broker(const BrokerSettings& settings);

}  // namespace yizhan
