package import Kernel

/// KEDA's cron trigger: so many replicas from one schedule to the next.
///
/// Follows `GetMetricsAndActivity` of `pkg/scalers/cron_scaler.go`, KEDA at 8b4f083c (August 2026).
package struct CronTrigger: Hashable, Sendable {
    /// When the simulation begins, on the calendar.
    package struct Calendar: Hashable, Sendable {
        /// In UTC, since 1 January 1970.
        package var secondsAtStart: Int64

        package init(secondsAtStart: Int64) { self.secondsAtStart = secondsAtStart }

        /// A day and a time of it, in seconds since midnight, UTC.
        package init(_ date: CivilDate, secondOfDay: Int = 0) {
            secondsAtStart = date.daysSince1970 * 86_400 + Int64(secondOfDay)
        }

        /// A time in the first week of 2023, which began with a Sunday.
        ///
        /// `weekDay`: 0 is Sunday.
        /// `hour`: In UTC, with a fraction.
        package init(weekDay: Int, hour: Double = 0) {
            // 1 January 2023.
            let sunday: Int64 = 19_358
            secondsAtStart =
                (sunday + Int64(((weekDay % 7) + 7) % 7)) * 86_400
                + Int64(saturatingTowardsZero: min(max(hour, -24), 48) * 3600)
        }
    }

    package var start: CronSchedule
    package var end: CronSchedule
    package var desiredReplicas: Int
    /// By whose clocks the schedules are.
    package var zone: ZoneOffsets
    package var calendar: Calendar

    package init(
        start: CronSchedule, end: CronSchedule, desiredReplicas: Int, zone: ZoneOffsets = .utc,
        calendar: Calendar
    ) {
        self.start = start
        self.end = end
        self.desiredReplicas = desiredReplicas
        self.zone = zone
        self.calendar = calendar
    }

    /// Why a trigger's metadata make no cron trigger.
    package struct Refusal: Error, Hashable, Sendable {
        /// The key of the metadata.
        package var key: String
        package var message: String
    }

    /// The trigger that metadata of type `cron` describe.
    ///
    /// `zones`: The clocks of a zone that ``offset(ofZone:)`` does not know; `nil` if there is none of the name.
    package init(
        metadata: [String: String], calendar: Calendar,
        zones: (String) -> ZoneOffsets? = { _ in nil }
    ) throws(Refusal) {
        func schedule(_ key: String) throws(Refusal) -> CronSchedule {
            guard let schedule = metadata[key].flatMap({ CronSchedule($0) }) else {
                throw Refusal(key: key, message: "not a schedule of five fields")
            }
            return schedule
        }
        let (start, end) = (try schedule("start"), try schedule("end"))
        guard metadata["start"] != metadata["end"] else {
            throw Refusal(key: "end", message: "the same as the start")
        }
        guard let replicas = metadata["desiredReplicas"].flatMap({ Int32($0) }), replicas > 0
        else { throw Refusal(key: "desiredReplicas", message: "not a positive whole number") }
        let name = metadata["timezone"] ?? ""
        guard
            let zone = Self.offset(ofZone: name).map({ ZoneOffsets(fixed: $0) })
                ?? (name.isEmpty ? nil : zones(name))
        else {
            throw Refusal(
                key: "timezone", message: "no time zone of the IANA database, such as Europe/Berlin"
            )
        }
        self.init(
            start: start, end: end, desiredReplicas: Int(replicas), zone: zone,
            calendar: calendar)
    }

    /// How far a zone is ahead of UTC, in seconds; `nil` if that changes over the year or is not known.
    ///
    /// `Etc/GMT-2` is two hours ahead: such names count westwards. `+02:00` and `UTC+2` count eastwards.
    package static func offset(ofZone name: String) -> Int64? {
        let bare = name.hasPrefix("Etc/") ? String(name.dropFirst(4)) : name
        if ["UTC", "UCT", "GMT", "Zulu", "Universal", "Greenwich", "Z", "GMT0"].contains(bare) {
            return 0
        }
        if bare.hasPrefix("GMT") { return hours(bare.dropFirst(3)).map { -$0 } }
        if bare.hasPrefix("UTC") { return hours(bare.dropFirst(3)) }
        return hours(Substring(bare))
    }

    /// Seconds of `+2`, `-03` or `+05:30`.
    private static func hours(_ text: Substring) -> Int64? {
        guard let sign = text.first, sign == "+" || sign == "-" else { return nil }
        let parts = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, let hour = UInt8(parts[0]), hour <= 14 else { return nil }
        var seconds = Int64(hour) * 3600
        if parts.count == 2 {
            guard let minute = UInt8(parts[1]), minute < 60 else { return nil }
            seconds += Int64(minute) * 60
        }
        return sign == "-" ? -seconds : seconds
    }

    package struct Reading: Hashable, Sendable {
        package var isActive: Bool
        package var value: Quantity
    }

    /// Active from the first instant of a minute of the start schedule to the first of one of the end schedule.
    package func reading(at now: SimulatedInstant) -> Reading {
        let whole = now.nanoseconds / 1_000_000_000
        let passed = now.nanoseconds % 1_000_000_000 < 0 ? whole - 1 : whole
        let seconds = calendar.secondsAtStart.addingSaturating(passed)
        // Go's zero time, long ago, stands for a schedule that never comes.
        let nextStart = start.next(after: seconds, in: zone) ?? .min
        let nextEnd = end.next(after: seconds, in: zone) ?? .min
        // Both lie ahead unless they never come.
        let isActive =
            nextStart < nextEnd
            ? seconds > nextStart && seconds < nextEnd : seconds > nextStart || seconds < nextEnd
        return Reading(isActive: isActive, value: Quantity(isActive ? desiredReplicas : 0))
    }
}
