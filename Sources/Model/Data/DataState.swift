import Kernel

/// Something that a job has and must give back: a row, or the fetch of a key.
struct Hold: BitwiseCopyable, Sendable {
    enum Kind: UInt8, BitwiseCopyable {
        /// It fetches a key that others may wait for.
        case flight
        /// It has a row for itself.
        case row
        /// It has begun to work on a row that others may change.
        case version
    }
    var kind: Kind
    /// Index of a cache's state, or of a lock.
    var number: Int32
    var key: UInt32
    /// Of `version`: the row's as the job began.
    var version: UInt32 = 0
    /// The `lookUp` or `lock` step by which it came.
    var step: Int32
    /// What the same job took before; -1 for nothing.
    var next: Int32 = -1
}

/// A job that waits for a row, and not for ever.
struct LimitedWait: KeyedRecord {
    /// The job's call.
    var key: UInt64
    var job: Int32
    var timer: TimerQueue.Handle

    static var empty: Self { Self(key: 0, job: 0, timer: .none) }
}

/// What a service remembers of its data: cached keys, rows that jobs are at, writes on their way.
struct DataState: Sendable {
    /// By cache, and of one that each replica has for itself by replica; see ``DataProgram/Cache``.
    var caches: FixedArray<CacheState>
    /// As `caches`: fetches under way of those that are single-flight.
    var flights: FixedArray<FlightTable>
    /// By lock: those of the exclusive ones, and the versions of the optimistic ones.
    var locks: FixedArray<LockTable>
    var versions: FixedArray<VersionTable>
    var holds = SlotTable<Hold>()
    /// By job: what it took last; -1 for nothing. May be shorter than the table of jobs.
    var lastHolds = TrivialArray<Int32>()
    /// Jobs whose wait is over and that go on before this event ends.
    var woken = JobList()
    /// Jobs whose wait for a row has a limit, and the alarms by their calls.
    var limitedWaits = KeyedTable<LimitedWait>()
    var waitTimers = TimerQueue()
    /// None or one.
    var replication: FixedArray<ReplicationState>

    init(_ program: ServiceProgram) {
        let description = program.configuration.description
        let keyspaces = program.configuration.context.keyspaces
        var caches: [CacheState] = []
        for cache in description.caches {
            let state = CacheState(cache, keys: keyspaces[cache.keyspace].count)
            for _ in 0..<(cache.isShared ? 1 : program.replicas) {
                var own = state
                own.prepareForChanges()
                caches.append(own)
            }
        }
        self.caches = FixedArray(caches)
        flights = FixedArray(caches.map { _ in FlightTable() })
        locks = FixedArray(description.locks.map { _ in LockTable() })
        versions = FixedArray(description.locks.map { _ in VersionTable() })
        replication = FixedArray(
            description.replication == nil ? [] : [ReplicationState(replicas: program.replicas)])
    }

    mutating func prepareForChanges() {
        caches.prepareForChanges()
        for index in caches.indices { caches[index].prepareForChanges() }
        flights.prepareForChanges()
        for index in flights.indices { flights[index].prepareForChanges() }
        locks.prepareForChanges()
        for index in locks.indices { locks[index].prepareForChanges() }
        versions.prepareForChanges()
        for index in versions.indices { versions[index].prepareForChanges() }
        holds.prepareForChanges()
        lastHolds.prepareForChanges()
        limitedWaits.prepareForChanges()
        waitTimers.prepareForChanges()
        if replication.count > 0 {
            replication.prepareForChanges()
            replication[0].prepareForChanges()
        }
    }

    /// When the next write reaches a read replica, or `never`.
    @inline(__always)
    var nextWrite: SimulatedInstant {
        replication.count > 0 ? replication[0].nextInstant : .never
    }

    /// When that happens, or a wait for a row becomes too long.
    // Inlined, since a call would first copy the whole value.
    @inline(__always)
    var nextInstant: SimulatedInstant { min(nextWrite, waitTimers.nextInstant) }

    // MARK: Limits of waiting

    /// The job of a call waits for a row until `end`.
    mutating func limitWait(of job: Int32, call: UInt64, until end: SimulatedInstant) {
        let timer = waitTimers.schedule(at: end, subject: call)
        limitedWaits.insert(LimitedWait(key: call, job: job, timer: timer))
    }

    /// It waits no longer. Does nothing when its wait has no limit.
    mutating func endLimit(of call: UInt64) {
        guard limitedWaits.count > 0, let wait = limitedWaits.remove(call) else { return }
        waitTimers.cancel(wait.timer)
    }

    // MARK: Holds

    /// What the job took last, or -1.
    func lastHold(of job: Int32) -> Int32 {
        Int(job) < lastHolds.count ? lastHolds[Int(job)] : -1
    }

    mutating func push(_ hold: Hold, of job: Int32) {
        while lastHolds.count <= Int(job) { lastHolds.append(-1) }
        var hold = hold
        hold.next = lastHolds[Int(job)]
        lastHolds[Int(job)] = holds.insert(hold)
    }

    /// Takes back what the job took last, or `nil` if it has nothing.
    mutating func pop(of job: Int32) -> Hold? {
        let slot = lastHold(of: job)
        guard slot >= 0 else { return nil }
        let hold = holds[slot]
        holds.remove(slot)
        lastHolds[Int(job)] = hold.next
        return hold
    }

    /// As ``pop(of:)`` if it came by this step: else the job got to the step's end without it.
    mutating func pop(of job: Int32, takenAt step: Int32) -> Hold? {
        let slot = lastHold(of: job)
        guard slot >= 0, holds[slot].step == step else { return nil }
        return pop(of: job)
    }

    /// Whether the job works on a row already.
    func hasBegun(_ key: UInt32, of lock: Int32, _ job: Int32) -> Bool {
        var slot = lastHold(of: job)
        while slot >= 0 {
            let hold = holds[slot]
            if hold.kind == .version, hold.number == lock, hold.key == key { return true }
            slot = hold.next
        }
        return false
    }
}

extension DataState: BinaryCodable {
    func encode(into writer: inout ByteWriter) {
        writer.writeAll(caches.elements)
        writer.writeAll(flights.elements)
        writer.writeAll(locks.elements)
        writer.writeAll(versions.elements)
        let (slots, freeSlots) = holds.storage
        writer.writeStates(slots)
        writer.writeStates(freeSlots)
        writer.writeArray(lastHolds)
        writer.writeState(woken)
        writer.writeStates(limitedWaits.sortedRecords)
        waitTimers.encode(into: &writer)
        writer.writeAll(replication.elements)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        caches = FixedArray(try reader.readAll(CacheState.self))
        flights = FixedArray(try reader.readAll(FlightTable.self))
        locks = FixedArray(try reader.readAll(LockTable.self))
        versions = FixedArray(try reader.readAll(VersionTable.self))
        holds = SlotTable(elements: try reader.readStates(), freeSlots: try reader.readStates())
        lastHolds = try reader.readArray()
        woken = try reader.readState()
        for record in try reader.readStates(LimitedWait.self) { limitedWaits.insert(record) }
        waitTimers = try TimerQueue(from: &reader)
        replication = FixedArray(try reader.readAll(ReplicationState.self))
    }
}
