import Kernel
import Wire

/// What both ways of synchronising share: who runs, when each worker's next event is, the channels,
/// and the grants to be sent.
struct GrantBoard: Sendable {
    /// By worker: its next event as far as it knows, after its latest execution.
    var next: [SimulatedInstant]
    private(set) var isRunning: [Bool]
    private(set) var runningCount = 0
    /// By worker: the end of its latest grant.
    private var grantedEnds: [SimulatedInstant]
    var channels: ChannelBoard
    let end: SimulatedInstant
    /// When the control plane acts next: nobody executes anything at it or later before that.
    var barrier = SimulatedInstant.never
    var committed = SimulatedInstant.start
    var statistics = EngineStatistics()
    private var grants: [(worker: Int, message: [UInt8])] = []

    init(channels: [ChannelEnds], workers: Int, end: SimulatedInstant) {
        self.channels = ChannelBoard(channels, workers: workers)
        self.end = end
        next = Array(repeating: .never, count: workers)
        isRunning = Array(repeating: false, count: workers)
        grantedEnds = Array(repeating: .start, count: workers)
    }

    /// How far workers may execute for now.
    var bound: SimulatedInstant { min(end, barrier) }

    var messageCount: UInt64 { channels.messageCount }

    /// The earliest thing that can happen at a worker, if nothing more is sent to it.
    func firstInstant(of worker: Int) -> SimulatedInstant {
        min(next[worker], channels.firstCarried(to: worker))
    }

    mutating func grant(_ header: GrantHeader, to worker: Int) {
        var writer = ByteWriter(capacity: 64)
        header.write(into: &writer)
        channels.writeInputs(
            of: worker, isNewWindow: header.isNewWindow, windowEnd: header.end, into: &writer)
        isRunning[worker] = true
        grantedEnds[worker] = header.end
        runningCount += 1
        statistics.executions += 1
        grants.append((worker, writer.bytes))
    }

    mutating func takeGrants() -> [(worker: Int, message: [UInt8])] {
        defer { grants.removeAll(keepingCapacity: true) }
        return grants
    }

    /// Notes the end of an execution.
    mutating func noteReply(_ header: ReplyHeader, from worker: Int) throws(WireError) {
        guard isRunning[worker] else { throw WireError("replied to no grant") }
        guard header.next >= grantedEnds[worker] else {
            throw WireError("left events behind that it was to execute")
        }
        isRunning[worker] = false
        runningCount -= 1
        next[worker] = header.next
        statistics.eventsExecuted &+= header.executed
        statistics.workerComputeTime &+= header.computeTime
    }

    /// Reads one change of a reply and finds the channel it is about.
    func readChange(
        from worker: Int, _ reader: inout ByteReader
    ) throws -> (change: ChannelChange, channel: Int) {
        let change = try ChannelChange(from: &reader)
        guard channels.outgoing[worker].indices.contains(change.channel) else {
            throw WireError("names a channel that it does not have")
        }
        return (change, channels.outgoing[worker][change.channel])
    }
}
