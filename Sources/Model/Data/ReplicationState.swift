package import Kernel

/// Writes on their way from a database's primary (replica 0) to its read replicas.
///
/// Each replica applies the writes in the order in which they were made, as a log is replayed: one
/// that would come before its predecessor comes with it. Memory is in proportion to the writes not
/// yet applied. A copy is a few references, and a copy is changed only after ``prepareForChanges()``.
package struct ReplicationState: Sendable {
    /// A write reaches a read replica, which has to apply it.
    package struct Apply: ScheduledEvent, RawBytes, Hashable {
        package var instant: SimulatedInstant
        /// The write's place in the log, from 0.
        package var number: UInt64
        /// > 0.
        package var replica: UInt32
        /// ``ReplicationState/noKey`` when keys are not told apart.
        package var key: UInt32

        package func precedes(_ other: Self) -> Bool {
            if instant != other.instant { return instant < other.instant }
            if number != other.number { return number < other.number }
            return replica < other.replica
        }
    }

    /// How many writes of one key one replica has not applied.
    struct Unapplied: KeyedRecord {
        var key: UInt64
        var replica: UInt32
        var row: UInt32
        var count: UInt32
        static var empty: Self { Self(key: 0, replica: 0, row: 0, count: 0) }
    }

    package static let noKey = UInt32.max

    private var pending = EventQueue<Apply>()
    private var unapplied = KeyedTable<Unapplied>()
    /// By replica: when the last write of the log reaches it.
    private var reached: TrivialArray<SimulatedInstant>
    /// Writes so far, and the number of the next.
    package private(set) var writes: UInt64 = 0

    package init(replicas: Int) {
        reached = TrivialArray(repeating: .start, count: max(replicas, 1))
    }

    /// See `TrivialArray.prepareForChanges()`.
    package mutating func prepareForChanges() {
        pending.prepareForChanges()
        unapplied.prepareForChanges()
        reached.prepareForChanges()
    }

    package var replicas: Int { reached.count }
    /// Writes that have not reached a replica, once for each.
    package var pendingCount: Int { pending.count }
    /// When the next write reaches a replica, or `never`. O(1).
    package var nextInstant: SimulatedInstant { pending.nextInstant }

    /// A write has ended on the primary; `call` is the call that made it, to draw the lag of each
    /// replica from. `key` is ``noKey`` when keys are not told apart. O(replicas · log pending).
    package mutating func write(
        _ key: UInt32, by call: UInt64, at now: SimulatedInstant, lag: Sampler,
        _ tables: SamplerTables, seed: UInt64, service: ServiceID
    ) {
        for replica in 1..<max(reached.count, 1) {
            let draw = DrawKey(
                seed: seed, identity: call, purpose: .replicationLag, service: service.rawValue,
                step: UInt16(truncatingIfNeeded: replica))
            let arrival = now.advanced(saturatingBy: lag.sample(draw, tables))
            reached[replica] = max(reached[replica], arrival)
            let apply = Apply(
                instant: reached[replica], number: writes, replica: UInt32(replica), key: key)
            pending.insert(apply)
            count(apply, by: 1)
        }
        writes += 1
    }

    /// Removes and returns the next write that reaches a replica; once its work is done there,
    /// say ``applied(_:)``. O(log pending).
    ///
    /// - Precondition: ``pendingCount`` > 0.
    package mutating func takeNext() -> Apply { pending.removeFirst() }

    /// A replica has applied a write. O(1).
    package mutating func applied(_ apply: Apply) { count(apply, by: -1) }

    /// Whether a replica has yet to apply a write of a key. Always false for the primary. O(1).
    package func isStale(_ key: UInt32, on replica: Int) -> Bool {
        unapplied.record(Self.identity(UInt32(replica), key)) != nil
    }

    /// A replica has died: it starts again from a fresh copy of the data. Writes that it was at work
    /// on are over too, without ``applied(_:)``. O(pending).
    package mutating func forget(replica: Int) {
        pending.removeAll { $0.replica == UInt32(replica) }
        for record in unapplied.sortedRecords where record.replica == UInt32(replica) {
            _ = unapplied.remove(record.key)
        }
    }

    private mutating func count(_ apply: Apply, by change: Int64) {
        guard apply.key != Self.noKey else { return }
        let identity = Self.identity(apply.replica, apply.key)
        let old = unapplied.remove(identity)
        let count = Int64(old?.count ?? 0) + change
        guard count > 0 else { return }
        unapplied.insert(
            Unapplied(
                key: identity, replica: apply.replica, row: apply.key,
                count: UInt32(truncatingIfNeeded: count)))
    }

    /// One-to-one, well mixed, and zero for no replica below 2³¹.
    private static func identity(_ replica: UInt32, _ key: UInt32) -> UInt64 {
        CallIdentity.mix(UInt64(replica) << 32 | UInt64(key))
    }
}

