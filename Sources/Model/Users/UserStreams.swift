package import Kernel

/// The users of a service who remember: closed populations, sessions, people who try again by hand,
/// and streams of requests that are modulated or given as a trace.
///
/// A user acts (sends a request), waits until ``answered(_:succeeded:at:_:)`` says how that ended, and
/// then acts again after thinking, tries again, or leaves. All draws are keyed by the request they
/// follow, and a request's number says which user's it is and how many the user had sent before, not
/// how many others had: so when one answer comes later, only that user's requests change. The number
/// is, with a population of P, count · P + user; of a session, session · 2^b + count; of other streams
/// a running number.
///
/// A copy is a few references, and a copy is changed only after ``prepareForChanges()``.
package struct UserStreams: Sendable {
    /// A user acts.
    struct Action: ScheduledEvent {
        var instant: SimulatedInstant
        /// When the user meant to send the request for the first time.
        var intended: SimulatedInstant
        var request: UInt64
        /// 0 is the first.
        var attempt: UInt16

        func precedes(_ other: Self) -> Bool {
            if instant != other.instant { return instant < other.instant }
            if request != other.request { return request < other.request }
            return attempt < other.attempt
        }
    }

    /// A user waits for an answer.
    struct Waiting: KeyedRecord {
        /// The call by which the attempt entered.
        var key: UInt64
        var request: UInt64
        var sent: SimulatedInstant
        var intended: SimulatedInstant
        var attempt: UInt16

        static var empty: Self {
            Self(key: 0, request: 0, sent: .start, intended: .start, attempt: 0)
        }
    }

    /// A request that a user sends now.
    package struct Arrival: Hashable, Sendable {
        package var request: UInt64
        package var call: UInt64
        package var stream: Int
        package var endpoint: UInt16
        /// 0 for the first, n for the nth retry by hand.
        package var attempt: UInt16
        /// When the user meant to send the request for the first time; latency counts from here.
        package var intended: SimulatedInstant
    }

    /// What a user does after an answer, or after having given up waiting for it.
    package enum Continuation: UInt8, Hashable, Sendable {
        /// Tries the same request again.
        case triesAgain
        /// Sends another request after thinking.
        case goesOn
        case leaves
    }

    /// An answer that a user was waiting for.
    package struct Answer: Hashable, Sendable {
        package var stream: Int
        package var request: UInt64
        package var attempt: UInt16
        package var sent: SimulatedInstant
        /// When the user meant to send the request for the first time; latency counts from here.
        package var intended: SimulatedInstant
        package var continuation: Continuation
    }

    /// A user who is answered in the instant of sending takes this long to act again, or else one who
    /// does not think and is refused at once would stop the clock.
    package static let leastTurn = SimulatedDuration.microseconds(100)

    var sources: TrivialArray<ArrivalSource>
    var nextSource = SimulatedInstant.never
    var actions = EventQueue<Action>()
    var waiting = KeyedTable<Waiting>()

    /// The users as the run starts. Closed populations begin spread out: each user's first action
    /// comes after a uniform share of a think time (which spreads paced users evenly over the pace).
    package init(_ program: UserProgram) {
        sources = TrivialArray(minimumCapacity: program.streams.count)
        for (index, stream) in program.streams.enumerated() {
            sources.append(ArrivalSource(stream, index, program))
            guard stream.isClosed else { continue }
            for user in 0..<stream.population {
                let draw = program.draw(.userStart, user, step: index)
                let first = RequestIdentity.make(
                    service: program.service, stream: index, number: user)
                let think = stream.think.sample(draw, program.tables)
                // A block that no distribution gets to.
                let share = draw.uniforms(.max).0
                let wait = SimulatedDuration(seconds: think.seconds * share)
                let start = SimulatedInstant.start + wait
                actions.insert(Action(instant: start, intended: start, request: first, attempt: 0))
            }
        }
        findNextSource()
    }

    /// See `TrivialArray.prepareForChanges()`.
    package mutating func prepareForChanges() {
        sources.prepareForChanges()
        actions.prepareForChanges()
        waiting.prepareForChanges()
    }

    /// When a user acts next, or `never`. O(1).
    package var nextInstant: SimulatedInstant { min(actions.nextInstant, nextSource) }

    /// Users who wait for an answer.
    package var waitingCount: Int { waiting.count }
    /// The request whose answer comes by this call; `nil` when nobody waits for it. O(1).
    func request(waitingFor call: UInt64) -> UInt64? { waiting.record(call)?.request }
    /// Users who think, or wait before trying again.
    package var thinkingCount: Int { actions.count }

    /// The user who acts at `now`, which is ``nextInstant``, and waits for an answer from here on.
    ///
    /// Of several those who are known act first, then streams in order. O(log users + streams).
    package mutating func takeNext(
        at now: SimulatedInstant, _ program: UserProgram
    ) -> Arrival {
        let action = actions.nextInstant <= nextSource ? actions.removeFirst() : takeSource(program)
        let call = UserProgram.call(of: action.request, attempt: action.attempt)
        waiting.insert(
            Waiting(
                key: call, request: action.request, sent: now, intended: action.intended,
                attempt: action.attempt))
        return Arrival(
            request: action.request, call: call,
            stream: RequestIdentity.stream(of: action.request),
            endpoint: program.endpoint(of: action.request), attempt: action.attempt,
            intended: action.intended)
    }

    private mutating func takeSource(_ program: UserProgram) -> Action {
        var index = 0
        while sources[index].next != nextSource { index += 1 }
        let now = nextSource
        let number = sources[index].number
        sources[index].number += 1
        sources[index].advance(after: now, program.streams[index], index, program)
        findNextSource()
        let shift =
            program.streams[index].process == .sessions ? program.streams[index].sessionBits : 0
        let request = RequestIdentity.make(
            service: program.service, stream: index,
            number: number << shift & (1 << RequestIdentity.numberBits - 1))
        return Action(instant: now, intended: now, request: request, attempt: 0)
    }

    private mutating func findNextSource() {
        nextSource = sources.elements.reduce(.never) { min($0, $1.next) }
    }

    /// A call has been answered, or its user has given up waiting: what the user does then.
    ///
    /// `nil` when nobody waits for the call: the answer is late. A user who gives up on a request
    /// (who has no retries left, or no patience) goes on to the next one, but leaves a session.
    /// O(log users).
    package mutating func answered(
        _ call: UInt64, succeeded: Bool, at now: SimulatedInstant, _ program: UserProgram
    ) -> Answer? {
        guard let waiting = waiting.remove(call) else { return nil }
        let index = RequestIdentity.stream(of: waiting.request)
        let stream = program.streams[index]
        var answer = Answer(
            stream: index, request: waiting.request, attempt: waiting.attempt, sent: waiting.sent,
            intended: waiting.intended, continuation: .leaves)
        if !succeeded, triesAgain(waiting, stream, program) {
            let delay = stream.retryDelay.sample(
                program.draw(.userRetryDelay, waiting.request, step: Int(waiting.attempt)),
                program.tables)
            act(
                waiting.request, attempt: waiting.attempt + 1, after: waiting, at: now,
                when: now.advanced(saturatingBy: delay), intended: waiting.intended)
            answer.continuation = .triesAgain
        } else if let next = nextRequest(after: waiting, succeeded: succeeded, stream, program) {
            let think = stream.think.sample(
                program.draw(.userThink, waiting.request), program.tables)
            let isPaced = stream.process == .paced
            let meant = (isPaced ? waiting.intended : now).advanced(saturatingBy: think)
            act(
                next, attempt: 0, after: waiting, at: now, when: max(meant, now),
                intended: isPaced ? meant : nil)
            answer.continuation = .goesOn
        }
        return answer
    }

    /// Schedules an action. Without `intended` it is meant for when it happens.
    private mutating func act(
        _ request: UInt64, attempt: UInt16, after waiting: Waiting, at now: SimulatedInstant,
        when instant: SimulatedInstant, intended: SimulatedInstant?
    ) {
        let hasTakenNoTime = instant == now && waiting.sent == now
        let instant = hasTakenNoTime ? now.advanced(saturatingBy: Self.leastTurn) : instant
        // One who would act after the end of time never does, and the population stays whole.
        actions.insert(
            Action(
                instant: instant, intended: intended ?? instant, request: request, attempt: attempt)
        )
    }

    private func triesAgain(
        _ waiting: Waiting, _ stream: UserProgram.Stream, _ program: UserProgram
    ) -> Bool {
        guard waiting.attempt < stream.retries else { return false }
        let draw = program.draw(.userPersistence, waiting.request, step: Int(waiting.attempt))
        return draw.uniform() < stream.persistence
    }

    /// The user's next request, or `nil` when the user leaves.
    private func nextRequest(
        after waiting: Waiting, succeeded: Bool, _ stream: UserProgram.Stream,
        _ program: UserProgram
    ) -> UInt64? {
        switch stream.process {
        case .closed, .paced:
            let number = RequestIdentity.number(of: waiting.request)
            let isLast = number + stream.population >= 1 << RequestIdentity.numberBits
            return isLast
                ? waiting.request - number + number % stream.population
                : waiting.request + stream.population
        case .sessions:
            let mask: UInt64 = 1 << stream.sessionBits - 1
            guard succeeded, waiting.request & mask != mask,
                program.draw(.userSession, waiting.request).uniform() < stream.continuation
            else { return nil }
            return waiting.request + 1
        default: return nil
        }
    }
}
