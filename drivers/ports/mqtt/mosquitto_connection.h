// One libmosquitto handle from connecting to the end. Private to this port; its .cpp is the one place that includes
// libmosquitto.
#pragma once

#include "drivers/ports/mqtt/mosquitto_session.h"
#include "hal/error.h"

namespace yizhan {

struct ConnectionEnd {
    Error why;
    bool refused_version = false;  // the broker speaks another MQTT
};

// On the session's thread, until the connection is over or the session abandoned.
ConnectionEnd run_connection(MosquittoSession& session, bool mqtt5, bool ipv4_only);

}  // namespace yizhan
