import Autoscalers
import Foundation
import Kernel

/// Time zones of the IANA database, as Foundation knows them.
enum ZoneReading {
    /// A run may last this long, and schedules be looked for five years beyond it.
    private static let years: Int64 = 25

    /// The clocks of a zone from just before a run on; `nil` if there is no zone of the name.
    ///
    /// Whoever decides gets this table and nothing else of the zone.
    static func offsets(ofZone name: String, from calendar: CronTrigger.Calendar) -> ZoneOffsets? {
        // Abbreviations such as CEST are no names of the database.
        guard name.contains("/") || TimeZone.knownTimeZoneIdentifiers.contains(name),
            let zone = TimeZone(identifier: name)
        else { return nil }
        let start = calendar.secondsAtStart - 14 * 86_400
        return ZoneOffsets(from: start, to: start + years * 366 * 86_400) { seconds in
            Int64(
                zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(seconds))))
        }
    }

    /// The zone that a misspelt name probably means.
    static func nearest(to name: String) -> String? {
        NearestName.nearest(to: name, among: TimeZone.knownTimeZoneIdentifiers)
    }
}
