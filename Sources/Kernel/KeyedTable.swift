/// A record that carries its own 64-bit key. The key zero is reserved for "no record".
public protocol KeyedRecord: BitwiseCopyable, Sendable {
    var key: UInt64 { get }
    /// The record of an empty place; its key is zero.
    static var empty: Self { get }
}

/// A map from well-mixed 64-bit keys to records, for look-up only: it has no order to depend on.
///
/// Open addressing with linear probing and backward-shift deletion; the low bits of the key are the
/// hash, so keys must come from a good mixer. At most half full: look-up, insertion and removal take
/// a constant expected number of probes. A copy is one reference, and a copy is changed only after
/// ``prepareForChanges()``.
@frozen
public struct KeyedTable<Record: KeyedRecord>: Sendable {
    @usableFromInline internal var places: TrivialArray<Record>
    @usableFromInline internal var storedCount = 0

    @inlinable
    public init() { places = TrivialArray(repeating: .empty, count: 16) }

    /// See ``TrivialArray/prepareForChanges()``.
    @inlinable
    public mutating func prepareForChanges() { places.prepareForChanges() }

    /// Records in the table.
    @inlinable
    public var count: Int { storedCount }

    /// Adds a record whose key is not in the table and not zero. Amortised O(1).
    @inlinable @inline(__always)
    public mutating func insert(_ record: Record) {
        places.checkUnshared()
        if (storedCount &+ 1) &* 2 > places.count { grow() }
        let mask = places.count &- 1
        let base = places.base
        var index = Int(truncatingIfNeeded: record.key) & mask
        while base[index].key != 0 { index = (index &+ 1) & mask }
        base[index] = record
        storedCount &+= 1
    }

    /// Removes and returns the record with this key, or returns `nil`. Expected O(1).
    @inlinable
    public mutating func remove(_ key: UInt64) -> Record? { remove(key, if: { _ in true }) }

    /// The same, but for a record that does not satisfy the condition, which stays.
    @inlinable @inline(__always)
    public mutating func remove(_ key: UInt64, if isWanted: (Record) -> Bool) -> Record? {
        places.checkUnshared()
        guard let index = place(of: key), isWanted(places.base[index]) else { return nil }
        let record = places.base[index]
        closeGap(at: index)
        storedCount &-= 1
        return record
    }

    /// The record with this key, or `nil`. Expected O(1).
    @inlinable
    public func record(_ key: UInt64) -> Record? {
        place(of: key).map { places.base[$0] }
    }

    @inlinable @inline(__always)
    internal func place(of key: UInt64) -> Int? {
        let mask = places.count &- 1
        let base = places.base
        var index = Int(truncatingIfNeeded: key) & mask
        while true {
            let found = base[index].key
            if found == 0 { return nil }
            if found == key { return index }
            index = (index &+ 1) & mask
        }
    }

    /// Pulls later records of the same run back, so that no gap hides one of them.
    @inlinable @inline(__always)
    internal mutating func closeGap(at index: Int) {
        let mask = places.count &- 1
        let base = places.base
        var hole = index
        var next = (hole &+ 1) & mask
        while base[next].key != 0 {
            let home = Int(truncatingIfNeeded: base[next].key) & mask
            if ((next &- home) & mask) >= ((next &- hole) & mask) {
                base[hole] = base[next]
                hole = next
            }
            next = (next &+ 1) & mask
        }
        base[hole] = .empty
    }

    /// All records in ascending order of key, for serialising and for sums. O(*n* log *n*).
    public var sortedRecords: [Record] {
        places.elements.filter { $0.key != 0 }.sorted { $0.key < $1.key }
    }

    @usableFromInline @inline(never)
    internal mutating func grow() {
        let old = places
        places = TrivialArray(repeating: .empty, count: old.count * 2)
        storedCount = 0
        for record in old.elements where record.key != 0 { insert(record) }
    }
}
