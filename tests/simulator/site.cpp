#include "tests/simulator/site.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "hal/check.h"

namespace yizhan::simulator {

Reader::Reader(simulated::World& world, const Settings& settings, std::size_t index)
    : world_(&world), hardware_(&settings.readers[index]), index_(index) {}

simulated::SamReader* Reader::id_card() const {
    return std::holds_alternative<IdCardReaderSettings>(hardware_->reader) ? &world_->id_card_reader(index_) : nullptr;
}
const WiegandReaderSettings* Reader::wiegand() const { return std::get_if<WiegandReaderSettings>(&hardware_->reader); }
const KeyboardReaderSettings* Reader::keyboard() const {
    return std::get_if<KeyboardReaderSettings>(&hardware_->reader);
}

CardForm Reader::usual_form() const {
    if (id_card() != nullptr) return CardForm::id_card;
    if (wiegand() != nullptr) return CardForm::wiegand26;
    return keyboard() != nullptr ? CardForm::text : CardForm::uid;
}

bool Reader::takes(CardForm form) const {
    if (wiegand() == nullptr) return form == usual_form();
    const auto has = [&](std::uint8_t bits) {
        return std::ranges::find(wiegand()->bits, bits) != wiegand()->bits.end();
    };
    return (form == CardForm::wiegand26 && has(26)) || (form == CardForm::wiegand34 && has(34));
}

void Reader::present(const Card& card, Mono now) const {
    YZ_CHECK(takes(card.form));
    switch (card.form) {
        case CardForm::id_card:
            return world_->id_card_reader(index_).present(card.id);
        case CardForm::wiegand26:
        case CardForm::wiegand34: {
            auto bits = simulated::wiegand_frame(card.form == CardForm::wiegand26 ? 26 : 34, card.number);
            if (card.damaged) bits.back() = bits.back() == '0' ? '1' : '0';
            world_->wiegand_reader(index_).present(bits, now);
            return;
        }
        case CardForm::uid: {
            std::array<std::byte, 4> uid{};
            for (std::size_t i = 0; i < uid.size(); ++i) uid[i] = static_cast<std::byte>(card.number >> (24 - 8 * i));
            return world_->contactless_reader(index_).present(std::span(uid).first(card.damaged ? 0 : uid.size()));
        }
        case CardForm::text:
            return world_->keyboard_reader(index_).type(fmt::format("{}{}\n", card.number, card.damaged ? "?" : ""));
    }
}

void Reader::type_number(unsigned number) const { world_->keyboard_reader(index_).type(fmt::format("{}\n", number)); }

void Reader::take_away() const {
    if (id_card() != nullptr) id_card()->remove();
    if (usual_form() == CardForm::uid) world_->contactless_reader(index_).remove();
}

bool Reader::attached() const {
    if (id_card() != nullptr) return id_card()->attached();
    if (wiegand() != nullptr) return true;
    return keyboard() != nullptr ? world_->keyboard_reader(index_).attached()
                                 : world_->contactless_reader(index_).attached();
}

void Reader::attach() const {
    YZ_CHECK(has_plug());
    if (id_card() != nullptr) return id_card()->attach();
    if (keyboard() != nullptr) return world_->keyboard_reader(index_).attach();
    world_->contactless_reader(index_).attach();
}

void Reader::detach() const {
    YZ_CHECK(has_plug());
    if (id_card() != nullptr) return id_card()->detach();
    if (keyboard() != nullptr) return world_->keyboard_reader(index_).detach();
    world_->contactless_reader(index_).detach();
}

Mono Reader::spoke_at() const {
    if (id_card() != nullptr) return id_card()->spoke_at();
    if (wiegand() != nullptr) return world_->wiegand_reader(index_).spoke_at();
    return keyboard() != nullptr ? world_->keyboard_reader(index_).spoke_at()
                                 : world_->contactless_reader(index_).spoke_at();
}

milliseconds Reader::decides_within() const {
    // With several lengths only silence says that a frame is over; the driver looks once more after that.
    if (wiegand() != nullptr && wiegand()->bits.size() > 1) return wiegand()->gap + milliseconds{3};
    return milliseconds{0};
}

// Polls, finds, selects and reads, with the reader's jitter; others tell at once.
milliseconds Reader::longest_read() const { return id_card() != nullptr ? milliseconds{4500} : milliseconds{1000}; }
milliseconds Reader::shortest_read() const { return id_card() != nullptr ? milliseconds{500} : milliseconds{0}; }

milliseconds Reader::pause() const {
    // Another code within a second is taken for a trick.
    if (keyboard() != nullptr) return milliseconds{1200};
    // A card that tells nothing so soon after another one may be that one, on its way off.
    if (usual_form() == CardForm::uid) return milliseconds{700};
    return milliseconds{400};  // nobody is quicker
}

Site::Site(simulated::World& world, const Settings& its_settings) : settings(its_settings) {
    for (std::size_t i = 0; i < settings.readers.size(); ++i) {
        readers.emplace_back(world, settings, i);
        auto& list = settings.station.readers[i].place == ReaderPlace::entry  ? entries
                     : settings.station.readers[i].place == ReaderPlace::exit ? exits
                                                                              : desks;
        list.push_back(i);
    }
    for (std::size_t i = 0; i < settings.inputs.size(); ++i) {
        auto& list = settings.station.inputs[i].kind == InputKind::fire       ? fires
                     : settings.station.inputs[i].kind == InputKind::presence ? presences
                                                                              : tampers;
        list.push_back(i);
    }
}

}  // namespace yizhan::simulator
