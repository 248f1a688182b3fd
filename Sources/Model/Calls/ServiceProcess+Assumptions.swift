import Kernel

// Executions that assume that answers still come: see ``Effects/assumesAnswers``.
extension ServiceProcess {
    package var timeoutCount: UInt64 {
        edges.elements.dropLast(streams.count).reduce(0) { $0 &+ $1.timeouts }
    }

    /// Leaves a call waiting whose time is over.
    ///
    /// Users' patience is not overlooked: what they wait for is in this process.
    ///
    /// - Returns: whether the alarm is a time-out of a call to another process.
    @inline(never)
    mutating func overlook(_ alarm: TimerQueue.Alarm) -> Bool {
        if let call = outstanding.record(alarm.subject) {
            guard call.job != OutstandingCall.user else { return false }
            if var waiting = outstanding.remove(alarm.subject) {
                waiting.timer = .none
                outstanding.insert(waiting)
            }
            return true
        }
        guard calling.count > 0, var attempt = calling[0].attempts.remove(alarm.subject) else {
            return false
        }
        attempt.timer = .none
        calling[0].attempts.insert(attempt)
        return true
    }
}
