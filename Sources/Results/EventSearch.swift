import Glibc
import Kernel
import Model

/// The first event that two runs do not share.
package struct FirstDifference: Hashable, Sendable, CustomStringConvertible {
    package var service: String
    /// Of the event in the service's stream of events, from 0.
    package var index: UInt64
    /// `nil` where the run has no event any more in the interval compared.
    package var a: EventDescription?
    package var b: EventDescription?

    package var description: String {
        func line(_ event: EventDescription?) -> String {
            event.map(\.description) ?? "no such event"
        }
        return "first differing event: number \(index) of \(service)\n"
            + "  first run:  \(line(a))\n  second run: \(line(b))"
    }
}

/// The events of one service in a span of time.
struct ServiceStream {
    /// Events before the span.
    var skipped: UInt64 = 0
    var events: [EventRecord] = []
}

/// Looks for the first event in which two runs differ within a checkpoint interval.
struct EventSearch {
    let a: LoadedRun
    let b: LoadedRun
    let interval: DifferingInterval
    private let pairs: [ServicePair]
    private(set) var notes: [String] = []

    init(a: LoadedRun, b: LoadedRun, interval: DifferingInterval) {
        self.a = a
        self.b = b
        self.interval = interval
        pairs = ServicePair.common(a.digests, b.digests)
    }

    /// The earliest difference over all services; of several at one instant that of the first service.
    mutating func firstDifference() -> FirstDifference? {
        do throws(ResultError) {
            if a.hasEvents, b.hasEvents {
                if let found = Self.compare(try recorded(a), try recorded(b), pairs) {
                    return describe(found)
                }
                notes.append(
                    "the recorded events of that interval agree although their digests differ: a file "
                        + "was changed or an engine is broken")
            }
        } catch {
            notes.append("the recorded events are of no use: \(error.path) \(error.message)")
        }
        do throws(ResultError) {
            return try fromRunningAgain()
        } catch {
            notes.append("cannot run again: \(error.path): \(error.message)")
            return nil
        }
    }

    // MARK: - Recorded events

    /// By service: the recorded events of the interval.
    private func recorded(_ run: LoadedRun) throws(ResultError) -> [ServiceStream] {
        let reader = try EventLogReader(path: run.path + "/" + ResultFolder.eventsName)
        var streams = [ServiceStream](repeating: ServiceStream(), count: run.digests.services.count)
        while let event = try reader.next() {
            let service = Int(event.service)
            guard service < streams.count, event.instant < interval.end else { continue }
            if event.instant < interval.start {
                streams[service].skipped += 1
            } else {
                streams[service].events.append(event)
            }
        }
        return streams
    }

    // MARK: - Running again

    private mutating func fromRunningAgain() throws(ResultError) -> FirstDifference? {
        var first = try Rerun(a, until: interval.end)
        var second = try Rerun(b, until: interval.end)
        first.run(before: interval.start)
        second.run(before: interval.start)
        notes += first.contradictions() + second.contradictions()
        first.startRecording()
        second.startRecording()
        var found: Difference?
        // Small steps bound the events in memory; the first step with a difference has the earliest.
        var bound = interval.start
        while found == nil, bound < interval.end {
            bound = min(interval.end, bound + .milliseconds(50))
            found = Self.compare(first.record(before: bound), second.record(before: bound), pairs)
        }
        first.stopRecording()
        second.stopRecording()
        first.run(before: interval.end)
        second.run(before: interval.end)
        notes += first.contradictions() + second.contradictions()
        guard let found else {
            notes.append("run again, both have the same events in that interval")
            return nil
        }
        return describe(found)
    }

    // MARK: - Comparison

    struct Difference {
        var pair: ServicePair
        var index: UInt64
        var a: EventRecord?
        var b: EventRecord?
        var instant: SimulatedInstant { min(a?.instant ?? .never, b?.instant ?? .never) }
    }

    static func compare(
        _ a: [ServiceStream], _ b: [ServiceStream], _ pairs: [ServicePair]
    ) -> Difference? {
        var earliest: Difference?
        for pair in pairs {
            guard let found = compare(a[pair.first], b[pair.second], pair) else { continue }
            if earliest.map({ found.instant < $0.instant }) ?? true { earliest = found }
        }
        return earliest
    }

    private static func compare(
        _ a: ServiceStream, _ b: ServiceStream, _ pair: ServicePair
    ) -> Difference? {
        for index in 0..<max(a.events.count, b.events.count) {
            let left = index < a.events.count ? a.events[index] : nil
            let right = index < b.events.count ? b.events[index] : nil
            if let left, let right, isSame(left, right) { continue }
            return Difference(pair: pair, index: a.skipped + UInt64(index), a: left, b: right)
        }
        return nil
    }

    /// Services may have other numbers in another topology.
    private static func isSame(_ left: EventRecord, _ right: EventRecord) -> Bool {
        left.instant == right.instant && left.kind == right.kind && left.detail == right.detail
            && left.call == right.call && left.request == right.request
    }

    private func describe(_ difference: Difference) -> FirstDifference {
        let (namesOfA, namesOfB) = (RunNames(a.summary), RunNames(b.summary))
        return FirstDifference(
            service: difference.pair.name, index: difference.index,
            a: difference.a.map { EventDescription($0, names: namesOfA) },
            b: difference.b.map { EventDescription($0, names: namesOfB) })
    }
}
