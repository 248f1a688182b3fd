package import Kernel

/// A service as a logical process: its replicas with their queues, and every request in them.
///
/// Events at one instant happen in this order: rare ones (faults, life cycle, paced cores, limits of
/// waiting), compute steps end, messages arrive, time-outs ring, users' requests arrive; within each,
/// in the order of their own keys. So capacity that is freed at an instant can be used at it, and an
/// answer that comes just in time is in time.
package struct ServiceProcess: LogicalProcess {
    package typealias Program = ServiceProgram

    var replicas: TrivialArray<Replica>
    /// By replica: requests that wait for a thread to begin.
    var admissionQueues: FixedArray<ChunkedQueue<WaitingRequest>>
    var jobs = SlotTable<Job>()
    var completions = EventQueue<Completion>()
    var deliveries = EventQueue<Message>()
    var timers = TimerQueue()
    var outstanding = KeyedTable<OutstandingCall>()
    var streams: TrivialArray<StreamState>
    var nextArrival = SimulatedInstant.never
    /// When a rare event is due; see ``actRarely(at:_:_:)``.
    var nextRare = SimulatedInstant.never
    /// The replica that the next request goes to in turn.
    var turn = 0
    package internal(set) var counters = ServiceCounters()
    /// By outgoing edge, then by arrival stream.
    package internal(set) var edges: TrivialArray<EdgeCounters>
    package internal(set) var digest = StreamDigest()
    package internal(set) var eventCount: UInt64 = 0
    var nextCheckpoint: SimulatedInstant
    /// Counters as the last sample of the series found them.
    var sampled: SeriesBase
    /// State of the parts that the service uses beyond the plain model: one of each, or none.
    var calling: FixedArray<CallerState>
    var hosting: FixedArray<HostState>
    var data: FixedArray<DataState>
    var users: FixedArray<UserStreams>

    package init(program: ServiceProgram) {
        replicas = TrivialArray(repeating: Replica(), count: program.replicas)
        admissionQueues = FixedArray((0..<program.replicas).map { _ in ChunkedQueue() })
        edges = TrivialArray(repeating: EdgeCounters(), count: program.seriesCount - 1)
        streams = TrivialArray(repeating: StreamState(next: .start), count: program.streams.count)
        nextCheckpoint = SimulatedInstant.start + program.checkpointInterval
        sampled = SeriesBase(edges: program.seriesCount - 1)
        calling = FixedArray(
            program.features.contains(.managedCalls) ? [CallerState(program)] : [])
        hosting = FixedArray(program.needsHost ? [HostState(program)] : [])
        data = FixedArray(program.needsData ? [DataState(program)] : [])
        users = FixedArray(
            program.features.contains(.users) ? [UserStreams(program.users)] : [])
        for stream in streams.indices { scheduleArrival(stream, after: .start, program) }
        if !hosting.elements.isEmpty { beginHosting(program) }
    }

    package mutating func prepareForChanges() {
        replicas.prepareForChanges()
        admissionQueues.prepareForChanges()
        jobs.prepareForChanges()
        completions.prepareForChanges()
        deliveries.prepareForChanges()
        timers.prepareForChanges()
        outstanding.prepareForChanges()
        streams.prepareForChanges()
        edges.prepareForChanges()
        sampled.prepareForChanges()
        if calling.count > 0 {
            calling.prepareForChanges()
            calling[0].prepareForChanges()
        }
        if hosting.count > 0 {
            hosting.prepareForChanges()
            hosting[0].prepareForChanges()
        }
        if data.count > 0 {
            data.prepareForChanges()
            data[0].prepareForChanges()
        }
        if users.count > 0 {
            users.prepareForChanges()
            users[0].prepareForChanges()
        }
    }

    // Inlined, since a call would first copy the whole value.
    @inline(__always)
    package var nextInstant: SimulatedInstant {
        min(
            min(min(completions.nextInstant, deliveries.nextInstant), nextRare),
            min(timers.nextInstant, nextArrival))
    }

    package static func canReceive(_ message: Message, program: ServiceProgram) -> Bool {
        guard message.hasKnownKind else { return false }
        switch message.kind {
        case .request, .cancellation:
            let callers = program.configuration.incoming
            return Int(message.endpoint) < program.configuration.description.endpoints.count
                && Int(message.route) < callers.count
                && callers[Int(message.route)].source == message.source
                && message.replica <= program.replicas
        case .response: return message.endpoint == 0 && message.route == 0
        case .readiness:
            return message.endpoint == 0 && message.route == 0
                && program.configuration.outgoing.contains {
                    $0.target == message.source && message.replica < $0.replicas
                }
        }
    }

    package mutating func deliver(_ message: Message) { deliveries.insert(message) }

    package mutating func run(
        before bound: SimulatedInstant, inbox: UnsafeBufferPointer<Message>, cursor: inout Int,
        program: ServiceProgram, effects: inout Effects
    ) {
        let isPlain = hosting.count == 0 && data.count == 0
        while true {
            let fromInbox = cursor < inbox.count ? inbox[cursor].instant : .never
            let message = min(fromInbox, deliveries.nextInstant)
            let completion = completions.nextInstant
            let timer = timers.nextInstant
            let now = min(min(min(completion, message), nextRare), min(timer, nextArrival))
            guard now < bound else { return }
            if now >= nextCheckpoint { passCheckpoint(at: now, program, &effects) }
            eventCount += 1

            if nextRare == now {
                actRarely(at: now, program, &effects)
            } else if completion == now {
                let event = completions.removeFirst()
                finishCompute(event, program, &effects)
            } else if message == now {
                receive(takeMessage(from: inbox, &cursor), program, &effects)
            } else if timer == now {
                let alarm = timers.removeFirst()
                giveUp(alarm, program, &effects)
            } else {
                arrive(at: now, program, &effects)
            }
            if isPlain { continue }
            if hosting.count > 0 {
                nextRare = hosting[0].nextInstant
                if hosting[0].lostCompletions > 0 { forgetLostCompletions() }
            }
            if data.count > 0 { finishWithData(at: now, program, &effects) }
        }
    }

    /// Jobs whose waits the event has ended go on, and writes to be applied are among what is rare.
    private mutating func finishWithData(
        at now: SimulatedInstant, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        if !data[0].woken.isEmpty { continueWoken(at: now, program, &effects) }
        nextRare = data[0].nextInstant
        if hosting.count > 0 { nextRare = min(nextRare, hosting[0].nextInstant) }
    }

    /// The earlier of the first local and the first outside message, in the order of messages.
    @inline(__always)
    private mutating func takeMessage(
        from inbox: UnsafeBufferPointer<Message>, _ cursor: inout Int
    ) -> Message {
        if let local = deliveries.first,
            cursor == inbox.count || local.precedes(inbox[cursor])
        {
            return deliveries.removeFirst()
        }
        cursor += 1
        return inbox[cursor - 1]
    }

    private mutating func receive(
        _ message: Message, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        if message.isResponse {
            note(
                .responseDelivered, detail: message.detail, at: message.instant,
                call: message.call, request: message.request, program, &effects)
            acceptResponse(message, program, &effects)
        } else if message.isRequest {
            note(
                .requestDelivered, detail: 0, at: message.instant, call: message.call,
                request: message.request, program, &effects)
            accept(
                WaitingRequest(
                    call: message.call, request: message.request, arrived: message.instant,
                    origin: message.origin, endpoint: message.endpoint, route: message.route,
                    extra: message.extra),
                program, &effects)
        } else {
            receiveRarer(message, program, &effects)
        }
    }

    @inline(never)
    private mutating func receiveRarer(
        _ message: Message, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        note(
            message.kind == .cancellation ? .cancellationDelivered : .readinessDelivered,
            detail: message.detail, at: message.instant, call: message.call,
            request: message.request, program, &effects)
        if message.kind == .cancellation {
            cancel(message, program, &effects)
        } else {
            noteReadiness(message, program)
        }
    }

    /// Folds an event into the digest and, when asked, records it.
    @inline(__always)
    mutating func note(
        _ kind: EventKind, detail: UInt8, at now: SimulatedInstant, call: UInt64, request: UInt64,
        _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let code = UInt64(kind.rawValue) | UInt64(detail) << 8
        digest.fold(now, call &+ code &* 0x9E37_79B9_7F4A_7C15)
        if effects.recordsEvents {
            effects.events.append(
                EventRecord(
                    instant: now, call: call, request: request, service: program.service.rawValue,
                    kind: kind, detail: detail))
        }
    }

    /// Notes the digest of everything before the last checkpoint at or before `now`, and what
    /// happened in the interval of the events before.
    @inline(never)
    private mutating func passCheckpoint(
        at now: SimulatedInstant, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let interval = program.checkpointInterval.nanoseconds
        sampleSeries(at: nextCheckpoint, &effects)
        let number = now.nanoseconds / interval
        effects.checkpoints.append(
            DigestCheckpoint(
                process: effects.process, number: UInt32(clamping: number), digest: digest.state))
        sampled.number = UInt32(clamping: number + 1)
        nextCheckpoint = SimulatedInstant(nanoseconds: (number + 1) * interval)
    }
}
