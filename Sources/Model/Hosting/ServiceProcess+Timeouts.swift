import Kernel

/// The alarm that ends a request's time in the service.
struct RequestClock: KeyedRecord {
    /// The request's call.
    var key: UInt64
    var alarm: TimerQueue.Handle
    static var empty: Self { Self(key: 0, alarm: .none) }
}

// Time-outs at the server: a request is given up so long after it arrived, wherever it then is.
extension ServiceProcess {
    /// Starts the clock of a request that arrives, unless it is running, or it is answered as it is accepted.
    @inline(never)
    mutating func startClock(of request: WaitingRequest, _ program: ServiceProgram) {
        guard let timeout = program.host.requestTimeout,
            hosting[0].clocks.record(request.call) == nil,
            !program.endpoints[Int(request.endpoint)].answersEarly
        else { return }
        let alarm = hosting[0].clockAlarms.schedule(
            at: request.arrived.advanced(saturatingBy: timeout), subject: request.call)
        hosting[0].clocks.insert(RequestClock(key: request.call, alarm: alarm))
    }

    /// A request leaves the service.
    @inline(never)
    mutating func stopClock(of call: UInt64) {
        guard let clock = hosting[0].clocks.remove(call) else { return }
        hosting[0].clockAlarms.cancel(clock.alarm)
    }

    /// A request has been here for as long as one may: it ends with ``Outcome/expired``.
    mutating func expireRequest(
        _ alarm: TimerQueue.Alarm, _ program: ServiceProgram, _ effects: inout Effects
    ) {
        let now = alarm.instant
        guard hosting[0].clocks.remove(alarm.subject) != nil else {
            preconditionFailure("the clock of a request rang that has none")
        }
        note(
            .waitExpired, detail: 2, at: now, call: alarm.subject, request: 0, program, &effects)
        endEarly(alarm.subject, .expired, at: now, program, &effects)
    }
}
