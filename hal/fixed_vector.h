#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "hal/check.h"

namespace yizhan {

// A vector with a stated bound and no allocation. T is default-constructible and copyable. Going over the bound is a
// programmer error: ask full() first where the world decides how many there are.
template <class T, std::size_t N>
class FixedVector {
 public:
    using iterator = T*;
    using const_iterator = const T*;

    static constexpr std::size_t capacity() { return N; }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    bool full() const { return size_ == N; }
    T* begin() { return items_.data(); }
    T* end() { return items_.data() + size_; }
    const T* begin() const { return items_.data(); }
    const T* end() const { return items_.data() + size_; }
    T& operator[](std::size_t i) {
        YZ_CHECK(i < size_);
        return items_[i];
    }
    const T& operator[](std::size_t i) const {
        YZ_CHECK(i < size_);
        return items_[i];
    }
    void push_back(const T& item) {
        YZ_CHECK(size_ < N);
        items_[size_++] = item;
    }
    // Keeps the order of the rest.
    void erase(T* where) {
        YZ_CHECK(where >= begin() && where < end());
        std::move(where + 1, end(), where);
        items_[--size_] = T{};
    }
    void clear() {
        while (size_ > 0) items_[--size_] = T{};
    }
    bool operator==(const FixedVector& other) const { return std::equal(begin(), end(), other.begin(), other.end()); }

 private:
    std::array<T, N> items_{};
    std::size_t size_ = 0;
};

}  // namespace yizhan
