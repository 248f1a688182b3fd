package import Kernel
package import Model
package import Wire

/// A worker without its socket: bytes in, bytes out, deterministic.
///
/// It holds the processes of its partition at the start of the window (final), at snapshots inside
/// the window, and at the end of its latest execution. A grant of a new window makes the latest
/// execution final; a grant of the same window with changed inputs goes back to the last snapshot
/// that the changes cannot have touched.
package struct WorkerMachine<Process: LogicalProcess>: ~Copyable, Sendable {
    var partition: Partition<Process>
    var ledger: Ledger
    private let receivers: [Int]
    /// By process: its incoming channels.
    private let channelsOfProcess: [[Int]]
    private var inputs: [Input]
    /// By outgoing channel: what the coordinator has been sent of this window.
    private var sent: [TrivialArray<Message>]
    /// In ascending order; the first is the start of the window.
    var snapshots: [Snapshot] = []
    private var windowEnd = SimulatedInstant.start
    /// Calls that had timed out before the present window.
    private var earlierTimeouts: UInt64 = 0
    /// The end of the run.
    private let end: SimulatedInstant

    /// The messages of one incoming channel in the present window.
    private struct Input: Sendable {
        /// Sent in earlier windows: final.
        var carried = TrivialArray<Message>()
        /// Sent in this window: may change.
        var fresh = TrivialArray<Message>()
    }

    /// Everything needed to go on from `instant`, before which all events have been executed.
    struct Snapshot: Sendable {
        var instant: SimulatedInstant
        var processes: FixedArray<Process>
        var effects: Effects.Mark
        var cursors: [Int]
        var sentCounts: [Int]
    }

    /// `seriesCounts` says, by process, how many latency series it has.
    package init(
        programs: [Process.Program], seriesCounts: [Int], routing: PartitionRouting,
        receivers: [Int], end: SimulatedInstant, recordsEvents: Bool, sampling: Ledger.Sampling,
        traces: TraceSettings = TraceSettings()
    ) {
        partition = Partition(
            programs: programs, routing: routing, recordsEvents: recordsEvents, traces: traces)
        ledger = Ledger(seriesCounts: seriesCounts, sampling: sampling, traces: traces)
        self.receivers = receivers
        self.end = end
        channelsOfProcess = programs.indices.map { process in
            receivers.indices.filter { receivers[$0] == process }
        }
        inputs = receivers.map { _ in Input() }
        sent = (0..<routing.outgoingCount).map { _ in TrivialArray() }
    }

    /// The message that says the worker is ready, and when it has something to do.
    package func ready() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(MessageType.ready.rawValue)
        partition.nextInstant.encode(into: &writer)
        return writer.bytes
    }

    /// Takes a grant or the finish, and answers it.
    ///
    /// - Throws: ``WireError`` for bytes that are no valid message at this point; the machine must
    ///   not be used after that.
    package mutating func receive(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> [UInt8] {
        do throws(ByteError) {
            var reader = ByteReader(bytes)
            switch MessageType(rawValue: try reader.read()) {
            case .grant: return try execute(&reader)
            case .control: return try control(&reader)
            case .finish:
                guard try SimulatedInstant(from: &reader) == end else {
                    throw ByteError(.invalid("end of the run"), offset: 1)
                }
                try reader.finish()
                return finish()
            default: throw ByteError(.invalid("message for a working worker"), offset: 0)
            }
        } catch {
            throw WireError(error, reading: "grant")
        }
    }

    // MARK: Executing

    private mutating func execute(_ reader: inout ByteReader) throws(ByteError) -> [UInt8] {
        let grant = try GrantHeader(from: &reader)
        guard grant.end <= end, !grant.isNewWindow || grant.start >= windowEnd else {
            throw ByteError(.invalid("window"), offset: reader.offset)
        }
        if grant.isNewWindow { try beginWindow(grant, reader.offset) }
        guard let base = snapshots.first, grant.end <= windowEnd, grant.end >= base.instant else {
            throw ByteError(.invalid("window"), offset: reader.offset)
        }
        var firstChange = try readChanges(&reader, from: base.instant)
        if grant.end < windowEnd {
            // The window was shortened: go back to before its new end.
            firstChange = min(firstChange, grant.end)
            windowEnd = grant.end
        }
        partition.effects.assumesAnswers = grant.mayAssume
        if !grant.mayAssume {
            firstChange = min(firstChange, partition.effects.assumedFrom)
        }
        if !grant.isNewWindow { goBack(before: firstChange) }
        refillInboxes()
        let before = partition.eventCount
        run(grant)
        return reply(executed: partition.eventCount - before)
    }

    private mutating func beginWindow(_ grant: GrantHeader, _ offset: Int) throws(ByteError) {
        try commitWindow(offset)
        windowEnd = grant.end
        earlierTimeouts = timeoutCount
        takeSnapshot(at: grant.start)
    }

    private var timeoutCount: UInt64 {
        partition.processes.elements.reduce(0) { $0 &+ $1.timeoutCount }
    }

    /// Makes the latest execution final.
    private mutating func commitWindow(_ offset: Int) throws(ByteError) {
        guard partition.effects.assumedFrom == .never else {
            throw ByteError(.invalid("end of a window that rests on assumptions"), offset: offset)
        }
        ledger.commit(&partition.effects)
        for index in inputs.indices {
            inputs[index].carried.removeAll()
            inputs[index].fresh.removeAll()
        }
        for index in sent.indices {
            sent[index].removeAll()
            partition.outgoing[index].removeAll()
        }
        for index in partition.inboxes.indices { partition.inboxes[index].removeAll() }
        snapshots.removeAll(keepingCapacity: true)
    }

    /// Takes orders of the control plane, or tells it what there is to be seen.
    private mutating func control(_ reader: inout ByteReader) throws(ByteError) -> [UInt8] {
        let control = try Control(from: &reader)
        try reader.finish()
        guard control.instant >= windowEnd, control.instant <= end,
            control.orders.allSatisfy({ partition.processes.indices.contains($0.position) })
        else {
            throw ByteError(.invalid("instant of control"), offset: reader.offset)
        }
        try commitWindow(reader.offset)
        windowEnd = control.instant
        partition.processes.prepareForChanges()
        for (position, orders) in control.orders {
            partition.processes[position].take(orders, at: control.instant)
        }
        var answer = Controlled(next: partition.nextInstant)
        if control.orders.isEmpty {
            answer.observations = partition.processes.indices.map { process in
                var seen = partition.processes[process].observation(
                    at: control.instant, partition.programs[process])
                if control.wantsLatencies {
                    seen.latencyBuckets = ledger.latencyBuckets(of: process)
                }
                return seen
            }
        }
        return answer.encoded()
    }

    /// Reads what changed in the inputs.
    ///
    /// - Returns: the instant of the first message that was added, removed or replaced.
    private mutating func readChanges(
        _ reader: inout ByteReader, from start: SimulatedInstant
    ) throws(ByteError) -> SimulatedInstant {
        for _ in 0..<(try reader.readCount(ofSize: ChannelChange.headerSize)) {
            let change = try readChange(&reader, from: start)
            guard change.canBeApplied(to: inputs[change.channel].carried) else {
                throw ByteError(.invalid("change of a channel"), offset: reader.offset)
            }
            inputs[change.channel].carried.apply(change)
        }
        var firstChange = SimulatedInstant.never
        for _ in 0..<(try reader.readCount(ofSize: ChannelChange.headerSize)) {
            let change = try readChange(&reader, from: start)
            guard change.canBeApplied(to: inputs[change.channel].fresh) else {
                throw ByteError(.invalid("change of a channel"), offset: reader.offset)
            }
            let count = inputs[change.channel].fresh.count
            if change.kept < count {
                firstChange = min(firstChange, inputs[change.channel].fresh[change.kept].instant)
            }
            if change.count > 0 { firstChange = min(firstChange, change.message(0).instant) }
            inputs[change.channel].fresh.apply(change)
        }
        try reader.finish()
        return firstChange
    }

    /// Reads one change and checks that its messages can be received in this window.
    private func readChange(
        _ reader: inout ByteReader, from start: SimulatedInstant
    ) throws(ByteError) -> ChannelChange {
        let change = try ChannelChange(from: &reader)
        guard inputs.indices.contains(change.channel) else {
            throw ByteError(.invalid("channel"), offset: reader.offset)
        }
        let program = partition.programs[receivers[change.channel]]
        for index in 0..<change.count {
            let message = change.message(index)
            guard message.instant >= start, Process.canReceive(message, program: program) else {
                throw ByteError(.invalid("message"), offset: reader.offset)
            }
        }
        return change
    }

    /// Returns to the latest snapshot at or before `instant`.
    private mutating func goBack(before instant: SimulatedInstant) {
        while snapshots.count > 1, snapshots[snapshots.count - 1].instant > instant {
            snapshots.removeLast()
        }
        let snapshot = snapshots[snapshots.count - 1]
        partition.processes = snapshot.processes
        partition.effects.truncate(to: snapshot.effects)
        for index in sent.indices {
            partition.outgoing[index].truncate(to: snapshot.sentCounts[index])
        }
        for index in partition.inboxes.indices {
            partition.inboxes[index].cursor = snapshot.cursors[index]
        }
        if partition.effects.assumedFrom >= snapshot.instant {
            partition.effects.assumedFrom = .never
        }
    }

    private mutating func takeSnapshot(at instant: SimulatedInstant) {
        snapshots.append(
            Snapshot(
                instant: instant, processes: partition.processes, effects: partition.effects.mark,
                cursors: partition.inboxes.elements.map { $0.cursor },
                sentCounts: partition.outgoing.elements.map { $0.count }))
    }

    /// Lines up, for each process, what it has yet to receive in this window.
    private mutating func refillInboxes() {
        let start = snapshots[snapshots.count - 1].instant
        for process in partition.inboxes.indices {
            let channels = channelsOfProcess[process]
            if channels.isEmpty { continue }
            var runs: [UnsafeBufferPointer<Message>] = []
            runs.reserveCapacity(channels.count * 2)
            for channel in channels {
                runs.append(Self.undelivered(inputs[channel].carried, from: start))
                runs.append(Self.undelivered(inputs[channel].fresh, from: start))
            }
            partition.inboxes[process].refill(from: runs)
        }
    }

    private static func undelivered(
        _ messages: TrivialArray<Message>, from start: SimulatedInstant
    ) -> UnsafeBufferPointer<Message> {
        let elements = messages.elements
        return UnsafeBufferPointer(rebasing: elements[messages.count(before: start)...])
    }

    /// Executes the window from the last snapshot to its end.
    ///
    /// What changes next is likely to lie soon after what has just changed, and is sure to lie one
    /// lookahead after it. So snapshots are close together at first and then ever farther apart: few
    /// copies, and never more than about twice the execution that was needed. Where little happens
    /// there is none, since executing a few events again costs less than a copy of the state.
    private mutating func run(_ grant: GrantHeader) {
        if grant.slices > 1 {
            let length = (grant.end - grant.start).nanoseconds
            var step = SimulatedDuration(nanoseconds: max(length / Int64(grant.slices), 1))
            var next = snapshots[snapshots.count - 1].instant + step
            var eventsBefore = partition.eventCount
            while next < grant.end {
                partition.run(before: next)
                if partition.eventCount - eventsBefore >= Self.eventsWorthASnapshot {
                    takeSnapshot(at: next)
                    eventsBefore = partition.eventCount
                }
                step = step + step
                next = next.advanced(saturatingBy: step)
            }
        }
        partition.run(before: grant.end)
    }

    /// A copy of a busy service's state costs about as much as executing this many events.
    private static var eventsWorthASnapshot: UInt64 { 128 }

    // MARK: Answering

    private mutating func reply(executed: UInt64) -> [UInt8] {
        var writer = ByteWriter()
        ReplyHeader(
            next: partition.nextInstant, executed: executed,
            assumedFrom: partition.effects.assumedFrom,
            hasTimeouts: timeoutCount != earlierTimeouts
        ).write(into: &writer)
        writer.writeRaw(ledger.takeEvents())
        ledger.takeSamples().encode(into: &writer)
        let countOffset = writer.bytes.count
        writer.write(UInt32(0))
        var changes: UInt32 = 0
        for channel in sent.indices where writeChange(of: channel, into: &writer) { changes += 1 }
        writer.patch(changes, at: countOffset)
        return writer.bytes
    }

    /// Writes how the messages sent through a channel differ from what the coordinator has.
    ///
    /// - Returns: whether they do.
    private mutating func writeChange(of channel: Int, into writer: inout ByteWriter) -> Bool {
        var now = partition.outgoing[channel]
        if !now.isSorted {
            now = TrivialArray(now.elements.sorted { $0.precedes($1) })
        }
        let limit = min(now.count, sent[channel].count)
        var kept = 0
        while kept < limit && now[kept] == sent[channel][kept] { kept += 1 }
        if kept == now.count && kept == sent[channel].count { return false }
        let fresh = UnsafeBufferPointer(rebasing: now.elements[kept...])
        writer.writeChange(channel: channel, kept: kept, messages: fresh)
        sent[channel].truncate(to: kept)
        sent[channel].append(contentsOf: fresh)
        return true
    }

    private mutating func finish() -> [UInt8] {
        ledger.commit(&partition.effects)
        var writer = ByteWriter()
        writer.write(MessageType.report.rawValue)
        writer.writeRaw(ledger.takeEvents())
        let reports = partition.processes.elements.map { $0.report(at: end) }
        ledger.takeSamples(last: reports, at: end).encode(into: &writer)
        writer.writeAll(
            reports.enumerated().map { ledger.complete($0.element, of: $0.offset, at: end) })
        return writer.bytes
    }
}
