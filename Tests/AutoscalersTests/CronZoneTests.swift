import Autoscalers
import Kernel
import Testing

/// Schedules by clocks that are put forward and back.
@Suite("Cron in zones with summer time")
struct CronZoneTests {
    private static func utc(_ date: CivilDate, _ hour: Int, _ minute: Int = 0) -> Int64 {
        date.daysSince1970 * 86_400 + Int64(hour) * 3600 + Int64(minute) * 60
    }

    /// Central Europe in 2026: forward on 29 March at 2:00, back on 25 October at 3:00.
    private static let berlin = ZoneOffsets(
        from: utc(CivilDate(2026, 1, 1), 0), to: utc(CivilDate(2027, 1, 1), 0)
    ) {
        let summer =
            utc(CivilDate(2026, 3, 29), 1)..<utc(CivilDate(2026, 10, 25), 1)
        return summer.contains($0) ? 7200 : 3600
    }

    /// The next times of a schedule after an instant, in UTC.
    private static func times(
        _ text: String, after start: Int64, count: Int, _ zone: ZoneOffsets = berlin
    ) throws -> [Int64] {
        let schedule = try #require(CronSchedule(text))
        var times: [Int64] = []
        while times.count < count {
            guard let next = schedule.next(after: times.last ?? start, in: zone) else { break }
            times.append(next)
        }
        return times
    }

    @Test("A daily time moves by an hour of UTC when clocks are put forward, and back in autumn")
    func daily() throws {
        #expect(
            try Self.times("0 8 * * *", after: Self.utc(CivilDate(2026, 3, 28), 0), count: 2) == [
                Self.utc(CivilDate(2026, 3, 28), 7), Self.utc(CivilDate(2026, 3, 29), 6),
            ])
        #expect(
            try Self.times("0 8 * * *", after: Self.utc(CivilDate(2026, 10, 24), 0), count: 2) == [
                Self.utc(CivilDate(2026, 10, 24), 6), Self.utc(CivilDate(2026, 10, 25), 7),
            ])
    }

    @Test("What is in the hour left out does not happen that day")
    func leftOut() throws {
        #expect(
            try Self.times("30 2 * * *", after: Self.utc(CivilDate(2026, 3, 28), 0), count: 2) == [
                Self.utc(CivilDate(2026, 3, 28), 1, 30), Self.utc(CivilDate(2026, 3, 30), 0, 30),
            ])
        // Each half hour: from 1:30 to 3:00.
        #expect(
            try Self.times("*/30 * * * *", after: Self.utc(CivilDate(2026, 3, 29), 0, 1), count: 2)
                == [Self.utc(CivilDate(2026, 3, 29), 0, 30), Self.utc(CivilDate(2026, 3, 29), 1)])
    }

    @Test("What is in the hour that comes twice happens twice")
    func twice() throws {
        let day = CivilDate(2026, 10, 25)
        #expect(
            try Self.times("30 2 * * *", after: Self.utc(day, -12), count: 3) == [
                Self.utc(day, 0, 30), Self.utc(day, 1, 30),
                Self.utc(CivilDate(2026, 10, 26), 1, 30),
            ])
    }

    @Test("A day whose midnight is left out begins at one o'clock")
    func midnight() throws {
        // São Paulo in 2018: forward on 4 November at midnight, from -3 to -2 hours.
        let change = Self.utc(CivilDate(2018, 11, 4), 3)
        let zone = ZoneOffsets(from: change - 90 * 86_400, to: change + 90 * 86_400) {
            $0 < change ? -10_800 : -7200
        }
        // A Sunday.
        #expect(
            try Self.times(
                "0 * * * sun", after: Self.utc(CivilDate(2018, 11, 1), 0), count: 1, zone)
                == [change])
    }

    @Test("A trigger follows its zone over both changes")
    func trigger() throws {
        func reading(_ date: CivilDate, _ hour: Int, _ minute: Int = 0) throws -> Bool {
            let trigger = try CronTrigger(
                metadata: [
                    "start": "0 8 * * *", "end": "0 18 * * *", "desiredReplicas": "3",
                    "timezone": "Europe/Berlin",
                ], calendar: CronTrigger.Calendar(date, secondOfDay: hour * 3600 + minute * 60),
                zones: { $0 == "Europe/Berlin" ? Self.berlin : nil })
            return trigger.reading(at: .start).isActive
        }
        for (date, first) in [
            (CivilDate(2026, 3, 28), 7), (CivilDate(2026, 3, 29), 6), (CivilDate(2026, 10, 24), 6),
            (CivilDate(2026, 10, 25), 7),
        ] {
            #expect(try !reading(date, first - 1, 59))
            #expect(try reading(date, first))
            #expect(try reading(date, first + 9, 59))
            #expect(try !reading(date, first + 10))
        }
    }

    @Test("Days of the calendar count in both directions")
    func dates() {
        var last = CivilDate(daysSince1970: -800_000)
        for day in stride(from: Int64(-800_000), to: 800_000, by: 97) {
            let date = CivilDate(daysSince1970: day)
            #expect(date.daysSince1970 == day && (1...12).contains(date.month))
            #expect((last.year, last.month, last.day) <= (date.year, date.month, date.day))
            last = date
        }
        #expect(CivilDate(2000, 2, 29).daysSince1970 == 11_016)
        #expect(CivilDate(2025, 13, 1).daysSince1970 == CivilDate(2026, 1, 1).daysSince1970)
    }

    @Test("A schedule that never comes is Go's zero time: long ago")
    func never() throws {
        let (never, daily) = ("0 0 30 2 *", "0 8 * * *")
        for (start, end, isActive) in [(never, daily, true), (daily, never, false)] {
            let trigger = CronTrigger(
                start: try #require(CronSchedule(start)), end: try #require(CronSchedule(end)),
                desiredReplicas: 1, calendar: CronTrigger.Calendar(weekDay: 1, hour: 12))
            #expect(trigger.reading(at: .start).isActive == isActive)
        }
    }
}
