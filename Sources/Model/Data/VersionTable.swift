package import Kernel

/// Rows changed optimistically: a job notes a row's version when it begins, and its change counts
/// only if no other has changed the row when it ends (Kung and Robinson, "On optimistic methods for
/// concurrency control", ACM TODS 6, 1981).
///
/// Keeps rows only while a job is at them, so memory is in proportion to such jobs. All operations
/// are O(1).
package struct VersionTable: Sendable {
    private struct Row: BitwiseCopyable, Sendable {
        var key: UInt32
        var version: UInt32 = 0
        /// Jobs that have begun and not ended.
        var active: UInt32 = 0
    }

    private var index = KeyIndex()
    private var rows = SlotTable<Row>()

    package init() {}

    /// See `TrivialArray.prepareForChanges()`.
    package mutating func prepareForChanges() {
        index.prepareForChanges()
        rows.prepareForChanges()
    }

    /// Rows that jobs are at.
    package var count: Int { index.count }

    /// A job begins to work on a row: the version that it has to hand to ``commit(_:since:)``.
    ///
    /// Every job that begins must commit or ``abandon(_:)`` once.
    package mutating func begin(_ key: UInt32) -> UInt32 {
        if let slot = index[key] {
            rows[slot].active += 1
            return rows[slot].version
        }
        index.insert(key, rows.insert(Row(key: key, active: 1)))
        return 0
    }

    /// A job ends: true if the row is as it began with and is now changed by it, false if it lost.
    package mutating func commit(_ key: UInt32, since version: UInt32) -> Bool {
        guard let slot = index[key] else { return false }
        let isUnchanged = rows[slot].version == version
        if isUnchanged { rows[slot].version &+= 1 }
        end(key, slot)
        return isUnchanged
    }

    /// A job ends without a change.
    package mutating func abandon(_ key: UInt32) {
        if let slot = index[key] { end(key, slot) }
    }

    private mutating func end(_ key: UInt32, _ slot: Int32) {
        rows[slot].active -= 1
        if rows[slot].active == 0 {
            index.remove(key)
            rows.remove(slot)
        }
    }

    /// Jobs at each row, by key in ascending order, for checking. O(*n* log *n*).
    package var contents: [(key: UInt32, version: UInt32, active: UInt32)] {
        index.sortedPairs.map { ($0.key, rows[$0.value].version, rows[$0.value].active) }
    }
}

extension VersionTable: BinaryCodable {
    package static var leastEncodedSize: Int { 4 }

    package func encode(into writer: inout ByteWriter) {
        let contents = contents
        writer.write(UInt32(contents.count))
        for (key, version, active) in contents {
            writer.write(key)
            writer.write(version)
            writer.write(active)
        }
    }

    /// Refuses keys out of order and rows that no job is at.
    package init(from reader: inout ByteReader) throws(ByteError) {
        var last = -1
        for _ in 0..<(try reader.readCount(ofSize: 12)) {
            let row = Row(
                key: try reader.read(), version: try reader.read(), active: try reader.read())
            guard Int(row.key) > last, Int(row.key) < KeyIndex.mostKeys,
                (1..<1 << 30).contains(row.active)
            else { throw ByteError(.invalid("row version"), offset: reader.offset) }
            last = Int(row.key)
            index.insert(row.key, rows.insert(row))
        }
    }
}
