import Autoscalers
import Kernel
import Testing

@Suite("Cron")
struct CronTests {
    /// Seconds since 1970 of a time in UTC: 1 March 2024 is day 19,783.
    private static func march2024(_ day: Int64, _ hour: Int64 = 0, _ minute: Int64 = 0) -> Int64 {
        ((19_782 + day) * 24 + hour) * 3600 + minute * 60
    }

    @Test(
        "The next time of a schedule is strictly later",
        arguments: [
            ("* * * * *", (1, 0, 0), (1, 0, 1)), ("0 * * * *", (1, 0, 0), (1, 1, 0)),
            ("*/15 8-18/2 * * *", (1, 8, 45), (1, 10, 0)), ("30 6 * * *", (1, 6, 29), (1, 6, 30)),
            ("30 6 * * *", (1, 6, 30), (2, 6, 30)), ("0 9 * * mon-fri", (1, 9, 0), (4, 9, 0)),
            ("0 9 * * SUN", (1, 0, 0), (3, 9, 0)), ("0 0 15 * *", (1, 0, 0), (15, 0, 0)),
            ("0 0 15 * sun", (1, 0, 0), (3, 0, 0)), ("0 0 1 apr *", (1, 0, 0), (32, 0, 0)),
            ("5/20 0 * * *", (1, 0, 5), (1, 0, 25)), ("1,3 0 ? * ?", (1, 0, 1), (1, 0, 3)),
            ("0 0 29 2 *", (1, 0, 0), (1 + 1460, 0, 0)),
        ] as [(String, (Int64, Int64, Int64), (Int64, Int64, Int64))])
    func next(
        text: String, after: (Int64, Int64, Int64), expected: (Int64, Int64, Int64)
    ) throws {
        let schedule = try #require(CronSchedule(text))
        let found = schedule.next(after: Self.march2024(after.0, after.1, after.2))
        #expect(found == Self.march2024(expected.0, expected.1, expected.2), "\(text)")
    }

    @Test(
        "What is no schedule is refused",
        arguments: [
            "", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *",
            "* * * * 7", "*/0 * * * *", "5-1 * * * *", "a * * * *", "1- * * * *", ", * * * *",
            "* * * * mo", "99999999999999999999 * * * *", "1/2/3 * * * *", "-1 * * * *",
        ])
    func refused(text: String) { #expect(CronSchedule(text) == nil) }

    @Test("A day that never comes is never")
    func never() { #expect(CronSchedule("0 0 30 2 *")?.next(after: 0) == nil) }

    @Test("A trigger is active from its start to its end, in its zone")
    func trigger() throws {
        let metadata = [
            "start": "0 8 * * 1-5", "end": "0 18 * * 1-5", "desiredReplicas": "10",
            "timezone": "Etc/GMT-2",
        ]
        // The simulation begins on a Monday at 5:00 UTC, 7:00 there.
        let trigger = try CronTrigger(
            metadata: metadata, calendar: CronTrigger.Calendar(weekDay: 1, hour: 5))
        func value(_ seconds: Int64) -> Int? {
            trigger.reading(at: .start + .seconds(seconds)).value.whole
        }
        #expect(value(0) == 0)
        #expect(value(3599) == 0)
        #expect(value(3600) == 10)
        #expect(value(11 * 3600 - 1) == 10)
        #expect(value(11 * 3600) == 0)
        #expect(value(24 * 3600 + 3600) == 10)
        // Saturday.
        #expect(value(5 * 24 * 3600 + 3600) == 0)
        // A past before the simulation: the Friday before.
        #expect(value(-3 * 24 * 3600 + 3600) == 10)
    }

    @Test("An interval over midnight holds on both sides of it")
    func overnight() throws {
        let trigger = CronTrigger(
            start: try #require(CronSchedule("0 22 * * *")),
            end: try #require(CronSchedule("0 6 * * *")), desiredReplicas: 4,
            calendar: CronTrigger.Calendar(weekDay: 0))
        let hours = (0..<24).filter {
            trigger.reading(at: .start + .seconds(Int64($0) * 3600)).isActive
        }
        #expect(hours == [0, 1, 2, 3, 4, 5, 22, 23])
    }

    @Test("Zones without summer time are known without a table")
    func zones() {
        for (name, offset) in [
            ("UTC", 0), ("Etc/UTC", 0), ("GMT", 0), ("Etc/GMT+5", -18_000), ("Etc/GMT-2", 7200),
            ("+05:30", 19_800), ("UTC-3", -10_800), ("Z", 0),
        ] as [(String, Int64)] {
            #expect(CronTrigger.offset(ofZone: name) == offset)
        }
        for name in ["Europe/Berlin", "", "UTC+", "+25", "GMT+x", "+5:99"] {
            #expect(CronTrigger.offset(ofZone: name) == nil)
        }
    }

    @Test("Metadata that make no trigger are refused by their key")
    func refusals() {
        let good = [
            "start": "0 8 * * *", "end": "0 18 * * *", "desiredReplicas": "1", "timezone": "UTC",
        ]
        for (key, value) in [
            ("start", "8"), ("end", "0 8 * * *"), ("desiredReplicas", "0"),
            ("timezone", "Europe/Berlin"),
        ] {
            var metadata = good
            metadata[key] = value
            #expect(throws: CronTrigger.Refusal.self) {
                try CronTrigger(
                    metadata: metadata, calendar: CronTrigger.Calendar(secondsAtStart: 0))
            }
        }
    }
}
