import Foundation
import Glibc
import Processes

/// What the terminal can do.
enum Terminal {
    static let errorIsTerminal = isatty(2) == 1
    static let outputIsTerminal = isatty(1) == 1

    /// Columns of standard error's terminal; 80 if it does not say.
    static var width: Int {
        var size = winsize()
        if ioctl(2, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return 80
    }

    /// Whether colours may be used on standard output.
    static let usesColour =
        outputIsTerminal && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
        && ProcessInfo.processInfo.environment["TERM"] != "dumb"

    /// Whether small curves may be drawn on standard output: a terminal that understands UTF-8.
    static let drawsCurves: Bool = {
        let environment = ProcessInfo.processInfo.environment
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy
            .compactMap { environment[$0] }.first { !$0.isEmpty }
        let name = (locale ?? "").lowercased()
        return outputIsTerminal && environment["TERM"] != "dumb"
            && (name.contains("utf-8") || name.contains("utf8"))
    }()

    static func bold(_ text: String) -> String { usesColour ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
    static func dim(_ text: String) -> String { usesColour ? "\u{1B}[2m\(text)\u{1B}[0m" : text }

    /// Writes to standard error without a line break.
    static func writeRaw(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
            if count <= 0 { return }
            bytes = bytes.dropFirst(count)
        }
    }
}

/// Numbers for people.
enum Format {
    /// 1,234,567.
    static func count(_ number: some BinaryInteger) -> String {
        let digits = String(number)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    /// 8.4 M, 12 k, 310.
    static func short(_ number: Double) -> String {
        switch number {
        case 1e9...: String(format: "%.1f G", number / 1e9)
        case 1e6...: String(format: "%.1f M", number / 1e6)
        case 1e4...: String(format: "%.0f k", number / 1e3)
        default: String(format: "%.0f", number)
        }
    }

    /// About three digits: 0.042, 8.1, 12,345.
    static func tidy(_ number: Double) -> String {
        switch abs(number) {
        case 0: "0"
        case ..<0.1: String(format: "%.3f", number)
        case ..<10: String(format: "%.2f", number)
        case ..<100: String(format: "%.1f", number)
        default: count(Int(min(number.rounded(), 1e15)))
        }
    }

    /// A ratio to real time: 517×, 1.4×, 0.05×.
    static func speed(_ ratio: Double) -> String {
        switch ratio {
        case 20...: String(format: "%.0f×", ratio)
        case 1...: String(format: "%.1f×", ratio)
        default: String(format: "%.2f×", ratio)
        }
    }

    /// A latency: 410 µs, 12.3 ms, 1.25 s.
    static func latency(_ seconds: Double?) -> String {
        guard let seconds else { return "-" }
        switch seconds {
        case ..<1e-3: return String(format: "%.0f µs", seconds * 1e6)
        case ..<0.1: return String(format: "%.1f ms", seconds * 1e3)
        case ..<1: return String(format: "%.0f ms", seconds * 1e3)
        default: return String(format: "%.2f s", seconds)
        }
    }

    /// A share of one as a percentage that never rounds to a false 100 or 0.
    static func percent(_ share: Double) -> String {
        if share >= 1 { return "100%" }
        if share > 0.9995 { return "99.9%" }
        if share > 0 && share < 0.0005 { return "<0.1%" }
        return String(format: "%.1f%%", share * 100)
    }

    /// Minutes and seconds of simulated time: 10:00, 1:02:03.
    static func clock(_ seconds: Double) -> String {
        let whole = Int(min(seconds, 1e12))
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        if hours > 0 { return String(format: "%d:%02d:%02d", hours, minutes, rest) }
        return String(format: "%d:%02d", minutes, rest)
    }

    static func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }
}
