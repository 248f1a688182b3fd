/// A schedule of five fields, as cron writes them: minute, hour, day of the month, month, day of the week.
///
/// Fields are `*` or `?`, numbers, names of months and days, ranges, lists, and steps (`*/15`, `8-18/2`,
/// `5/10`). If both the day of the month and that of the week are restricted, either is enough. The rules
/// are those of robfig/cron's standard parser, which KEDA uses.
package struct CronSchedule: Hashable, Sendable {
    /// Bit i: value i is in the field.
    private var minutes: UInt64 = 0
    private var hours: UInt64 = 0
    private var monthDays: UInt64 = 0
    private var months: UInt64 = 0
    private var weekDays: UInt64 = 0
    private var anyMonthDay = false
    private var anyWeekDay = false

    private static let monthNames = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    private static let dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    /// `nil` if `text` is no schedule.
    package init?(_ text: String) {
        let fields = text.split { $0 == " " || $0 == "\t" }
        guard fields.count == 5,
            let minutes = Self.field(fields[0], 0...59),
            let hours = Self.field(fields[1], 0...23),
            let monthDays = Self.field(fields[2], 1...31),
            let months = Self.field(fields[3], 1...12, Self.monthNames, first: 1),
            let weekDays = Self.field(fields[4], 0...6, Self.dayNames, first: 0)
        else { return nil }
        (self.minutes, self.hours, self.months) = (minutes.values, hours.values, months.values)
        (self.monthDays, anyMonthDay) = (monthDays.values, monthDays.isAny)
        (self.weekDays, anyWeekDay) = (weekDays.values, weekDays.isAny)
    }

    private static func field(
        _ text: Substring, _ range: ClosedRange<Int>, _ names: [String] = [], first: Int = 0
    ) -> (values: UInt64, isAny: Bool)? {
        var (values, isAny): (UInt64, Bool) = (0, false)
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let found = self.part(part, range, names, first: first) else { return nil }
            values |= found.values
            isAny = isAny || found.isAny
        }
        return (values, isAny)
    }

    private static func part(
        _ text: Substring, _ range: ClosedRange<Int>, _ names: [String], first: Int
    ) -> (values: UInt64, isAny: Bool)? {
        func number(_ text: Substring) -> Int? {
            if let place = names.firstIndex(of: text.lowercased()) { return place + first }
            guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
            return Int(text)
        }
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count <= 2, let span = halves.first else { return nil }
        var (low, high) = (range.lowerBound, range.upperBound)
        let isAny = span == "*" || span == "?"
        if !isAny {
            let ends = span.split(separator: "-", omittingEmptySubsequences: false)
            guard ends.count <= 2, let start = ends.first.flatMap(number) else { return nil }
            low = start
            if ends.count == 2 {
                guard let end = number(ends[1]) else { return nil }
                high = end
            } else if halves.count == 1 {
                high = start
            }
        }
        guard low >= range.lowerBound, high <= range.upperBound, low <= high else { return nil }
        var step = 1
        if halves.count == 2 {
            guard let given = number(halves[1]), given > 0 else { return nil }
            step = given
        }
        var values: UInt64 = 0
        for value in stride(from: low, through: high, by: step) { values |= 1 << UInt64(value) }
        return (values, isAny && step == 1)
    }

    /// The first instant of the schedule strictly after another, in seconds since 1970 UTC, by the clocks of
    /// `zone`; `nil` if there is none within five years.
    ///
    /// Where clocks are put forward, what would have been in the hour left out is left out; where they are put back,
    /// what is in the hour that comes twice comes twice.
    ///
    /// Follows `SpecSchedule.Next` of github.com/robfig/cron v3.0.1, whose standard parser has only whole minutes.
    package func next(after seconds: Int64, in zone: ZoneOffsets = .utc) -> Int64? {
        // The first whole minute that is later; whole minutes stay whole in all zones that are in use.
        var time = ClockTime(Self.floored(seconds, by: 60) * 60 + 60, in: zone)
        // Whether what is finer than the field at hand is at its beginning.
        var isReset = false
        func reset(to start: @autoclosure () -> ClockTime) {
            if !isReset { time = start() }
            isReset = true
        }
        let lastYear = time.date.year + 5
        search: while time.date.year <= lastYear {
            while months >> UInt64(time.date.month) & 1 == 0 {
                reset(to: time.at(day: 1, hour: 0))
                time = time.adding(months: 1)
                if time.date.month == 1 { continue search }
            }
            while !contains(time) {
                reset(to: time.at(day: time.date.day, hour: 0))
                time = time.adding(days: 1)
                if time.hour > 12 {
                    time = time.adding(seconds: (24 - time.hour) * 3600)
                } else if time.hour > 0 {
                    time = time.adding(seconds: -time.hour * 3600)
                }
                if time.date.day == 1 { continue search }
            }
            while hours >> UInt64(time.hour) & 1 == 0 {
                reset(to: time.at(day: time.date.day, hour: time.hour))
                time = time.adding(seconds: 3600)
                if time.hour == 0 { continue search }
            }
            while minutes >> UInt64(time.minute) & 1 == 0 {
                isReset = true
                time = time.adding(seconds: 60)
                if time.minute == 0 { continue search }
            }
            return time.seconds
        }
        return nil
    }

    private static func floored(_ value: Int64, by divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : -((-(value + 1)) / divisor) - 1
    }

    private func contains(_ time: ClockTime) -> Bool {
        let isMonthDay = monthDays >> UInt64(time.date.day) & 1 == 1
        let isWeekDay = weekDays >> UInt64(time.weekDay) & 1 == 1
        return anyMonthDay || anyWeekDay ? isMonthDay && isWeekDay : isMonthDay || isWeekDay
    }
}
