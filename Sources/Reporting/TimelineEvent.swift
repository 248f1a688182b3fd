import Results

/// Something that happened in a run at an instant or for a while.
package struct TimelineEvent: Codable, Hashable, Sendable {
    package enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// A fault, or a rise of the users' rate.
        case trigger
        /// When the users were well again.
        case recovery
        /// Another number of replicas was wanted.
        case scaling
        /// What else the control plane had to say.
        case control
        /// Replicas died.
        case death
        /// A caller's breaker opened.
        case breaker
    }

    package var kind: Kind
    /// Seconds.
    package var from: Double
    /// Missing for an instant.
    package var until: Double?
    /// A service or an edge; empty for the whole system.
    package var place: String
    package var words: String
}

extension TimelineEvent {
    /// At most so many of each kind, so that a page stays one that a person can read.
    static let mostOfAKind = 2_000

    /// Everything known of a run, ascending by time.
    static func all(_ run: RunView, control: CSVTable?) throws(ResultError) -> [TimelineEvent] {
        var events: [TimelineEvent] = []
        if let verdict = run.summary.verdict {
            events += verdict.triggers.map { trigger in
                TimelineEvent(
                    kind: .trigger, from: trigger.from, until: trigger.until ?? run.seconds,
                    place: "", words: trigger.name)
            }
            if let seconds = verdict.secondsToRecover, let over = verdict.judged.until {
                events.append(
                    TimelineEvent(
                        kind: .recovery, from: over + seconds, until: nil, place: "",
                        words: "users are well again, \(short(seconds)) s after the trigger"))
            }
        }
        events += scaling(run)
        if let control { events += try said(control) }
        for service in run.services {
            events += counted(service.columns[.kills], run, .death, service.name, "died")
        }
        for edge in run.edges {
            events += counted(
                edge.columns[.trips], run, .breaker, "\(edge.from) → \(edge.to)", "opened")
        }
        var left: [Kind: Int] = [:]
        return events.sorted {
            ($0.from, $0.kind.rawValue, $0.place) < ($1.from, $1.kind.rawValue, $1.place)
        }
        .filter { event in
            left[event.kind, default: mostOfAKind] -= 1
            return left[event.kind, default: 0] >= 0
        }
    }

    private static func scaling(_ run: RunView) -> [TimelineEvent] {
        var known: [Int: Int] = [:]
        return run.wanted.compactMap { step in
            let before = known.updateValue(step.replicas, forKey: step.service)
            guard let before, before != step.replicas else { return nil }
            return TimelineEvent(
                kind: .scaling, from: step.seconds, until: nil,
                place: run.services[step.service].name,
                words: "\(before) to \(step.replicas) replicas")
        }
    }

    private static func said(_ table: CSVTable) throws(ResultError) -> [TimelineEvent] {
        let (time, service, reason, message) = (
            try table.column("time_s"), try table.column("service"), try table.column("reason"),
            try table.column("message")
        )
        var events: [TimelineEvent] = []
        for row in table.rows.indices {
            let fields = table.rows[row]
            events.append(
                TimelineEvent(
                    kind: .control, from: try table.number(row, time), until: nil,
                    place: String(fields[service]),
                    words: "\(fields[reason]): \(fields[message])"))
        }
        return events
    }

    /// An event for each interval in which a count is not zero.
    private static func counted(
        _ column: [Double]?, _ run: RunView, _ kind: Kind, _ place: String, _ verb: String
    ) -> [TimelineEvent] {
        (column ?? []).enumerated().compactMap { index, value in
            guard value > 0 else { return nil }
            let what = kind == .death ? (value == 1 ? "replica" : "replicas") : "breaker"
            let times = kind == .breaker && value > 1 ? " \(short(value)) times" : ""
            return TimelineEvent(
                kind: kind, from: run.begin(index), until: run.ends[index], place: place,
                words: (kind == .death ? "\(short(value)) " : "") + "\(what) \(verb)\(times)")
        }
    }
}
