/// How far the clocks of a zone are ahead of UTC, over time.
package struct ZoneOffsets: Hashable, Sendable {
    /// From an instant on, in seconds since 1970.
    package struct Change: Hashable, Sendable {
        package var from: Int64
        /// Seconds ahead of UTC.
        package var offset: Int64

        package init(from: Int64, offset: Int64) {
            self.from = from
            self.offset = offset
        }
    }

    /// Ascending; never empty. The first holds for all time before it as well.
    private let changes: [Change]

    /// A zone whose clocks are never changed.
    package init(fixed offset: Int64) { changes = [Change(from: .min, offset: offset)] }

    package static let utc = ZoneOffsets(fixed: 0)

    /// The changes between two instants of a zone that `offset` tells the distances of, which hold for less than a
    /// week nowhere. Logarithmic in the precision, for each week.
    package init(from start: Int64, to end: Int64, offset: (Int64) -> Int64) {
        let week: Int64 = 7 * 86_400
        var changes = [Change(from: .min, offset: offset(start))]
        var last = start
        while last < end {
            let next = last + week
            let (before, after) = (changes[changes.count - 1].offset, offset(next))
            if before != after {
                var (low, high) = (last, next)
                while high - low > 1 {
                    let middle = low + (high - low) / 2
                    if offset(middle) == before { low = middle } else { high = middle }
                }
                changes.append(Change(from: high, offset: after))
            }
            last = next
        }
        self.changes = changes
    }

    /// The distance at an instant, and when it begins and ends to hold.
    func span(at seconds: Int64) -> (offset: Int64, from: Int64, to: Int64) {
        let index = changes.lastIndex { $0.from <= seconds } ?? 0
        let end = index + 1 < changes.count ? changes[index + 1].from : Int64.max
        return (changes[index].offset, changes[index].from, end)
    }
}

/// A day of the Gregorian calendar. The month may be 13 and the day one too many, for the next one.
package struct CivilDate: Hashable, Sendable {
    package var year: Int
    /// From 1.
    package var month: Int
    package var day: Int

    package init(_ year: Int, _ month: Int, _ day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The day that lies so many days after 1 January 1970.
    ///
    /// Years begin in March here, so that the leap day is their last; 719,468 days lie between 1 March of
    /// year 0 and 1970 (Hinnant, "chrono-compatible low-level date algorithms").
    package init(daysSince1970 days: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * month + 2) / 5 + 1)
        self.month = Int(month < 10 ? month + 3 : month - 9)
        year = Int(yearOfEra + era * 400) + (self.month <= 2 ? 1 : 0)
    }

    /// Days since 1 January 1970; the inverse of the above.
    package var daysSince1970: Int64 {
        let (extra, month) = ((month - 1) / 12, (month - 1) % 12 + 1)
        let year = Int64(year + extra) - (month <= 2 ? 1 : 0)
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * Int64(month > 2 ? month - 3 : month + 9) + 2) / 5 + Int64(day) - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
    }
}

/// An instant, and what the clocks of a zone show at it.
struct ClockTime {
    /// Since 1970, UTC.
    let seconds: Int64
    let date: CivilDate
    let hour: Int
    let minute: Int
    /// 0 is Sunday.
    let weekDay: Int
    private let zone: ZoneOffsets

    init(_ seconds: Int64, in zone: ZoneOffsets) {
        self.seconds = seconds
        self.zone = zone
        let local = seconds.addingSaturating(zone.span(at: seconds).offset)
        let day = local >= 0 ? local / 86_400 : -((-(local + 1)) / 86_400) - 1
        let rest = Int(local - day * 86_400)
        date = CivilDate(daysSince1970: day)
        (hour, minute) = (rest / 3600, rest % 3600 / 60)
        // 1 January 1970 was a Thursday.
        weekDay = Int((day % 7 + 11) % 7)
    }

    /// When the clocks show a time; of two such instants, or of none, the one that Go's `time.Date` takes.
    init(_ date: CivilDate, hour: Int, minute: Int, in zone: ZoneOffsets) {
        let local = date.daysSince1970 * 86_400 + Int64(hour) * 3600 + Int64(minute) * 60
        let span = zone.span(at: local)
        var offset = span.offset
        let guess = local - offset
        if guess < span.from || guess >= span.to { offset = zone.span(at: guess).offset }
        self.init(local - offset, in: zone)
    }

    /// The beginning of an hour in the same month.
    func at(day: Int, hour: Int) -> ClockTime {
        ClockTime(CivilDate(date.year, date.month, day), hour: hour, minute: 0, in: zone)
    }

    func adding(seconds: Int) -> ClockTime { ClockTime(self.seconds + Int64(seconds), in: zone) }

    /// The same time of day, days or months later by the calendar.
    func adding(months: Int = 0, days: Int = 0) -> ClockTime {
        ClockTime(
            CivilDate(date.year, date.month + months, date.day + days), hour: hour,
            minute: minute, in: zone)
    }
}
