import Autoscalers

/// Reads when a run begins on the calendar.
enum StartReading {
    private static let wanted = "a day and a time such as `Mon 08:00` or `2026-03-29 00:30`"

    /// `Mon 08:00`, in the first week of 2023, or `2026-03-29 08:00`; both are UTC.
    static func calendar(_ field: Field) -> CronTrigger.Calendar? {
        guard let text = field.scalar(wanted: wanted) else { return nil }
        let words = text.split(separator: " ")
        // ISO 8601 has a T between day and time.
        let parts = words.count == 1 ? text.split(separator: "T") : words
        if parts.count == 2, let second = secondOfDay(parts[1]) {
            let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
            if let day = days.firstIndex(of: parts[0].lowercased()) {
                return CronTrigger.Calendar(CivilDate(2023, 1, 1 + day), secondOfDay: second)
            }
            if let date = date(parts[0]) {
                return CronTrigger.Calendar(date, secondOfDay: second)
            }
        }
        field.fail(
            "`\(Quantity.shortened(text))` is no day with a time",
            "write `Mon 08:00`, or `2026-03-29 08:00` for a day of its own (UTC)")
        return nil
    }

    /// `08:00`, with `Z` or without.
    private static func secondOfDay(_ text: Substring) -> Int? {
        let times = (text.hasSuffix("Z") ? text.dropLast() : text).split(
            separator: ":", omittingEmptySubsequences: false
        ).map { number($0, digits: 1...2) }
        guard times.count == 2, let hour = times[0], let minute = times[1], hour < 24, minute < 60
        else { return nil }
        return hour * 3600 + minute * 60
    }

    /// A day of the years 1970 to 2199.
    private static func date(_ text: Substring) -> CivilDate? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let year = number(parts[0], digits: 4...4),
            let month = number(parts[1], digits: 1...2), let day = number(parts[2], digits: 1...2),
            (1970...2199).contains(year), (1...12).contains(month), day >= 1
        else { return nil }
        let date = CivilDate(year, month, day)
        return CivilDate(daysSince1970: date.daysSince1970) == date ? date : nil
    }

    private static func number(_ text: Substring, digits: ClosedRange<Int>) -> Int? {
        guard digits.contains(text.count), text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) else {
            return nil
        }
        return Int(text)
    }
}
