#include "drivers/ports/modbus/modbus_line.h"

#include <modbus/modbus.h>
#include <pthread.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <utility>

#include "drivers/ports/all_signals_blocked.h"
#include "drivers/ports/device_file.h"
#include "drivers/ports/serial_device.h"
#include "hal/check.h"

namespace yizhan {
namespace {

constexpr int speed = 9600;
constexpr int data_bits = 8;
constexpr int stop_bits = 1;
constexpr milliseconds between_attempts{1000};  // to open the device
// Between two frames a line rests for 3.5 characters (Modbus over serial line 1.02, 2.5.1.1), which is 4 ms here.
constexpr milliseconds rest{5};

ModbusFailure failure_of(int error) {
    switch (error) {
        case ETIMEDOUT:
            return ModbusFailure::silent;
        case EMBXILFUN:
        case EMBXILADD:
        case EMBXILVAL:
        case EMBXSFAIL:
        case EMBXACK:
        case EMBXSBUSY:
        case EMBXNACK:
        case EMBXMEMPAR:
            return ModbusFailure::refused;
        case EMBBADCRC:
        case EMBBADDATA:
        case EMBBADEXC:
        case EMBMDATA:
        case EMBBADSLAVE:
            return ModbusFailure::garbled;
        default:
            return ModbusFailure::no_line;
    }
}

}  // namespace

struct ModbusLine::Waiting {
    ModbusQuestion question;
    ModbusListener* listener = nullptr;
};

struct ModbusLine::Answer {
    std::array<std::uint16_t, most_registers> registers{};
    std::size_t count = 0;
    ModbusFailure failure{};
    std::string why;  // empty: it was answered
};

struct ModbusLine::Shared {
    Shared(EventLoop& of_port, std::string name) : device(std::move(name)), loop(&of_port) {}

    const std::string device;

    std::mutex mutex;  // guards the rest
    std::condition_variable changed;
    std::deque<Waiting> questions;
    EventLoop* loop;  // none: nobody is there any more
    bool ended = false;
};

// The thread's: libmodbus and its descriptor.
class ModbusLine::Connection {
 public:
    explicit Connection(const std::string& device) : device_(device) {}
    ~Connection() { close(); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    Answer ask(const ModbusQuestion& question) {
        Answer answer;
        const auto refused = open();
        if (!refused.empty()) {
            answer.failure = ModbusFailure::no_line;
            answer.why = refused;
            return answer;
        }
        std::this_thread::sleep_for(rest);
        modbus_set_slave(context_, question.address);
        // Whatever is left of an answer that came too late is nobody's.
        modbus_flush(context_);
        const auto read = question.table == ModbusTable::input ? modbus_read_input_registers : modbus_read_registers;
        const int got = read(context_, question.first, static_cast<int>(question.count), answer.registers.data());
        if (got == static_cast<int>(question.count)) {
            answer.count = question.count;
            return answer;
        }
        const int error = got < 0 ? errno : EMBBADDATA;
        answer.failure = failure_of(error);
        answer.why = device_ + ": " + modbus_strerror(error);
        if (answer.failure == ModbusFailure::no_line) close();
        return answer;
    }

 private:
    // Why it cannot be used; empty: it can.
    std::string open() {
        if (context_ != nullptr) return {};
        const auto now = std::chrono::steady_clock::now();
        if (now < open_at_) return why_;
        open_at_ = now + between_attempts;
        context_ = modbus_new_rtu(device_.c_str(), speed, 'N', data_bits, stop_bits);
        YZ_CHECK(context_ != nullptr);
        modbus_set_response_timeout(context_, 0, std::chrono::microseconds(answer_within).count());
        if (modbus_connect(context_) != 0) return refuse(errno);
        taken_ = take_serial_line(modbus_get_socket(context_));
        return taken_ ? std::string() : refuse(errno);
    }
    std::string refuse(int error) {
        const Error told = device_error(device_, error);
        why_ = told.what + (told.cure.empty() ? "" : ": ") + told.cure;
        close();
        return why_;
    }
    void close() {
        if (context_ == nullptr) return;
        if (std::exchange(taken_, false)) leave_serial_line(modbus_get_socket(context_));
        modbus_close(context_);  // nothing where it is not open
        modbus_free(std::exchange(context_, nullptr));
    }

    const std::string& device_;
    modbus_t* context_ = nullptr;
    bool taken_ = false;
    std::chrono::steady_clock::time_point open_at_;
    std::string why_;
};

ModbusLine::ModbusLine(EventLoop& loop, std::string device)
    : shared_(std::make_shared<Shared>(loop, std::move(device))) {
    const AllSignalsBlocked blocked;
    thread_ = std::thread([shared = shared_] { work(shared); });
    YZ_CHECK(pthread_setname_np(thread_.native_handle(), "modbus") == 0);
}

ModbusLine::~ModbusLine() {
    bool ended = false;
    {
        std::unique_lock lock(shared_->mutex);
        shared_->loop = nullptr;
        shared_->changed.notify_all();
        ended = shared_->changed.wait_for(lock, patience, [this] { return shared_->ended; });
    }
    ended ? thread_.join() : thread_.detach();
}

void ModbusLine::ask(const ModbusQuestion& question, ModbusListener& listener) {
    YZ_CHECK(question.count > 0 && question.count <= most_registers);
    {
        const std::lock_guard lock(shared_->mutex);
        YZ_CHECK(shared_->questions.size() < most_questions);
        shared_->questions.push_back({question, &listener});
    }
    shared_->changed.notify_all();
}

void ModbusLine::work(const std::shared_ptr<Shared>& shared) {
    Connection connection(shared->device);
    for (;;) {
        std::unique_lock lock(shared->mutex);
        shared->changed.wait(lock, [&] { return shared->loop == nullptr || !shared->questions.empty(); });
        if (shared->loop == nullptr) break;
        const Waiting next = shared->questions.front();
        lock.unlock();
        Answer answer = connection.ask(next.question);
        lock.lock();
        if (shared->loop == nullptr) break;
        shared->questions.pop_front();
        shared->loop->post([shared, listener = next.listener, answer = std::move(answer)] {
            // The port may have died since; nobody else takes the loop away.
            if (shared->loop == nullptr) return;
            const Now now = shared->loop->now();
            if (answer.why.empty()) {
                listener->on_registers(std::span(answer.registers).first(answer.count), now);
            } else {
                listener->on_failed(answer.failure, answer.why, now);
            }
        });
    }
    const std::lock_guard lock(shared->mutex);
    shared->ended = true;
    shared->changed.notify_all();
}

Result<std::unique_ptr<ModbusBus>> ModbusLines::open_modbus(const std::string& name) {
    auto device = serial_device(name);
    if (!device) return std::unexpected(std::move(device.error()));
    return std::make_unique<ModbusLine>(loop_, std::move(*device));
}

}  // namespace yizhan
