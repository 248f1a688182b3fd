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
/// a constant expected number of probes. A copy is one reference until either side changes.
@frozen
public struct KeyedTable<Record: KeyedRecord>: Sendable {
    @usableFromInline internal var places: ContiguousArray<Record>
    @usableFromInline internal var storedCount: Int

    /// Records in the table.
    @inlinable
    public var count: Int { storedCount }

    @inlinable
    public init() {
        places = ContiguousArray(repeating: .empty, count: 16)
        storedCount = 0
    }

    /// Adds a record whose key is not in the table and not zero. Amortised O(1).
    @inlinable
    public mutating func insert(_ record: Record) {
        if (storedCount + 1) * 2 > places.count { grow() }
        let mask = places.count &- 1
        places.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            var index = Int(truncatingIfNeeded: record.key) & mask
            while base[index].key != 0 { index = (index &+ 1) & mask }
            base[index] = record
        }
        storedCount += 1
    }

    /// Removes and returns the record with this key, or returns `nil`. Expected O(1).
    @inlinable
    public mutating func remove(_ key: UInt64) -> Record? {
        let mask = places.count &- 1
        let removed: Record? = places.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return nil }
            var index = Int(truncatingIfNeeded: key) & mask
            while base[index].key != key {
                if base[index].key == 0 { return nil }
                index = (index &+ 1) & mask
            }
            let record = base[index]
            // Pull later records of the same run back, so that no gap hides one of them.
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
            return record
        }
        if removed != nil { storedCount -= 1 }
        return removed
    }

    /// The record with this key, or `nil`. Expected O(1).
    @inlinable
    public func record(_ key: UInt64) -> Record? {
        let mask = places.count &- 1
        return places.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return nil }
            var index = Int(truncatingIfNeeded: key) & mask
            while base[index].key != key {
                if base[index].key == 0 { return nil }
                index = (index &+ 1) & mask
            }
            return base[index]
        }
    }

    /// All records in ascending order of key, for serialising and for sums. O(*n* log *n*).
    @inlinable
    public var sortedRecords: [Record] {
        places.filter { $0.key != 0 }.sorted { $0.key < $1.key }
    }

    @usableFromInline
    internal mutating func grow() {
        let old = places
        places = ContiguousArray(repeating: .empty, count: old.count * 2)
        storedCount = 0
        for record in old where record.key != 0 { insert(record) }
    }
}