extension ReplicationState: BinaryCodable {
    package static var leastEncodedSize: Int { 20 }

    package func encode(into writer: inout ByteWriter) {
        writer.write(writes)
        writer.writeAll(reached.elements)
        writer.writeAll(pending.unordered.sorted { $0.precedes($1) })
        writer.writeAll(unapplied.sortedRecords)
    }

    /// Refuses writes that do not exist, replicas that do not, and counts that hide a pending write.
    package init(from reader: inout ByteReader) throws(ByteError) {
        let start = reader.offset
        writes = try reader.read()
        reached = TrivialArray(try reader.readAll() as ContiguousArray<SimulatedInstant>)
        let events = try reader.readAll() as ContiguousArray<Apply>
        let count = reached.count
        guard count >= 1, count < 1 << 31, writes < 1 << 62,
            reached.elements.allSatisfy({ $0 >= .start })
        else { throw ByteError(.invalid("replication"), offset: start) }
        let instants = reached
        let most = writes
        let isValid = events.allSatisfy {
            $0.replica > 0 && Int($0.replica) < count && $0.number < most && $0.instant >= .start
                && $0.instant <= instants[Int($0.replica)]
                && ($0.key == Self.noKey || Int($0.key) < KeyIndex.mostKeys)
        }
        guard isValid, zip(events, events.dropFirst()).allSatisfy({ $0.precedes($1) }) else {
            throw ByteError(.invalid("write on its way"), offset: reader.offset)
        }
        pending = EventQueue(unordered: events)
        var last: UInt64 = 0
        for record in try reader.readAll() as ContiguousArray<Unapplied> {
            guard record.key == Self.identity(record.replica, record.row), record.key > last,
                record.replica > 0, Int(record.replica) < count, record.count > 0,
                Int(record.row) < KeyIndex.mostKeys
            else { throw ByteError(.invalid("unapplied write"), offset: reader.offset) }
            last = record.key
            unapplied.insert(record)
        }
        var unexplained = unapplied
        unexplained.prepareForChanges()
        for event in events where event.key != Self.noKey {
            let identity = Self.identity(event.replica, event.key)
            guard var record = unexplained.remove(identity) else {
                throw ByteError(.invalid("count of unapplied writes"), offset: reader.offset)
            }
            record.count -= 1
            if record.count > 0 { unexplained.insert(record) }
        }
    }
}

extension ReplicationState.Apply: BinaryCodable {
    package static var leastEncodedSize: Int { 24 }

    package func encode(into writer: inout ByteWriter) {
        instant.encode(into: &writer)
        writer.write(number)
        writer.write(replica)
        writer.write(key)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        instant = try SimulatedInstant(from: &reader)
        number = try reader.read()
        replica = try reader.read()
        key = try reader.read()
    }
}

extension ReplicationState.Unapplied: BinaryCodable {
    static var leastEncodedSize: Int { 20 }

    func encode(into writer: inout ByteWriter) {
        writer.write(key)
        writer.write(replica)
        writer.write(row)
        writer.write(count)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        key = try reader.read()
        replica = try reader.read()
        row = try reader.read()
        count = try reader.read()
    }
}
