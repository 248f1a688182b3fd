import Kernel

/// A map from the keys of a keyspace to numbers, for look-up only: it has no order to depend on.
///
/// Open addressing with linear probing and backward-shift deletion over 8-byte places, at most half
/// full: every operation takes a constant expected number of probes. A copy is one reference, and a
/// copy is changed only after ``prepareForChanges()``.
package struct KeyIndex: Sendable {
    /// Keys are below this.
    package static let mostKeys = 1 << 30

    private struct Place: BitwiseCopyable, Sendable {
        var key: UInt32
        var value: Int32
        static var empty: Self { Self(key: .max, value: 0) }
    }

    private var places = TrivialArray<Place>(repeating: .empty, count: 16)
    /// Keys in the map.
    package private(set) var count = 0

    package init() {}

    /// See `TrivialArray.prepareForChanges()`.
    package mutating func prepareForChanges() { places.prepareForChanges() }

    package subscript(key: UInt32) -> Int32? {
        place(of: key).map { places[$0].value }
    }

    /// Adds a key that is not in the map and below ``mostKeys``. Amortised O(1).
    package mutating func insert(_ key: UInt32, _ value: Int32) {
        if (count + 1) * 2 > places.count { grow() }
        let mask = places.count &- 1
        var index = home(of: key)
        while places[index].key != .max { index = (index &+ 1) & mask }
        places[index] = Place(key: key, value: value)
        count += 1
    }

    /// Removes a key; does nothing when it is not there. Expected O(1).
    package mutating func remove(_ key: UInt32) {
        guard let found = place(of: key) else { return }
        count -= 1
        let mask = places.count &- 1
        var hole = found
        var next = (hole &+ 1) & mask
        while places[next].key != .max {
            let distance = (next &- home(of: places[next].key)) & mask
            if distance >= ((next &- hole) & mask) {
                places[hole] = places[next]
                hole = next
            }
            next = (next &+ 1) & mask
        }
        places[hole] = .empty
    }

    /// Drops all keys and keeps the places. O(places).
    package mutating func removeAll() {
        for index in places.indices { places[index] = .empty }
        count = 0
    }

    /// All pairs in ascending order of key, for serialising. O(*n* log *n*).
    package var sortedPairs: [(key: UInt32, value: Int32)] {
        places.elements.filter { $0.key != .max }.map { ($0.key, $0.value) }
            .sorted { $0.key < $1.key }
    }

    private func home(of key: UInt32) -> Int {
        Int(truncatingIfNeeded: CallIdentity.mix(UInt64(key))) & (places.count &- 1)
    }

    private func place(of key: UInt32) -> Int? {
        let mask = places.count &- 1
        var index = home(of: key)
        while true {
            let found = places[index].key
            if found == key { return key == .max ? nil : index }
            if found == .max { return nil }
            index = (index &+ 1) & mask
        }
    }

    private mutating func grow() {
        let old = places
        places = TrivialArray(repeating: .empty, count: old.count * 2)
        count = 0
        for place in old.elements where place.key != .max { insert(place.key, place.value) }
    }
}
