/// Where in a ``WaitingLine`` each call stands: a map from calls to sequence numbers.
///
/// Open addressing with linear probing and backward-shift deletion, like `KeyedTable`, but in pages:
/// a change after a snapshot copies a page. The low bits of a call are its hash.
struct CallIndex: Sendable {
    struct Place: BitwiseCopyable, Sendable {
        var call: UInt64
        var sequence: Int
        static var empty: Self { Self(call: 0, sequence: 0) }
    }

    private var places = PagedArray<Place>(repeating: .empty, count: 16)
    private(set) var count = 0

    init() {}

    private func home(of call: UInt64) -> Int {
        Int(truncatingIfNeeded: call) & (places.count &- 1)
    }

    /// Adds a call that is not in the index and not zero. Expected amortised O(1).
    mutating func insert(_ call: UInt64, at sequence: Int) {
        if (count &+ 1) &* 2 > places.count { grow() }
        let mask = places.count &- 1
        var index = home(of: call)
        while places[index].call != 0 { index = (index &+ 1) & mask }
        places[index] = Place(call: call, sequence: sequence)
        count &+= 1
    }

    func contains(_ call: UInt64) -> Bool { place(of: call) != nil }

    /// Removes a call and returns where it stood, or returns `nil`. Expected O(1).
    mutating func remove(_ call: UInt64) -> Int? {
        guard let index = place(of: call) else { return nil }
        let sequence = places[index].sequence
        closeGap(at: index)
        count &-= 1
        return sequence
    }

    private func place(of call: UInt64) -> Int? {
        guard call != 0 else { return nil }
        let mask = places.count &- 1
        var index = home(of: call)
        while true {
            let found = places[index].call
            if found == call { return index }
            if found == 0 { return nil }
            index = (index &+ 1) & mask
        }
    }

    /// Pulls later calls of the same run back, so that no gap hides one of them.
    private mutating func closeGap(at index: Int) {
        let mask = places.count &- 1
        var hole = index
        var next = (hole &+ 1) & mask
        while places[next].call != 0 {
            let home = home(of: places[next].call)
            if ((next &- home) & mask) >= ((next &- hole) & mask) {
                places[hole] = places[next]
                hole = next
            }
            next = (next &+ 1) & mask
        }
        places[hole] = .empty
    }

    private mutating func grow() {
        let old = places
        places = PagedArray(repeating: .empty, count: old.count * 2)
        count = 0
        for index in 0..<old.count where old[index].call != 0 {
            insert(old[index].call, at: old[index].sequence)
        }
    }
}
