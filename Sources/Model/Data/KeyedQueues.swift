package import Kernel

/// For each key that somebody holds: who does, and the jobs that wait for it, first come first served.
///
/// What ``FlightTable`` and ``LockTable`` have in common. Memory is in proportion to the keys held and
/// the jobs that wait. A copy is a few references, and a copy is changed only after
/// ``prepareForChanges()``.
package struct KeyedQueues: Sendable {
    private struct Entry: BitwiseCopyable, Sendable {
        var key: UInt32
        var holder: Int32
        /// How often the holder has taken the key.
        var depth: UInt32
        var waiters = Waiters()
    }

    private struct Node: BitwiseCopyable, Sendable {
        var job: Int32
        var next: Int32
    }

    /// Jobs that stand in line; take them with ``removeFirst(of:)``.
    package struct Waiters: BitwiseCopyable, Sendable {
        fileprivate var head: Int32 = -1
        fileprivate var tail: Int32 = -1
        package init() {}
        package var isEmpty: Bool { head < 0 }
    }

    private var index = KeyIndex()
    private var entries = SlotTable<Entry>()
    private var nodes = SlotTable<Node>()

    package init() {}

    /// See `TrivialArray.prepareForChanges()`.
    package mutating func prepareForChanges() {
        index.prepareForChanges()
        entries.prepareForChanges()
        nodes.prepareForChanges()
    }

    /// Keys that are held.
    package var count: Int { index.count }
    /// Jobs that wait.
    package var waiting: Int { nodes.count }

    /// Who holds the key, or `nil`. O(1).
    package func holder(of key: UInt32) -> Int32? { index[key].map { entries[$0].holder } }

    /// Makes `job` the holder of a key that is free or its own already; false if another has it. O(1).
    mutating func take(_ key: UInt32, for job: Int32) -> Bool {
        if let slot = index[key] {
            guard entries[slot].holder == job else { return false }
            entries[slot].depth += 1
            return true
        }
        index.insert(key, entries.insert(Entry(key: key, holder: job, depth: 1)))
        return true
    }

    /// Puts `job` at the end of the line for a key; does nothing when nobody holds it. O(1).
    mutating func wait(for key: UInt32, _ job: Int32) {
        guard let slot = index[key] else { return }
        let node = nodes.insert(Node(job: job, next: -1))
        let tail = entries[slot].waiters.tail
        if tail >= 0 { nodes[tail].next = node } else { entries[slot].waiters.head = node }
        entries[slot].waiters.tail = node
    }

    /// Frees a key and hands over the line for it. O(1).
    mutating func end(_ key: UInt32) -> Waiters {
        guard let slot = index[key] else { return Waiters() }
        let waiters = entries[slot].waiters
        remove(key, slot)
        return waiters
    }

    /// Gives up a key once; if that frees it, it passes to the first in line, who is returned. O(1).
    mutating func pass(_ key: UInt32) -> Int32? {
        guard let slot = index[key] else { return nil }
        entries[slot].depth -= 1
        if entries[slot].depth > 0 { return nil }
        var waiters = entries[slot].waiters
        guard let next = removeFirst(of: &waiters) else {
            remove(key, slot)
            return nil
        }
        entries[slot] = Entry(key: key, holder: next, depth: 1, waiters: waiters)
        return next
    }

    private mutating func remove(_ key: UInt32, _ slot: Int32) {
        index.remove(key)
        entries.remove(slot)
    }

    /// Takes the first job of a line that ``end(_:)`` handed over, or `nil` when it is empty. O(1).
    mutating func removeFirst(of waiters: inout Waiters) -> Int32? {
        guard waiters.head >= 0 else { return nil }
        let node = nodes[waiters.head]
        nodes.remove(waiters.head)
        waiters.head = node.next
        if node.next < 0 { waiters.tail = -1 }
        return node.job
    }

    /// Takes a job out of the line for a key. False if it does not stand there. O(line).
    mutating func leave(_ key: UInt32, _ job: Int32) -> Bool {
        guard let slot = index[key] else { return false }
        var previous: Int32 = -1
        var node = entries[slot].waiters.head
        while node >= 0, nodes[node].job != job {
            previous = node
            node = nodes[node].next
        }
        guard node >= 0 else { return false }
        let next = nodes[node].next
        if previous >= 0 { nodes[previous].next = next } else { entries[slot].waiters.head = next }
        if next < 0 { entries[slot].waiters.tail = previous }
        nodes.remove(node)
        return true
    }

    /// Everyone who holds or waits, by key in ascending order, for serialising and for checking that
    /// they exist. O(*n* log *n*).
    package var contents: [(key: UInt32, holder: Int32, depth: UInt32, waiting: [Int32])] {
        index.sortedPairs.map { key, slot in
            var waiting: [Int32] = []
            var node = entries[slot].waiters.head
            while node >= 0 {
                waiting.append(nodes[node].job)
                node = nodes[node].next
            }
            return (key, entries[slot].holder, entries[slot].depth, waiting)
        }
    }
}

extension KeyedQueues: BinaryCodable {
    package static var leastEncodedSize: Int { 4 }

    package func encode(into writer: inout ByteWriter) {
        let contents = contents
        writer.write(UInt32(contents.count))
        for (key, holder, depth, waiting) in contents {
            writer.write(key)
            writer.write(holder)
            writer.write(depth)
            waiting.encode(into: &writer)
        }
    }

    /// Refuses keys out of order, jobs below zero, and a job that waits twice or for itself.
    package init(from reader: inout ByteReader) throws(ByteError) {
        var everyone: [Int32] = []
        var last = -1
        for _ in 0..<(try reader.readCount(ofSize: 16)) {
            let start = reader.offset
            let key: UInt32 = try reader.read()
            let holder: Int32 = try reader.read()
            let depth: UInt32 = try reader.read()
            let waiting = try [Int32](from: &reader)
            guard Int(key) > last, Int(key) < KeyIndex.mostKeys, holder >= 0, depth >= 1,
                depth < 1 << 30, waiting.allSatisfy({ $0 >= 0 && $0 != holder })
            else { throw ByteError(.invalid("held key"), offset: start) }
            last = Int(key)
            let slot = entries.insert(Entry(key: key, holder: holder, depth: depth))
            index.insert(key, slot)
            for job in waiting { wait(for: key, job) }
            everyone += waiting
        }
        everyone.sort()
        guard zip(everyone, everyone.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw ByteError(.invalid("waiting job"), offset: reader.offset)
        }
    }
}
