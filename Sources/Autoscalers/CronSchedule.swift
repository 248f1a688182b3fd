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

    /// The first minute of the schedule strictly after an instant of local time, in seconds since 1970; `nil` if
    /// there is none within five years.
    package func next(after seconds: Int64) -> Int64? {
        let minute = Self.floored(seconds, by: 60) + 1
        var day = Self.floored(minute, by: 1440)
        var from = Int(minute - day * 1440)
        for _ in 0...(5 * 366) {
            if contains(day: day), let found = firstMinute(from: from) {
                return (day * 1440 + Int64(found)) * 60
            }
            day += 1
            from = 0
        }
        return nil
    }

    private static func floored(_ value: Int64, by divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : -((-(value + 1)) / divisor) - 1
    }

    private func firstMinute(from start: Int) -> Int? {
        (start..<1440).first {
            hours >> UInt64($0 / 60) & 1 == 1 && minutes >> UInt64($0 % 60) & 1 == 1
        }
    }

    private func contains(day: Int64) -> Bool {
        let (month, date) = Self.monthAndDate(ofDay: day)
        // 1 January 1970 was a Thursday.
        let weekDay = (day % 7 + 11) % 7
        guard months >> UInt64(month) & 1 == 1 else { return false }
        let isMonthDay = monthDays >> UInt64(date) & 1 == 1
        let isWeekDay = weekDays >> UInt64(weekDay) & 1 == 1
        return anyMonthDay || anyWeekDay ? isMonthDay && isWeekDay : isMonthDay || isWeekDay
    }

    /// Month and day of the month in the Gregorian calendar of a day counted from 1 January 1970.
    ///
    /// Years begin in March here, so that the leap day is their last; 719,468 days lie between 1 March of
    /// year 0 and 1970 (Hinnant, "chrono-compatible low-level date algorithms").
    private static func monthAndDate(ofDay day: Int64) -> (month: Int64, date: Int64) {
        let shifted = day + 719_468
        let dayOfEra = shifted - floored(shifted, by: 146_097) * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let date = dayOfYear - (153 * month + 2) / 5 + 1
        return (month < 10 ? month + 3 : month - 9, date)
    }
}
