package import Kernel

// A cache is written group by group in the order in which its entries will leave. Where they lie in
// memory is not written: nothing depends on it.
extension CacheState: BinaryCodable {
    package static var leastEncodedSize: Int { 14 }

    package func encode(into writer: inout ByteWriter) {
        writer.write(eviction.rawValue)
        writer.write(capacity)
        timeToLive.encode(into: &writer)
        writer.write(UInt32(groups.count))
        var group = lowest
        while group >= 0 {
            writer.write(groups[group].uses)
            let members = members(of: group)
            writer.write(UInt32(members.count))
            for slot in members {
                writer.write(entries[slot].key)
                entries[slot].expires.encode(into: &writer)
            }
            group = groups[group].above
        }
    }

    private func members(of group: Int32) -> [Int32] {
        var members: [Int32] = []
        var slot = groups[group].oldest
        while slot >= 0 {
            members.append(slot)
            slot = entries[slot].newer
        }
        return members
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        guard let eviction = CacheDescription.Eviction(rawValue: try reader.read()) else {
            throw ByteError(.invalid("eviction"), offset: start)
        }
        let capacity: Int = try reader.read()
        let timeToLive = try SimulatedDuration?(from: &reader)
        guard capacity >= 1, capacity <= KeyIndex.mostKeys, timeToLive ?? .zero >= .zero else {
            throw ByteError(.invalid("cache"), offset: start)
        }
        self.init(capacity: capacity, timeToLive: timeToLive, eviction: eviction)
        var last: Int32 = -1
        for _ in 0..<(try reader.readCount(ofSize: 20)) {
            let uses: UInt32 = try reader.read()
            let isInOrder =
                last < 0
                ? eviction == .leastFrequentlyUsed || uses == 1
                : eviction == .leastFrequentlyUsed && uses > groups[last].uses
            let count = try reader.readCount(ofSize: 12)
            guard isInOrder, uses > 0, count > 0 else {
                throw ByteError(.invalid("cache group"), offset: reader.offset)
            }
            let group = groups.insert(Group(uses: uses, below: last))
            if last >= 0 { groups[last].above = group } else { lowest = group }
            last = group
            for _ in 0..<count {
                let key: UInt32 = try reader.read()
                guard append(key, to: group, expires: try SimulatedInstant(from: &reader)) else {
                    throw ByteError(.invalid("cached key"), offset: reader.offset)
                }
            }
        }
    }

    /// Whether this can be the state of the described cache. The capacity may have been changed.
    package func fits(_ description: CacheDescription) -> Bool {
        eviction == description.eviction && timeToLive == description.timeToLive
    }
}
