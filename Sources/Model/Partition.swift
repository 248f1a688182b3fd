package import Kernel

/// Where the messages of the processes of one partition go.
package struct PartitionRouting: Sendable {
    package enum Route: Sendable, Equatable {
        /// To a process of the same partition, by its position.
        case local(Int)
        /// Out, by the position of the channel among the partition's outgoing channels.
        case outside(Int)
    }
    /// By process, by peer.
    package var routes: [[Route]]
    /// The least latency between different processes of the partition; ``SimulatedDuration/zero`` is
    /// allowed, `nil` when they exchange nothing.
    package var lookahead: SimulatedDuration?
    package var outgoingCount: Int

    package init(routes: [[Route]], lookahead: SimulatedDuration?, outgoingCount: Int) {
        self.routes = routes
        self.lookahead = lookahead
        self.outgoingCount = outgoingCount
    }
}

/// Processes that run in one worker (or all of them, in a run without workers), executed in an order
/// that gives each process its events in its own total order.
///
/// In rounds: no process can hear of anything that another does from the earliest pending event on
/// until one lookahead later, so within that span each process runs by itself. With a lookahead of
/// zero, one instant of one process at a time, lowest position first.
package struct Partition<Process: LogicalProcess>: Sendable {
    package let programs: [Process.Program]
    package let routing: PartitionRouting
    package var processes: ContiguousArray<Process>
    package var inboxes: ContiguousArray<Inbox>
    /// By outgoing channel: messages in the order in which they were sent.
    package var outgoing: ContiguousArray<ContiguousArray<Message>>
    package var effects: Effects
    /// By process: the instant of its next event, messages in its inbox included.
    private var next: ContiguousArray<SimulatedInstant>

    package init(
        programs: [Process.Program], routing: PartitionRouting, recordsEvents: Bool = false
    ) {
        self.programs = programs
        self.routing = routing
        processes = ContiguousArray(programs.map { Process(program: $0) })
        inboxes = ContiguousArray(repeating: Inbox(), count: programs.count)
        outgoing = ContiguousArray(repeating: [], count: routing.outgoingCount)
        effects = Effects(recordsEvents: recordsEvents)
        next = ContiguousArray(repeating: .never, count: programs.count)
    }

    /// When something happens next if nothing comes from outside. O(processes).
    package var nextInstant: SimulatedInstant {
        processes.reduce(SimulatedInstant.never) { min($0, $1.nextInstant) }
    }

    /// Events executed by all processes so far. O(processes).
    package var eventCount: UInt64 { processes.reduce(0) { $0 + $1.eventCount } }

    /// Executes every event before `bound`.
    package mutating func run(before bound: SimulatedInstant) {
        if processes.count == 1 {
            runProcess(0, before: bound)
            return
        }
        for index in processes.indices {
            next[index] = min(processes[index].nextInstant, inboxes[index].nextInstant)
        }
        let lookahead = routing.lookahead ?? SimulatedDuration(nanoseconds: .max)
        while true {
            let earliest = earliestInstant()
            guard earliest < bound else { return }
            if lookahead.nanoseconds > 0 {
                let horizon = min(bound, earliest.advanced(saturatingBy: lookahead))
                for index in next.indices where next[index] < horizon {
                    runProcess(index, before: horizon)
                }
            } else if let index = next.firstIndex(of: earliest) {
                runProcess(index, before: SimulatedInstant(nanoseconds: earliest.nanoseconds + 1))
            }
        }
    }

    private func earliestInstant() -> SimulatedInstant {
        next.withUnsafeBufferPointer { next in
            var earliest = Int64.max
            for instant in next { earliest = min(earliest, instant.nanoseconds) }
            return SimulatedInstant(nanoseconds: earliest)
        }
    }

    private mutating func runProcess(_ index: Int, before bound: SimulatedInstant) {
        effects.process = UInt32(truncatingIfNeeded: index)
        inboxes[index].withUndelivered { messages, cursor in
            processes[index].run(
                before: bound, inbox: messages, cursor: &cursor, program: programs[index],
                effects: &effects)
        }
        next[index] = min(processes[index].nextInstant, inboxes[index].nextInstant)
        if !effects.outgoing.isEmpty { dispatchOutgoing(of: index) }
    }

    private mutating func dispatchOutgoing(of index: Int) {
        for item in effects.outgoing {
            switch routing.routes[index][Int(item.peer)] {
            case .local(let target):
                processes[target].deliver(item.message)
                next[target] = min(next[target], item.message.instant)
            case .outside(let channel):
                outgoing[channel].append(item.message)
            }
        }
        effects.outgoing.removeAll(keepingCapacity: true)
    }
}
