package import Kernel

/// Where the messages of the processes of one partition go.
package struct PartitionRouting: Sendable, Equatable {
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
    /// The programs without reference counting; `programs` keeps them alive.
    private let unownedPrograms: FixedArray<Unmanaged<Process.Program>>
    package let routing: PartitionRouting
    package var processes: FixedArray<Process>
    package var inboxes: FixedArray<Inbox>
    /// By outgoing channel: messages in the order in which they were sent.
    package var outgoing: FixedArray<TrivialArray<Message>>
    package var effects: Effects
    /// By process: the instant of its next event, messages in its inbox included.
    private var next: TrivialArray<SimulatedInstant>
    /// By process: where the routes of its peers begin in `routes`.
    private let routeStarts: TrivialArray<Int32>
    /// A position of a process, or the complement of a position of an outgoing channel.
    private let routes: TrivialArray<Int32>

    package init(
        programs: [Process.Program], routing: PartitionRouting, recordsEvents: Bool = false,
        traces: TraceSettings = TraceSettings()
    ) {
        self.programs = programs
        unownedPrograms = FixedArray(programs.map { Unmanaged.passUnretained($0) })
        self.routing = routing
        processes = FixedArray(programs.map { Process(program: $0) })
        inboxes = FixedArray(programs.map { _ in Inbox() })
        outgoing = FixedArray((0..<routing.outgoingCount).map { _ in TrivialArray() })
        effects = Effects(recordsEvents: recordsEvents, traces: traces)
        next = TrivialArray(repeating: .never, count: programs.count)
        var starts = TrivialArray<Int32>()
        var flat = TrivialArray<Int32>()
        for routesOfProcess in routing.routes {
            starts.append(Int32(flat.count))
            for route in routesOfProcess {
                switch route {
                case .local(let position): flat.append(Int32(position))
                case .outside(let channel): flat.append(~Int32(channel))
                }
            }
        }
        routeStarts = starts
        routes = flat
    }

    // Both look at the processes in place, and are specialised for those that look often: an iterator, or
    // code for any process, would copy each one, with a reference count for every array in it.

    /// When something happens next if nothing comes from outside. O(processes).
    package var nextInstant: SimulatedInstant {
        @_specialize(where Process == ServiceProcess)
        @_specialize(where Process == PholdProcess)
        get {
            var earliest = SimulatedInstant.never
            for index in processes.indices {
                earliest = min(earliest, processes[index].nextInstant)
            }
            return earliest
        }
    }

    /// Events executed by all processes so far. O(processes).
    package var eventCount: UInt64 {
        @_specialize(where Process == ServiceProcess)
        @_specialize(where Process == PholdProcess)
        get {
            var count: UInt64 = 0
            for index in processes.indices { count += processes[index].eventCount }
            return count
        }
    }

    /// Executes every event before `bound`.
    @_specialize(where Process == ServiceProcess)
    @_specialize(where Process == PholdProcess)
    package mutating func run(before bound: SimulatedInstant) {
        effects.prepareForChanges()
        next.prepareForChanges()
        processes.prepareForChanges()
        inboxes.prepareForChanges()
        outgoing.prepareForChanges()
        for channel in outgoing.indices { outgoing[channel].prepareForChanges() }
        for index in processes.indices {
            processes[index].prepareForChanges()
            next[index] = min(processes[index].nextInstant, inboxes[index].nextInstant)
        }
        if processes.count == 1 {
            if next[0] < bound { runProcess(0, before: bound) }
        } else {
            runRounds(before: bound)
        }
    }

    private mutating func runRounds(before bound: SimulatedInstant) {
        let lookahead = routing.lookahead ?? SimulatedDuration(nanoseconds: .max)
        while true {
            var earliest = SimulatedInstant.never
            for instant in next.elements { earliest = min(earliest, instant) }
            guard earliest < bound else { return }
            if lookahead > .zero {
                let horizon = min(bound, earliest.advanced(saturatingBy: lookahead))
                for index in next.indices where next[index] < horizon {
                    runProcess(index, before: horizon)
                }
            } else if let index = next.elements.firstIndex(of: earliest) {
                runProcess(index, before: SimulatedInstant(nanoseconds: earliest.nanoseconds + 1))
            }
        }
    }

    @inline(__always)
    private mutating func runProcess(_ index: Int, before bound: SimulatedInstant) {
        effects.process = UInt32(truncatingIfNeeded: index)
        let inbox = inboxes[index].undelivered
        var cursor = 0
        unownedPrograms[index]._withUnsafeGuaranteedRef { program in
            processes[index].run(
                before: bound, inbox: inbox, cursor: &cursor, program: program, effects: &effects)
        }
        if cursor > 0 { inboxes[index].cursor += cursor }
        next[index] = min(processes[index].nextInstant, inboxes[index].nextInstant)
        if !effects.outgoing.isEmpty { dispatchOutgoing(of: index) }
    }

    @inline(__always)
    private mutating func dispatchOutgoing(of index: Int) {
        let start = Int(routeStarts[index])
        for item in effects.outgoing.elements {
            let route = Int(routes[start &+ Int(item.peer)])
            if route >= 0 {
                processes[route].deliver(item.message)
                next[route] = min(next[route], item.message.instant)
            } else {
                outgoing[~route].append(item.message)
            }
        }
        effects.outgoing.removeAll()
    }
}
